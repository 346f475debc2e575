"""The first tables."""

# ruff: noqa: PLR0915

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Integer = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    """Makes the step. There is no way back but a backup."""
    op.create_table(
        "account_statement_entries",
        sa.Column("statement", Integer, nullable=False),
        sa.Column("entry", Integer, nullable=False),
        sa.Column("servicer_reference", sa.String(length=100), nullable=False),
        sa.Column("booked", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.String(length=80), nullable=False),
        sa.Column("credit", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("counterparty", sa.JSON(), nullable=False),
        sa.Column("end_to_end_id", sa.String(length=100), nullable=True),
        sa.Column("original_reference", sa.String(length=100), nullable=True),
        sa.Column("meaning", sa.String(length=20), nullable=False),
        sa.Column("target", sa.String(length=100), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=True),
        sa.Column("posting", sa.String(length=10), nullable=False),
        sa.Column("transaction", Integer, nullable=True),
        sa.Column("suspending", sa.Boolean(), nullable=False),
        sa.Column("proposal", sa.String(length=40), nullable=True),
        sa.Column("split", Integer, nullable=False),
        sa.Column("tries", Integer, nullable=False),
        sa.PrimaryKeyConstraint("statement", "entry"),
    )
    op.create_index("entries_by_posting", "account_statement_entries", ["posting"], unique=False)
    op.create_index("entries_by_reference", "account_statement_entries", ["servicer_reference"], unique=False)
    op.create_table(
        "account_statements",
        sa.Column("number", Integer, nullable=False),
        sa.Column("statement_id", sa.String(length=100), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("opening", sa.String(length=80), nullable=False),
        sa.Column("closing", sa.String(length=80), nullable=False),
        sa.Column("file_hash", sa.String(length=66), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("principal", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("posted_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("date"),
    )
    op.create_index(op.f("ix_account_statements_status"), "account_statements", ["status"], unique=False)
    op.create_table(
        "audit_anchorings",
        sa.Column("seq", Integer, autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("business_date", Integer, nullable=False),
        sa.Column("time", sa.String(length=32), nullable=False),
        sa.Column("transaction", Integer, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", Integer, autoincrement=False, nullable=False),
        sa.Column("seq", Integer, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "audit_records",
        sa.Column("seq", Integer, autoincrement=False, nullable=False),
        sa.Column("time", sa.String(length=32), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("tenant", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=100), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("decision", sa.String(length=100), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("transactions", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index(op.f("ix_audit_records_actor"), "audit_records", ["actor"], unique=False)
    op.create_index(op.f("ix_audit_records_subject"), "audit_records", ["subject"], unique=False)
    op.create_table(
        "auth_attempts",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", Integer, nullable=False),
        sa.Column("blocked_until", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_auth_attempts_last_at"), "auth_attempts", ["last_at"], unique=False)
    op.create_table(
        "auth_challenges",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index(op.f("ix_auth_challenges_expires_at"), "auth_challenges", ["expires_at"], unique=False)
    op.create_index(op.f("ix_auth_challenges_subject"), "auth_challenges", ["subject"], unique=False)
    op.create_table(
        "auth_clients",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("tenant", sa.String(length=100), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("certificate", sa.String(length=64), nullable=True),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "auth_epoch",
        sa.Column("id", Integer, autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "auth_people",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("tenant", sa.String(length=100), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("password", sa.String(length=200), nullable=True),
        sa.Column("totp", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "auth_sessions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("principal", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("tenant", sa.String(length=100), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("amr", sa.String(length=60), nullable=False),
        sa.Column("certificate", sa.String(length=64), nullable=True),
        sa.Column("peer", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("mfa_at", sa.BigInteger(), nullable=True),
        sa.Column("idle_until", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_why", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_auth_sessions_ends_at"), "auth_sessions", ["ends_at"], unique=False)
    op.create_index(op.f("ix_auth_sessions_principal"), "auth_sessions", ["principal"], unique=False)
    op.create_table(
        "chain_heights",
        sa.Column("id", Integer, autoincrement=False, nullable=False),
        sa.Column("latest", Integer, nullable=False),
        sa.Column("confirmed", Integer, nullable=False),
        sa.Column("indexed", Integer, nullable=False),
        sa.Column("problem", sa.String(length=400), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "custom_tables",
        sa.Column("hash", sa.String(length=66), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "document_grants",
        sa.Column("document", sa.String(length=66), nullable=False),
        sa.Column("reader", sa.String(length=100), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("document", "reader"),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.String(length=66), nullable=False),
        sa.Column("cid", sa.String(length=100), nullable=False),
        sa.Column("cid_salt", sa.LargeBinary(), nullable=False),
        sa.Column("content_salt", sa.LargeBinary(), nullable=False),
        sa.Column("cid_commitment", sa.String(length=66), nullable=False),
        sa.Column("content_hash", sa.String(length=66), nullable=False),
        sa.Column("size", Integer, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "duty_problems",
        sa.Column("duty", sa.String(length=120), nullable=False),
        sa.Column("problem", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("duty"),
    )
    op.create_table(
        "early_orders",
        sa.Column("id", sa.String(length=66), nullable=False),
        sa.Column("loan", sa.String(length=66), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("salt", sa.String(length=66), nullable=False),
        sa.Column("valid_through", sa.Date(), nullable=False),
        sa.Column("signature", sa.String(length=4200), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("statement", Integer, nullable=True),
        sa.Column("entry", Integer, nullable=True),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_early_orders_loan"), "early_orders", ["loan"], unique=False)
    op.create_table(
        "event_log",
        sa.Column("id", Integer, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "events",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("loan", sa.String(length=66), nullable=True),
        sa.Column("tenant", sa.String(length=100), nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("withdraws", sa.BigInteger(), nullable=True),
        sa.Column("was_confirmed", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index(
        "events_by_block",
        "events",
        ["block"],
        unique=False,
        sqlite_where=sa.text("block IS NOT NULL"),
        postgresql_where=sa.text("block IS NOT NULL"),
    )
    op.create_index(
        "events_by_loan",
        "events",
        ["loan", "seq"],
        unique=False,
        sqlite_where=sa.text("loan IS NOT NULL"),
        postgresql_where=sa.text("loan IS NOT NULL"),
    )
    op.create_index("events_by_type", "events", ["type", "seq"], unique=False)
    op.create_index(
        "events_by_withdrawn",
        "events",
        ["withdraws"],
        unique=True,
        sqlite_where=sa.text("withdraws IS NOT NULL"),
        postgresql_where=sa.text("withdraws IS NOT NULL"),
    )
    op.create_table(
        "gateway_processes",
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("offers", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("holder"),
    )
    op.create_table(
        "idempotency",
        sa.Column("principal", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("principal", "key"),
    )
    op.create_index("idempotency_by_age", "idempotency", ["created_at"], unique=False)
    op.create_table(
        "index_blocks",
        sa.Column("number", Integer, nullable=False),
        sa.Column("hash", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "index_documents",
        sa.Column("loan", sa.String(length=66), nullable=False),
        sa.Column("document", sa.String(length=66), nullable=False),
        sa.Column("seq", Integer, nullable=False),
        sa.Column("cid_commitment", sa.String(length=66), nullable=False),
        sa.Column("content_hash", sa.String(length=66), nullable=False),
        sa.Column("size", sa.String(length=80), nullable=False),
        sa.Column("kind", Integer, nullable=False),
        sa.PrimaryKeyConstraint("loan", "document"),
    )
    op.create_table(
        "index_entries",
        sa.Column("loan", sa.String(length=66), nullable=False),
        sa.Column("seq", Integer, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", Integer, nullable=False),
        sa.Column("actor", sa.String(length=42), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.String(length=66), nullable=False),
        sa.Column("block", Integer, nullable=False),
        sa.Column("block_hash", sa.String(length=66), nullable=False),
        sa.Column("tx", sa.String(length=66), nullable=False),
        sa.Column("log_index", Integer, nullable=False),
        sa.PrimaryKeyConstraint("loan", "seq"),
    )
    op.create_index("index_entries_by_block", "index_entries", ["block"], unique=False)
    op.create_table(
        "index_events",
        sa.Column("position", sa.String(length=32), nullable=False),
        sa.Column("contract", sa.String(length=40), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=66), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("block", Integer, nullable=False),
        sa.Column("tx", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("position"),
    )
    op.create_index("index_events_by_block", "index_events", ["block"], unique=False)
    op.create_index("index_events_by_key", "index_events", ["event", "key"], unique=False)
    op.create_table(
        "index_loans",
        sa.Column("id", sa.String(length=66), nullable=False),
        sa.Column("position", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=200), nullable=False),
        sa.Column("platform", sa.String(length=42), nullable=False),
        sa.Column("repayment_reference", sa.String(length=25), nullable=False),
        sa.Column("borrower", sa.String(length=42), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("rate_cap_nano", sa.String(length=80), nullable=False),
        sa.Column("reversal_days", Integer, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("payout", sa.String(length=12), nullable=False),
        sa.Column("principal", sa.String(length=80), nullable=False),
        sa.Column("units", sa.String(length=80), nullable=False),
        sa.Column("weighted", sa.String(length=80), nullable=False),
        sa.Column("subscribed", sa.String(length=80), nullable=False),
        sa.Column("called", sa.String(length=80), nullable=False),
        sa.Column("in_payout", sa.String(length=80), nullable=False),
        sa.Column("outstanding", sa.String(length=80), nullable=False),
        sa.Column("undrawn_returned", sa.String(length=80), nullable=False),
        sa.Column("fees_paid", sa.String(length=80), nullable=False),
        sa.Column("penalty_paid", sa.String(length=80), nullable=False),
        sa.Column("interest_paid", sa.String(length=80), nullable=False),
        sa.Column("principal_paid", sa.String(length=80), nullable=False),
        sa.Column("overpaid", sa.String(length=80), nullable=False),
        sa.Column("bank_claim", sa.String(length=80), nullable=False),
        sa.Column("released", sa.String(length=80), nullable=False),
        sa.Column("drawable", sa.Boolean(), nullable=False),
        sa.Column("payouts", Integer, nullable=False),
        sa.Column("start", sa.Date(), nullable=True),
        sa.Column("schedule", sa.String(length=42), nullable=True),
        sa.Column("last_value_date", sa.Date(), nullable=True),
        sa.Column("repaid_on", sa.Date(), nullable=True),
        sa.Column("length", Integer, nullable=False),
        sa.Column("head", sa.String(length=66), nullable=False),
        sa.Column("last_block", Integer, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("position"),
    )
    op.create_index(op.f("ix_index_loans_borrower"), "index_loans", ["borrower"], unique=False)
    op.create_index(op.f("ix_index_loans_number"), "index_loans", ["number"], unique=False)
    op.create_index(op.f("ix_index_loans_repayment_reference"), "index_loans", ["repayment_reference"], unique=False)
    op.create_index(op.f("ix_index_loans_state"), "index_loans", ["state"], unique=False)
    op.create_table(
        "index_openings",
        sa.Column("loan", sa.String(length=66), nullable=False),
        sa.Column("number", Integer, nullable=False),
        sa.Column("lender", sa.String(length=42), nullable=False),
        sa.Column("units", sa.String(length=80), nullable=False),
        sa.Column("lender_class", Integer, nullable=False),
        sa.PrimaryKeyConstraint("loan", "number"),
    )
    op.create_table(
        "index_payments",
        sa.Column("loan", sa.String(length=66), nullable=False),
        sa.Column("seq", Integer, nullable=False),
        sa.Column("kind", Integer, nullable=False),
        sa.Column("amount", sa.String(length=80), nullable=False),
        sa.Column("fee", sa.String(length=80), nullable=False),
        sa.Column("penalty", sa.String(length=80), nullable=False),
        sa.Column("interest", sa.String(length=80), nullable=False),
        sa.Column("principal", sa.String(length=80), nullable=False),
        sa.Column("overpaid", sa.String(length=80), nullable=False),
        sa.Column("overpaid_before", sa.String(length=80), nullable=False),
        sa.Column("accrued", sa.String(length=80), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("previous_value_date", sa.Date(), nullable=True),
        sa.Column("statement", Integer, nullable=True),
        sa.Column("entry", Integer, nullable=True),
        sa.Column("keeps", Integer, nullable=True),
        sa.Column("undone_by", Integer, nullable=True),
        sa.Column("schedule_before", sa.String(length=42), nullable=True),
        sa.PrimaryKeyConstraint("loan", "seq"),
    )
    op.create_table(
        "index_positions",
        sa.Column("loan", sa.String(length=66), nullable=False),
        sa.Column("subject", sa.String(length=66), nullable=False),
        sa.Column("lender", sa.String(length=42), nullable=False),
        sa.Column("units", sa.String(length=80), nullable=False),
        sa.Column("lender_class", Integer, nullable=False),
        sa.Column("earned_offset", sa.String(length=80), nullable=False),
        sa.Column("claimed", sa.String(length=80), nullable=False),
        sa.Column("refunded", sa.Boolean(), nullable=False),
        sa.Column("paid_out", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("loan", "subject"),
    )
    op.create_index(op.f("ix_index_positions_lender"), "index_positions", ["lender"], unique=False)
    op.create_table(
        "index_unreadable",
        sa.Column("loan", sa.String(length=66), nullable=False),
        sa.Column("seq", Integer, nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("length", Integer, nullable=False),
        sa.Column("head", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("loan"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("epoch", Integer, nullable=False),
        sa.Column("expires_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "mandates",
        sa.Column("id", sa.String(length=66), nullable=False),
        sa.Column("loan", sa.String(length=66), nullable=False),
        sa.Column("payer", sa.String(length=42), nullable=False),
        sa.Column("limit", sa.String(length=80), nullable=False),
        sa.Column("salt", sa.String(length=66), nullable=False),
        sa.Column("valid_through", sa.Date(), nullable=False),
        sa.Column("signature", sa.String(length=4200), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_mandates_loan"), "mandates", ["loan"], unique=False)
    op.create_table(
        "open_traces",
        sa.Column("transaction", Integer, autoincrement=False, nullable=False),
        sa.Column("traceparent", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("transaction"),
    )
    op.create_table(
        "outbox_transactions",
        sa.Column("seq", Integer, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("contract", sa.String(length=40), nullable=False),
        sa.Column("function", sa.String(length=40), nullable=False),
        sa.Column("sender", sa.String(length=42), nullable=False),
        sa.Column("to", sa.String(length=42), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("loan", sa.String(length=66), nullable=True),
        sa.Column("after", Integer, nullable=True),
        sa.Column("behind_gas", Integer, nullable=True),
        sa.Column("principal", sa.String(length=100), nullable=False),
        sa.Column("tenant", sa.String(length=100), server_default="seat", nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("nonce", Integer, nullable=True),
        sa.Column("hash", sa.String(length=66), nullable=True),
        sa.Column("block", Integer, nullable=True),
        sa.Column("block_hash", sa.String(length=66), nullable=True),
        sa.Column("gas_used", Integer, nullable=True),
        sa.Column("reverted", sa.Boolean(), nullable=False),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("waiting_for", sa.String(length=400), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("outbox_by_lane", "outbox_transactions", ["loan", "status", "seq"], unique=False)
    op.create_index("outbox_by_loan", "outbox_transactions", ["loan", "seq"], unique=False)
    op.create_index("outbox_by_nonce", "outbox_transactions", ["sender", "nonce"], unique=False)
    op.create_index("outbox_by_status", "outbox_transactions", ["status", "sender", "seq"], unique=False)
    op.create_index(
        "outbox_by_tenant",
        "outbox_transactions",
        ["tenant", "seq"],
        unique=False,
        sqlite_where=sa.text("tenant <> 'seat'"),
        postgresql_where=sa.text("tenant <> 'seat'"),
    )
    op.create_table(
        "party_records",
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("platform", sa.String(length=100), nullable=False),
        sa.Column("address", sa.String(length=42), nullable=False),
        sa.Column("subject", sa.String(length=66), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("identity", sa.JSON(), nullable=False),
        sa.Column("account_number", sa.String(length=34), nullable=False),
        sa.Column("account_name", sa.String(length=140), nullable=False),
        sa.Column("deposit_reference", sa.String(length=25), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("reference"),
        sa.UniqueConstraint("address"),
        sa.UniqueConstraint("subject"),
    )
    op.create_index(op.f("ix_party_records_deposit_reference"), "party_records", ["deposit_reference"], unique=False)
    op.create_table(
        "payout_instructions",
        sa.Column("seq", Integer, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=35), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.Column("file_hash", sa.String(length=66), nullable=False),
        sa.Column("total", sa.String(length=80), nullable=False),
        sa.Column("requested_date", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("principal", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index(op.f("ix_payout_instructions_status"), "payout_instructions", ["status"], unique=False)
    op.create_table(
        "proposals",
        sa.Column("seq", Integer, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("loan", sa.String(length=66), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("proposer", sa.String(length=100), nullable=False),
        sa.Column("approver", sa.String(length=100), nullable=True),
        sa.Column("action", sa.String(length=66), nullable=True),
        sa.Column("approval", Integer, nullable=True),
        sa.Column("operation", Integer, nullable=True),
        sa.Column("lapses_at", sa.String(length=32), nullable=True),
        sa.Column("lapses_after", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("decided_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index(op.f("ix_proposals_loan"), "proposals", ["loan"], unique=False)
    op.create_index("proposals_by_status", "proposals", ["status", "seq"], unique=False)
    op.create_table(
        "regime_names",
        sa.Column("id", sa.String(length=66), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "repayments",
        sa.Column("seq", Integer, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("batch", sa.String(length=40), nullable=False),
        sa.Column("item", Integer, nullable=False),
        sa.Column("loan", sa.String(length=66), nullable=False),
        sa.Column("expected_length", Integer, nullable=False),
        sa.Column("amount", sa.String(length=80), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("statement", Integer, nullable=False),
        sa.Column("entry", Integer, nullable=False),
        sa.Column("servicer_reference", sa.String(length=100), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("transaction", Integer, nullable=True),
        sa.Column("proposal", sa.String(length=40), nullable=True),
        sa.Column("split", Integer, nullable=False),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("principal", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("repayments_by_batch", "repayments", ["batch", "item"], unique=False)
    op.create_index(
        "repayments_by_entry",
        "repayments",
        ["statement", "entry"],
        unique=True,
        sqlite_where=sa.text("status <> 'failed'"),
        postgresql_where=sa.text("status <> 'failed'"),
    )
    op.create_index("repayments_by_loan", "repayments", ["loan", "seq"], unique=False)
    op.create_index("repayments_by_status", "repayments", ["status", "seq"], unique=False)
    op.create_index("repayments_by_transaction", "repayments", ["transaction"], unique=False)
    op.create_table(
        "signing_sums",
        sa.Column("key", sa.String(length=42), nullable=False),
        sa.Column("what", sa.String(length=90), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "what", "day"),
    )
    op.create_table(
        "signing_uses",
        sa.Column("key", sa.String(length=42), nullable=False),
        sa.Column("nonce", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("what", sa.String(length=90), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("amount_day", sa.String(length=10), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("fee_day", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("key", "nonce"),
    )
    op.create_table(
        "tenant_objects",
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("tenant", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id"),
    )
    op.create_index("tenant_objects_by_tenant", "tenant_objects", ["tenant", "kind"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("principal", sa.String(length=100), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("principal"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_table(
        "webhooks",
        sa.Column("seq", Integer, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("tenant", sa.String(length=100), nullable=False),
        sa.Column("principal", sa.String(length=200), nullable=False),
        sa.Column("sight", sa.JSON(), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("loan", sa.String(length=66), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("on_failure", sa.String(length=12), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("old_secret", sa.LargeBinary(), nullable=True),
        sa.Column("old_secret_until", sa.Float(precision=53), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("turn", Integer, nullable=False),
        sa.Column("course", Integer, nullable=False),
        sa.Column("attempts", Integer, nullable=False),
        sa.Column("next_at", sa.Float(precision=53), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("webhooks_by_status", "webhooks", ["status"], unique=False)
    op.create_index("webhooks_by_tenant", "webhooks", ["tenant", "seq"], unique=False)
    op.create_table(
        "auth_client_secrets",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("client", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client"],
            ["auth_clients.id"],
        ),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index(op.f("ix_auth_client_secrets_client"), "auth_client_secrets", ["client"], unique=False)
    op.create_table(
        "auth_passkeys",
        sa.Column("id", sa.String(length=400), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["auth_people.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_auth_passkeys_person"), "auth_passkeys", ["person"], unique=False)
    op.create_table(
        "auth_recovery_codes",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person"],
            ["auth_people.id"],
        ),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index(op.f("ix_auth_recovery_codes_person"), "auth_recovery_codes", ["person"], unique=False)
    op.create_table(
        "auth_refresh_tokens",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("session", sa.String(length=40), nullable=False),
        sa.Column("page", sa.Boolean(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session"],
            ["auth_sessions.id"],
        ),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index(op.f("ix_auth_refresh_tokens_session"), "auth_refresh_tokens", ["session"], unique=False)
    op.create_table(
        "outbox_attempts",
        sa.Column("hash", sa.String(length=66), nullable=False),
        sa.Column("transaction", Integer, nullable=False),
        sa.Column("nonce", Integer, nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("gas", Integer, nullable=False),
        sa.Column("fees", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("replaced", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transaction"],
            ["outbox_transactions.seq"],
        ),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index(op.f("ix_outbox_attempts_transaction"), "outbox_attempts", ["transaction"], unique=False)
    op.create_table(
        "payout_instruction_items",
        sa.Column("instruction", Integer, nullable=False),
        sa.Column("number", Integer, nullable=False),
        sa.Column("end_to_end_id", sa.String(length=35), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("amount", sa.String(length=80), nullable=False),
        sa.Column("payee", sa.String(length=42), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("transaction", Integer, nullable=True),
        sa.Column("proposal", sa.String(length=40), nullable=True),
        sa.Column("tries", Integer, nullable=False),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["instruction"],
            ["payout_instructions.seq"],
        ),
        sa.PrimaryKeyConstraint("instruction", "number"),
    )
    op.create_index(
        op.f("ix_payout_instruction_items_end_to_end_id"), "payout_instruction_items", ["end_to_end_id"], unique=False
    )
    op.create_index(op.f("ix_payout_instruction_items_target"), "payout_instruction_items", ["target"], unique=False)
    op.create_table(
        "webhook_dead_letters",
        sa.Column("webhook", Integer, nullable=False),
        sa.Column("event", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("attempts", Integer, nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["webhook"],
            ["webhooks.seq"],
        ),
        sa.PrimaryKeyConstraint("webhook", "event"),
    )
    op.create_index(op.f("ix_webhook_dead_letters_status"), "webhook_dead_letters", ["status"], unique=False)
