"""A first look: pages for people, rendered by the seat from its own index, in English and Chinese.

Shows the latest blocks, loans, one loan's terms, schedule against payments, history, positions and documents, and
checks a file against the commitments of a loan's documents. Changes nothing. Works without scripts; nothing is loaded
from elsewhere. Proofs that need no trust in the seat are the explorer's matter.
"""
