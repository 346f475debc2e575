"""What one lender holds, in all its loans."""
