"""Whole books of loans in the form of Apache Fineract: cases to tables, events to tables at checkpoints."""

from __future__ import annotations

from chain.schedules.book.cases import replay_book, schedule_book

__all__ = ["replay_book", "schedule_book"]
