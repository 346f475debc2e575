"""Borrowers and lenders: registered by the depository bank, which alone knows who they are."""
