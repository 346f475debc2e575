"""Keys of seats: made at first start, encrypted at rest, never readable by others.

`chain.keys.keystore` holds the key that signs transactions (keystore v3), `chain.keys.reader` the one that opens
documents (X25519), `chain.keys.passphrase` what both are encrypted with, `chain.keys.plain` keys given in a plain file
for tests.
"""
