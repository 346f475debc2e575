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


class LevelImpossible(ScheduleError):
    """A table that is to keep its instalment, of a method that has none."""

    code = "schedules.level_impossible"
    en = "A table of the method {method} has no instalment to keep; {level} was asked for."
    zh = "还款方式 {method} 没有可保持不变的每期还款额；要求的金额为 {level}。"


class AboveRateCap(ScheduleError):
    """All payments and fees, discounted at the cap, are worth more than the money received (minor units)."""

    code = "schedules.above_rate_cap"
    en = "Discounted at the cap, all payments are worth {worth}; the borrower receives {received}."
    zh = "按上限利率折现，全部还款的价值为 {worth}；借款人收到 {received}。"
