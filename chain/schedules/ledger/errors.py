"""Errors of the ledger layer, each with its text in English and Chinese."""

from __future__ import annotations

from chain.schedules.errors import ScheduleError


class InstalmentsMissing(ScheduleError):
    """A schedule needs at least one instalment, a positive period and a principal that is not negative."""

    code = "schedules.instalments_missing"
    en = "The term {term} is {value}; a schedule needs {expected}."
    zh = "条款 {term} 为 {value}；还款计划要求{expected}。"


class NegativeAmortisation(ScheduleError):
    """The equal instalment does not cover the interest of a period, so the balance would grow."""

    code = "schedules.negative_amortisation"
    en = "The instalment {instalment} does not cover the interest {interest} due on {due}; shorten the period."
    zh = "每期还款额 {instalment} 不足以支付 {due} 到期的利息 {interest}；请缩短还款周期。"


class RowsInvalid(ScheduleError):
    """Rows that do not repay the principal exactly, or whose dates or amounts are out of order."""

    code = "schedules.rows_invalid"
    en = "The rows are invalid: {reason}."
    zh = "还款计划行无效：{reason}。"
