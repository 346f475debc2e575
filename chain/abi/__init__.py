"""Checked-in ABI manifest of the contracts; made by `python -m chain.compiler`, checked in CI."""
