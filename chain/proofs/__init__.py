"""Seals and confirmation rules as pure functions over headers: no network, no clock, no files."""
