"""Payments that parties sign: from their own custody tokens, by mandate, and early repayments."""
