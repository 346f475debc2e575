"""What one key may sign beyond role and scopes: amounts, gas and fees. Values; `gateway.signing.spending` counts."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.key_settings import MAX_GAS, MAX_GAS_PRICE


@dataclass(frozen=True)
class KeyLimits:
    """Limits of one key; None: none.

    per_call: most minor units that one call may name. per_business_date: the same of all calls of one function on one
    business date. two_keys_above: a call that names more needs a second person's approval. max_gas: of one transaction.
    max_gas_price: most that a unit of gas may cost, wei. max_fee_per_day: most that all transactions signed on one day
    (UTC) may cost, wei.
    """

    per_call: int | None = None
    per_business_date: int | None = None
    two_keys_above: int | None = None
    max_gas: int = MAX_GAS
    max_gas_price: int = MAX_GAS_PRICE
    max_fee_per_day: int | None = None

    @property
    def about_amounts(self) -> bool:
        """Whether the amount of a call matters."""
        return (self.per_call, self.per_business_date, self.two_keys_above) != (None, None, None)

    @property
    def counted(self) -> bool:
        """Whether signatures add up to something."""
        return self.per_business_date is not None or self.max_fee_per_day is not None
