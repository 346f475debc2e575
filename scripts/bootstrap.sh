#!/bin/sh
# Finds a Python that is new enough and hands over to bootstrap.py, which sets up everything else.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P) || exit 4
for python in "${LOAN_LEDGER_PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11 python; do
    if command -v "$python" >/dev/null 2>&1 &&
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        exec "$python" -I "$here/bootstrap.py" "$@"
    fi
done
echo "loan-ledger needs Python 3.11 or newer: install it, or name one in LOAN_LEDGER_PYTHON." >&2
exit 4
