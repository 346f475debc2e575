"""State folders and supervised processes: where a network's files lie, which processes it runs how they keep running.

Knows nothing of chains, documents or gateways. Public entry points: `chain.runtime.state.StateFolder`, the functions of
`chain.runtime.supervisor` and the values of `chain.runtime.plan`.
"""
