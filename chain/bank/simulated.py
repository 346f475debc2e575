"""A simulated depository bank: for tests, examples and demonstrations only; production never imports it.

It keeps one custody account, books credits and payment orders, and closes each day with a camt.053.001.08 account
statement whose numbers and balances continue. `write_account_statement` writes any statement, so that files of every
kind, wrong ones too, can be made from plain data.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from pyiso20022.camt.camt_053_001_08 import camt_053_001_08 as camt

from chain.bank.account_statement import AccountStatement, EntryKind, EntryStatus, Remittance, StatementEntry
from chain.bank.amounts import Minor, decimal_from_minor
from chain.bank.iso_writing import message_bytes, xml_date, xml_time
from chain.bank.pain001 import PaymentOrder
from chain.bank.posting import CustodyAccount

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
_NO_DETAILS = Remittance((), ())


@dataclass(frozen=True)
class Counterparty:
    """The other side of a movement."""

    name: str
    account: str


class SimulatedDepositoryBank:
    """One custody account and its day. Every movement belongs to the statement of the next day closed."""

    def __init__(self, account: CustodyAccount) -> None:
        self._account = account
        self._sequence = account.first_sequence_number
        self._balance = account.first_opening
        self._today: list[StatementEntry] = []
        self._booked: dict[str, StatementEntry] = {}
        self._pending: dict[str, StatementEntry] = {}
        self._entries_made = 0

    def receive(self, amount: Minor, payer: Counterparty, remittance: Remittance, value_date: date) -> str:
        """Book a credit; gives the bank's reference of the entry."""
        return self._enter(_credit(amount, payer, remittance, value_date))

    def announce(self, amount: Minor, payer: Counterparty, remittance: Remittance, value_date: date) -> str:
        """Report a credit as pending; `settle` books it later under the same reference."""
        reference = self._enter(replace(_credit(amount, payer, remittance, value_date), status=EntryStatus.PDNG))
        self._pending[reference] = self._today[-1]
        return reference

    def settle(self, reference: str) -> None:
        """Book a pending credit."""
        self._today.append(replace(self._pending.pop(reference), status=EntryStatus.BOOK))

    def execute(self, order: PaymentOrder) -> tuple[str, ...]:
        """Book every payout of `order` on its requested date; gives the entries' references."""
        return tuple(
            self._enter(
                replace(
                    _credit(
                        instruction.amount,
                        Counterparty(instruction.creditor_name, instruction.creditor_account),
                        Remittance((instruction.remittance,), ()),
                        instruction.requested_date,
                    ),
                    credit=False,
                    kind="debit",
                    end_to_end_id=instruction.end_to_end_id,
                )
            )
            for instruction in order.instructions
        )

    def undo(self, reference: str, kind: EntryKind, reason: str | None, value_date: date) -> str:
        """Book the opposite of an earlier entry, as 'reversal' or 'return'."""
        original = self._booked[reference]
        return self._enter(
            replace(
                original,
                credit=not original.credit,
                kind=kind,
                value_date=value_date,
                return_reason=reason,
                original_reference=reference,
            )
        )

    def close_day(self, day: date) -> bytes:
        """The account statement of `day`; the next one follows on it."""
        entries = tuple(
            replace(entry, entry_no=number, booking_date=day if entry.status is EntryStatus.BOOK else None)
            for number, entry in enumerate(self._today, start=1)
        )
        closing = self._balance + sum(entry.signed for entry in entries)
        statement = AccountStatement(
            account=self._account.account,
            currency=self._account.currency,
            electronic_sequence_number=self._sequence,
            statement_id=f"{day:%Y%m%d}-{self._sequence:05d}",
            date=day,
            opening=self._balance,
            closing=closing,
            entries=entries,
            file_hash=b"",
        )
        data = write_account_statement(statement)
        self._booked |= {e.account_servicer_reference: e for e in entries if e.status is EntryStatus.BOOK}
        self._sequence += 1
        self._balance = closing
        self._today = []
        return data

    def _enter(self, entry: StatementEntry) -> str:
        self._entries_made += 1
        reference = f"SIM{entry.value_date:%Y%m%d}{self._entries_made:06d}"
        self._today.append(replace(entry, account_servicer_reference=reference))
        return reference


def _credit(amount: Minor, payer: Counterparty, remittance: Remittance, value_date: date) -> StatementEntry:
    return StatementEntry(
        entry_no=0,
        account_servicer_reference="",
        amount=amount,
        credit=True,
        status=EntryStatus.BOOK,
        kind="credit",
        booking_date=None,
        value_date=value_date,
        remittance=remittance,
        end_to_end_id=None,
        counterparty_name=payer.name,
        counterparty_account=payer.account,
        return_reason=None,
        original_reference=None,
        transactions=1,
    )


def write_account_statement(statement: AccountStatement) -> bytes:
    """`statement` as camt.053.001.08, checked against the schema only: sums and numbers are written as given."""
    created = xml_time(datetime.combine(statement.date, time(23, 59, 59)))
    document = camt.Document(
        bk_to_cstmr_stmt=camt.BankToCustomerStatementV08(
            grp_hdr=camt.GroupHeader81(msg_id=f"MSG-{statement.statement_id}", cre_dt_tm=created),
            stmt=[
                camt.AccountStatement9(
                    id=statement.statement_id,
                    elctrnc_seq_nb=decimal_from_minor(100 * statement.electronic_sequence_number).to_integral_value(),
                    cre_dt_tm=created,
                    acct=camt.CashAccount39(id=_account_id(statement.account), ccy=statement.currency),
                    bal=[
                        _balance("OPBD", statement.opening, statement),
                        _balance("CLBD", statement.closing, statement),
                    ],
                    ntry=[_entry(entry, statement.currency) for entry in statement.entries],
                )
            ],
        )
    )
    return message_bytes(document, NAMESPACE)


def _balance(code: str, amount: int, statement: AccountStatement) -> camt.CashBalance8:
    return camt.CashBalance8(
        tp=camt.BalanceType13(cd_or_prtry=camt.BalanceType10Choice(cd=code)),
        amt=_amount(abs(amount), statement.currency),
        cdt_dbt_ind=_direction(amount >= 0),
        dt=camt.DateAndDateTime2Choice(dt=xml_date(statement.date)),
    )


def _entry(entry: StatementEntry, currency: str) -> camt.ReportEntry10:
    booked = entry.booking_date
    return camt.ReportEntry10(
        ntry_ref=str(entry.entry_no),
        amt=_amount(entry.amount, currency),
        cdt_dbt_ind=_direction(entry.credit),
        rvsl_ind=True if entry.kind == "reversal" else None,
        sts=camt.EntryStatus1Choice(cd=entry.status.value),
        bookg_dt=None if booked is None else camt.DateAndDateTime2Choice(dt=xml_date(booked)),
        val_dt=camt.DateAndDateTime2Choice(dt=xml_date(entry.value_date)),
        acct_svcr_ref=entry.account_servicer_reference,
        bk_tx_cd=_transaction_code(entry),
        ntry_dtls=[camt.EntryDetails9(tx_dtls=[_details(entry, currency)])],
    )


def _details(entry: StatementEntry, currency: str) -> camt.EntryTransaction10:
    name = entry.counterparty_name
    party = None if name is None else camt.Party40Choice(pty=camt.PartyIdentification135(nm=name))
    number = entry.counterparty_account
    account = None if number is None else camt.CashAccount38(id=_account_id(number))
    reason = entry.return_reason
    return camt.EntryTransaction10(
        refs=camt.TransactionReferences6(
            acct_svcr_ref=entry.original_reference, end_to_end_id=entry.end_to_end_id or "NOTPROVIDED"
        ),
        amt=_amount(entry.amount, currency),
        cdt_dbt_ind=_direction(entry.credit),
        rltd_pties=camt.TransactionParties6(dbtr=party, dbtr_acct=account)
        if entry.credit
        else camt.TransactionParties6(cdtr=party, cdtr_acct=account),
        rmt_inf=None if entry.remittance == _NO_DETAILS else _remittance(entry.remittance),
        rtr_inf=None
        if reason is None and entry.kind != "return"
        else camt.PaymentReturnReason5(rsn=None if reason is None else camt.ReturnReason5Choice(cd=reason)),
    )


def _remittance(remittance: Remittance) -> camt.RemittanceInformation16:
    return camt.RemittanceInformation16(
        ustrd=list(remittance.unstructured),
        strd=[
            camt.StructuredRemittanceInformation16(cdtr_ref_inf=camt.CreditorReferenceInformation2(ref=reference))
            for reference in remittance.creditor_references
        ],
    )


def _transaction_code(entry: StatementEntry) -> camt.BankTransactionCodeStructure4:
    family = "RCDT" if entry.credit else "ICDT"  # received | issued credit transfers
    sub_family = "RRTN" if entry.kind == "return" else "DMCT"
    return camt.BankTransactionCodeStructure4(
        domn=camt.BankTransactionCodeStructure5(
            cd="PMNT", fmly=camt.BankTransactionCodeStructure6(cd=family, sub_fmly_cd=sub_family)
        )
    )


def _account_id(number: str) -> camt.AccountIdentification4Choice:
    return camt.AccountIdentification4Choice(othr=camt.GenericAccountIdentification1(id=number))


def _amount(amount: int, currency: str) -> camt.ActiveOrHistoricCurrencyAndAmount:
    return camt.ActiveOrHistoricCurrencyAndAmount(value=decimal_from_minor(amount), ccy=currency)


def _direction(credit: bool) -> camt.CreditDebitCode:
    return camt.CreditDebitCode.CRDT if credit else camt.CreditDebitCode.DBIT
