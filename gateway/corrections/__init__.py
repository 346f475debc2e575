"""Corrections of what was posted: payments reversed, and payments of earlier value dates put in; two people each."""
