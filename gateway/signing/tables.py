"""What a seat's keys have signed, as far as their limits count it."""

from __future__ import annotations

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Table


class SigningSum(Table):
    """What a key has signed on one day. what: `Contract.function` in minor units on a business date, or `fee` in gwei
    on a day of the clock (UTC)."""

    __tablename__ = "signing_sums"

    key: Mapped[str] = mapped_column(String(42), primary_key=True)
    what: Mapped[str] = mapped_column(String(90), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    total: Mapped[int] = mapped_column(BigInteger)


class SigningUse(Table):
    """What one nonce of a key counts for, whatever was signed with it: at most one of those can be mined.

    amount: minor units of `what` on the business date `amount_day`. fee: gwei on `fee_day`.
    """

    __tablename__ = "signing_uses"

    key: Mapped[str] = mapped_column(String(42), primary_key=True)
    nonce: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    what: Mapped[str] = mapped_column(String(90))
    amount: Mapped[int] = mapped_column(BigInteger)
    amount_day: Mapped[str] = mapped_column(String(10))
    fee: Mapped[int] = mapped_column(BigInteger)
    fee_day: Mapped[str] = mapped_column(String(10))
