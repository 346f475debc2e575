"""Bringing a whole network up and saying how it fares: nodes, IPFS nodes, ledger, gateways. `bring_up` is the entry.

For devnets, demos and trials on one machine. Production deploys each organisation's parts on its own (`node-config`).
"""
