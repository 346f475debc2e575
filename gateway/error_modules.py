"""The gateway's modules that declare errors, for the register of all errors (`chain.error_registry`).

One list for `GET /v1/errors` and for the test that holds it against the source. The route imports them when it is first
asked, which takes a second: a command's errors may stand beside a library that is slow to load.
"""

from __future__ import annotations

from typing import Final

ERROR_MODULES: Final = (
    "gateway.audit.errors",
    "gateway.auth.errors",
    "gateway.check.command",
    "gateway.authorisation.errors",
    "gateway.cli.approvals",
    "gateway.cli.book_files",
    "gateway.cli.output_files",
    "gateway.cli.schedule",
    "gateway.cli.schedule_actus",
    "gateway.cli.schedule_plot",
    "gateway.database.errors",
    "gateway.demo.errors",
    "gateway.errors",
    "gateway.events.errors",
    "gateway.intake.errors",
    "gateway.journals.errors",
    "gateway.launch.errors",
    "gateway.leases",
    "gateway.migrations.errors",
    "gateway.outbox.errors",
    "gateway.repayments.errors",
    "gateway.signing.errors",
    "gateway.webhooks.errors",
)
