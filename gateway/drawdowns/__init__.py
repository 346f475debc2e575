"""Later tranches of a loan: called for by the borrower's signature, or never drawn and given back."""
