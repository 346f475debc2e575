"""The chains a network can run on, behind one small interface: anvil, geth Clique, or nodes that others run.

Only this package and the seal verifiers know the difference. `chain.engines.protocol` is the interface, `anvil`,
`clique` and `given` its three sides.
"""
