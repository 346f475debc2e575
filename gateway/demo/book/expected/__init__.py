"""Figures the example book must end with, from a calculation that shares no code with the product."""
