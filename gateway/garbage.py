"""How often Python looks for objects that refer to each other and to which nothing else refers."""

from __future__ import annotations

import gc


def spare() -> None:
    """Has the collector never look at what was loaded until now, hundreds of thousands of objects that stay, and look
    at new ones less often: each look holds up all threads of the process. Called once, when all is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
