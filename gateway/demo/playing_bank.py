"""A depository bank that plays along, for quick starts and trials on a network that was left up; never for production.

It speaks to the bank's gateway by the API's own client, as a bank's system would: registers parties, books deposits
and repayments, writes the day's account statement (camt.053), executes payment orders (pain.001) and closes the day. It
goes on where the account statements that the gateway knows have ended.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from zlib import crc32

from loan_ledger_client import LedgerClient, models

from chain.bank.account_statement import Remittance
from chain.bank.amounts import Minor, minor_from_text
from chain.bank.pain001 import read_payment_order
from chain.bank.posting import CustodyAccount
from chain.bank.simulated import Counterparty, SimulatedDepositoryBank
from gateway.settings import load_settings

WAIT = 60.0
"""Seconds that a change may take until it is final."""


class PlayingBank:
    """state: the network's folder, for the custody account's number. client: of the bank's gateway."""

    def __init__(self, state: str | Path, client: LedgerClient) -> None:
        self.client = client
        self._system = SimulatedDepositoryBank(_account(Path(state), client))
        self._references: dict[str, str] = {}

    @property
    def today(self) -> date:
        """The business date."""
        return self.client.get_business_date().business_date

    def register(self, name: str, address: str) -> None:
        """Registers a person who signs with `address`, with identity and account made up from both."""
        reference = self._references[name] = f"{name}-{address[2:8]}"
        number = f"{crc32(reference.encode()):012d}"
        self.client.register_party(
            models.PartyRequest(
                reference=reference,
                address=address,
                kind="PERSON",
                identity=models.Identity(name=name, document_type="CN-ID", document_number=number, country="CN"),
                account=models.BankAccount(number=f"6222{number}", name=name),
            ),
            wait=WAIT,
        )

    def party(self, name: str) -> models.Party:
        """A person registered here, with its custody balance."""
        return self.client.get_party(self._references[name])

    def deposit(self, name: str, amount: Decimal | str) -> None:
        """Books a lender's deposit; custody tokens come with the day's account statement."""
        party = self.party(name)
        assert party.deposit_reference is not None, "the bank's own gateway shows it"
        self._receive(party, Decimal(amount), Remittance((), (party.deposit_reference,)))

    def repay(self, loan: str, name: str, amount: Decimal | str) -> None:
        """Books a repayment from the borrower's account."""
        reference = self.client.get_loan(loan).repayment_reference
        self._receive(self.party(name), Decimal(amount), Remittance((f"repayment {reference}",), ()))

    def pay_out(self) -> None:
        """Orders all reserved payouts and books them, as the payment order says."""
        accepted = self.client.instruct_payouts(models.PayoutInstructionRequest(), wait=WAIT)
        self.execute(self.client.get_payout_file(accepted.resource.id))

    def execute(self, order: bytes) -> None:
        """Books what a payment order (pain.001) says."""
        self._system.execute(read_payment_order(order))

    def account_statement(self, day: date) -> bytes:
        """What was booked until the end of `day`, as camt.053; the next statement follows on it."""
        return self._system.close_day(day)

    def end_day(self, through: date | None = None) -> None:
        """Posts the account statement and closes the day, or all days up to `through`."""
        day = through or self.today
        self.client.post_account_statement(self.account_statement(day), wait=WAIT)
        self.client.close_day(models.DayEndRequest(through=day), wait=WAIT)

    def _receive(self, payer: models.Party, amount: Decimal, text: Remittance) -> None:
        assert payer.account is not None, "the bank's own gateway shows it"
        counterparty = Counterparty(payer.account.name, payer.account.number)
        self._system.receive(Minor(int(amount * 100)), counterparty, text, self.today)


def _account(state: Path, client: LedgerClient) -> CustodyAccount:
    custody = load_settings(state, "bank").custody_account
    currency = client.get_network().currency
    known = client.list_account_statements(limit=1).items
    if not known:
        return CustodyAccount(
            custody.account, currency, custody.first_sequence_number, minor_from_text(custody.first_opening)
        )
    return CustodyAccount(custody.account, currency, known[0].number + 1, int(known[0].closing.amount * 100))
