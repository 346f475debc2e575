"""What passes between the ledger and the depository bank: account statements in, payment orders out.

Account statements (ISO 20022 camt.053) are read strictly or refused whole; entries are classified by their references;
payouts are written as pain.001. Nothing here talks to a network, a clock or the chain. `simulated` stands in for the
bank in tests and demonstrations only.
"""
