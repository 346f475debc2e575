"""Runs ACTUS cases through jactus in its own environment and answers in JSON lines: first which it could run,
then, for each line `{names, seconds}` on stdin, how many contracts per second.

Called as `jactus_cases.py FILE...` with the interpreter of the peer's environment. A contract counts as run when jactus
builds and simulates it without an error; whether its numbers are right is not asked here.
"""

import json
import sys
import time
from pathlib import Path

from jactus.contracts import create_contract
from jactus.core import ActusDateTime, ContractAttributes
from jactus.observers import TimeSeriesRiskFactorObserver

DATES = {
    "statusDate": "status_date",
    "contractDealDate": "contract_deal_date",
    "initialExchangeDate": "initial_exchange_date",
    "maturityDate": "maturity_date",
    "amortizationDate": "amortization_date",
    "purchaseDate": "purchase_date",
    "terminationDate": "termination_date",
    "capitalizationEndDate": "interest_capitalization_end_date",
    "cycleAnchorDateOfInterestPayment": "interest_payment_anchor",
    "cycleAnchorDateOfPrincipalRedemption": "principal_redemption_anchor",
    "cycleAnchorDateOfRateReset": "rate_reset_anchor",
    "cycleAnchorDateOfScalingIndex": "scaling_index_anchor",
    "cycleAnchorDateOfInterestCalculationBase": "interest_calculation_base_anchor",
    "cycleAnchorDateOfFee": "fee_payment_anchor",
}
NUMBERS = {
    "notionalPrincipal": "notional_principal",
    "nominalInterestRate": "nominal_interest_rate",
    "accruedInterest": "accrued_interest",
    "premiumDiscountAtIED": "premium_discount_at_ied",
    "priceAtPurchaseDate": "price_at_purchase_date",
    "priceAtTerminationDate": "price_at_termination_date",
    "nextPrincipalRedemptionPayment": "next_principal_redemption_amount",
    "interestCalculationBaseAmount": "interest_calculation_base_amount",
    "rateMultiplier": "rate_reset_multiplier",
    "rateSpread": "rate_reset_spread",
    "nextResetRate": "rate_reset_next",
    "lifeCap": "rate_reset_cap",
    "lifeFloor": "rate_reset_floor",
    "scalingIndexAtContractDealDate": "scaling_index_at_contract_deal_date",
    "feeRate": "fee_rate",
    "feeAccrued": "fee_accrued",
}
CYCLES = {
    "cycleOfInterestPayment": "interest_payment_cycle",
    "cycleOfPrincipalRedemption": "principal_redemption_cycle",
    "cycleOfRateReset": "rate_reset_cycle",
    "cycleOfScalingIndex": "scaling_index_cycle",
    "cycleOfInterestCalculationBase": "interest_calculation_base_cycle",
    "cycleOfFee": "fee_payment_cycle",
}
NAMES = {
    "contractID": "contract_id",
    "contractType": "contract_type",
    "contractRole": "contract_role",
    "currency": "currency",
    "dayCountConvention": "day_count_convention",
    "businessDayConvention": "business_day_convention",
    "endOfMonthConvention": "end_of_month_convention",
    "interestCalculationBase": "interest_calculation_base",
    "marketObjectCodeOfRateReset": "rate_reset_market_object",
    "marketObjectCodeOfScalingIndex": "scaling_market_object",
    "feeBasis": "fee_basis",
}
CALENDARS = {"MF": "MONDAY_TO_FRIDAY", "NC": "NO_CALENDAR"}


def moment(text):
    text = text.strip()
    return ActusDateTime.from_iso(text if text.count(":") != 1 else text + ":00")


def attributes(terms):
    values = {}
    for name, value in terms.items():
        if name in DATES:
            values[DATES[name]] = moment(value)
        elif name in NUMBERS:
            values[NUMBERS[name]] = float(value)
        elif name in CYCLES:
            values[CYCLES[name]] = value[1:-2] + ("+" if value.endswith("0") else "-")
        elif name in NAMES:
            values[NAMES[name]] = value
        elif name == "calendar":
            values["calendar"] = CALENDARS[value]
        elif name == "scalingEffect":
            values["scaling_effect"] = value.replace("O", "0")
    return ContractAttributes(**values)


def simulate(case):
    series = {
        code: [(moment(entry["timestamp"]), float(entry["value"])) for entry in data["data"]]
        for code, data in (case.get("dataObserved") or {}).items()
    }
    contract = create_contract(attributes(case["terms"]), TimeSeriesRiskFactorObserver(series))
    return contract.simulate().events


def rate(names, cases, seconds):
    """Contracts per second, over as many whole passes as fill `seconds`."""
    start, done, passed = time.perf_counter(), 0, 0.0
    while passed < seconds:
        for name in names:
            simulate(cases[name])
        done += len(names)
        passed = time.perf_counter() - start
    return done / passed


def main():
    cases = {}
    for path in sys.argv[1:]:
        cases.update(json.loads(Path(path).read_text(encoding="utf-8")))
    ran, refused = [], {}
    for name, case in cases.items():
        try:
            simulate(case)
            ran.append(name)
        except Exception as error:  # the peer's errors are of many kinds; each is reported by name
            refused[name] = f"{type(error).__name__}: {error}"
    print(json.dumps({"ran": ran, "refused": refused}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps({"per_second": rate(order["names"], cases, order["seconds"])}), flush=True)


if __name__ == "__main__":
    main()
