"""The audit log of a seat as anyone can verify it: encoding, hash chain, anchors. Pure."""
