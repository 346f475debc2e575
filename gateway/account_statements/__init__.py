"""The depository bank's account statements: taken in whole or refused, and every booked entry posted exactly once."""
