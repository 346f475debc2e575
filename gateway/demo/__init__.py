"""The demonstration: an example book of loans carried through their whole life on a real network."""
