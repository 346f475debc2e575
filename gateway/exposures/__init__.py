"""The registers of what is lent: by platform, and by borrower at a platform."""
