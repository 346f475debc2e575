"""`python -m gateway.cli`."""

from __future__ import annotations

from gateway.cli.app import main

if __name__ == "__main__":
    main()
