"""The members' double-entry journals, read from a node."""
