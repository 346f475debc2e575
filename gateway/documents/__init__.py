"""Documents: encrypted on the way in, kept at both IPFS nodes, committed on the ledger, opened only by grant."""
