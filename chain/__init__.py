"""The loan ledger's library: contracts, chain, documents, schedules and bank files, without a web framework."""
