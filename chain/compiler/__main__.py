"""`python -m chain.compiler`: compile the contracts and write the manifest; `--check` only compares it."""

from __future__ import annotations

import argparse
import sys

from chain.compiler import MANIFEST, artifacts, check_manifest, write_manifest
from chain.errors import ExitCode, LedgerError

CODE_SIZE_LIMIT = 24_576  # EIP-170


def main() -> ExitCode:
    """Parse the command line and do it; what is said goes to stderr."""
    parser = argparse.ArgumentParser(prog="python -m chain.compiler", description=__doc__)
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--check", action="store_true", help=f"fail if {MANIFEST} does not match the contracts")
    modes.add_argument("--cache-only", action="store_true", help="compile, but leave the manifest alone")
    chosen = parser.parse_args()
    try:
        compiled = artifacts()
        for found in compiled.values():
            size = len(found.deployed_bytecode)
            too_large = "  larger than a chain accepts" if size > CODE_SIZE_LIMIT else ""
            print(f"{size:7,} bytes  {found.name}{too_large}", file=sys.stderr)
        if chosen.check:
            check_manifest()
        elif not chosen.cache_only and write_manifest():
            print(f"{MANIFEST} written", file=sys.stderr)
    except LedgerError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return ExitCode.OK


if __name__ == "__main__":
    sys.exit(main())
