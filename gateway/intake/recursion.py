"""Keeps Python's bound on recursion, which a library of the chain's lifts a hundredfold when it is imported.

Above some ten thousand levels the interpreter's stack ends before the bound does: one deeply nested JSON, from a caller
or a node, would end the process. With the ordinary bound it is an error like any other.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from typing import Final

LIMIT: Final = 1_000
_LIFTING = "py_ecc"


def keep_bound() -> None:
    """Sets the bound; to be called before anything from outside is read. What lifts it is imported first, so once."""
    with contextlib.suppress(ImportError):
        importlib.import_module(_LIFTING)
    sys.setrecursionlimit(LIMIT)
