"""Payouts to the depository bank as an ISO 20022 credit transfer initiation (pain.001.001.09), and back.

The same order gives the same bytes, so its hash can be recorded before it is sent. Instruction and end-to-end ids are
unique within an order. Sending is not done here; who may instruct a payout is decided on the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from xml.etree.ElementTree import Element

from pyiso20022.pain.pain_001_001_09 import pain_001_001_09 as pain

from chain.bank.amounts import AmountText, Minor, decimal_from_minor, minor_from_text
from chain.bank.errors import InvalidInstruction, MalformedAmount, SchemaViolation, WrongMessageType
from chain.bank.iso_schema import check_schema
from chain.bank.iso_writing import message_bytes, xml_date, xml_time
from chain.bank.xml_tree import Tree, children, local_name, namespace, read_tree

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"


@dataclass(frozen=True)
class Debtor:
    """The custody account that pays, as the depository bank knows it. bank: the bank's own identification."""

    name: str
    account: str
    bank: str


@dataclass(frozen=True)
class PaymentInstruction:
    """One payout. `end_to_end_id` comes back on the account statement and identifies it there."""

    instruction_id: str
    end_to_end_id: str
    amount: Minor
    currency: str
    creditor_name: str
    creditor_account: str
    remittance: str
    requested_date: date


@dataclass(frozen=True)
class PaymentOrder:
    """A file of payouts. message_id: unique per file; created: when it was made, to the second."""

    message_id: str
    created: datetime
    debtor: Debtor
    instructions: tuple[PaymentInstruction, ...]


def write_payment_order(order: PaymentOrder) -> bytes:
    """The order as XML; instructions are grouped by requested date, else in their order.

    Raises InvalidInstruction (amount not above zero, an id used twice, no instructions), SchemaViolation or
    MalformedXml (a text that is too long or holds characters XML can't carry).
    """
    _check(order.instructions)
    total = decimal_from_minor(sum(instruction.amount for instruction in order.instructions))
    by_date = groupby(sorted(order.instructions, key=lambda i: i.requested_date), key=lambda i: i.requested_date)
    document = pain.Document(
        cstmr_cdt_trf_initn=pain.CustomerCreditTransferInitiationV09(
            grp_hdr=pain.GroupHeader85(
                msg_id=order.message_id,
                cre_dt_tm=xml_time(order.created),
                nb_of_txs=str(len(order.instructions)),
                ctrl_sum=total,
                initg_pty=pain.PartyIdentification135(nm=order.debtor.name),
            ),
            pmt_inf=[
                _payments(order, day, number, list(group)) for number, (day, group) in enumerate(by_date, start=1)
            ],
        )
    )
    return message_bytes(document, NAMESPACE)


def read_payment_order(data: bytes) -> PaymentOrder:
    """The order in a file that `write_payment_order` made, as the receiving bank reads it. Raises a BankFileError."""
    tree = read_tree(data)
    if namespace(tree.root) != f"{{{NAMESPACE}}}" or local_name(tree.root) != "Document":
        raise WrongMessageType(line=tree.line(tree.root), found=tree.root.tag, expected="a pain.001.001.09 Document")
    check_schema(tree, tree.root, pain.Document)
    [message] = tree.root
    header = _one(tree, message, "GrpHdr")
    groups = list(children(message, "PmtInf"))
    instructions = tuple(
        _instruction(tree, group, transfer) for group in groups for transfer in children(group, "CdtTrfTxInf")
    )
    _check(instructions)
    debtors = {_debtor(tree, group) for group in groups}
    if len(debtors) != 1:
        raise SchemaViolation(line=tree.line(groups[-1]), path="PmtInf/DbtrAcct", reason="more than one debtor")
    created = _text(tree, header, "CreDtTm")
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        reason = f"{created!r} is no calendar time"
        raise SchemaViolation(line=tree.line(header), path="GrpHdr/CreDtTm", reason=reason) from None
    return PaymentOrder(_text(tree, header, "MsgId"), moment, debtors.pop(), instructions)


def _check(instructions: Sequence[PaymentInstruction]) -> None:
    if not instructions:
        raise InvalidInstruction(instruction="-", reason="the order holds none")
    seen: set[str] = set()
    for instruction in instructions:
        if instruction.amount <= 0:
            reason = "its amount is not above zero"
            raise InvalidInstruction(instruction=instruction.instruction_id, reason=reason)
        for used in (f"instruction id {instruction.instruction_id}", f"end-to-end id {instruction.end_to_end_id}"):
            if used in seen:
                reason = f"{used} is used twice in the order"
                raise InvalidInstruction(instruction=instruction.instruction_id, reason=reason)
            seen.add(used)


def _payments(
    order: PaymentOrder, day: date, number: int, group: list[PaymentInstruction]
) -> pain.PaymentInstruction30:
    return pain.PaymentInstruction30(
        pmt_inf_id=f"{order.message_id}-{number}",
        pmt_mtd=pain.PaymentMethod3Code.TRF,
        btch_bookg=False,
        nb_of_txs=str(len(group)),
        ctrl_sum=decimal_from_minor(sum(instruction.amount for instruction in group)),
        reqd_exctn_dt=pain.DateAndDateTime2Choice(dt=xml_date(day)),
        dbtr=pain.PartyIdentification135(nm=order.debtor.name),
        dbtr_acct=_account(order.debtor.account),
        dbtr_agt=pain.BranchAndFinancialInstitutionIdentification6(
            fin_instn_id=pain.FinancialInstitutionIdentification18(
                othr=pain.GenericFinancialIdentification1(id=order.debtor.bank)
            )
        ),
        chrg_br=pain.ChargeBearerType1Code.DEBT,
        cdt_trf_tx_inf=[_transfer(instruction) for instruction in group],
    )


def _transfer(instruction: PaymentInstruction) -> pain.CreditTransferTransaction34:
    amount = pain.ActiveOrHistoricCurrencyAndAmount(
        value=decimal_from_minor(instruction.amount), ccy=instruction.currency
    )
    return pain.CreditTransferTransaction34(
        pmt_id=pain.PaymentIdentification6(
            instr_id=instruction.instruction_id, end_to_end_id=instruction.end_to_end_id
        ),
        amt=pain.AmountType4Choice(instd_amt=amount),
        cdtr=pain.PartyIdentification135(nm=instruction.creditor_name),
        cdtr_acct=_account(instruction.creditor_account),
        rmt_inf=pain.RemittanceInformation16(ustrd=[instruction.remittance]),
    )


def _account(number: str) -> pain.CashAccount38:
    return pain.CashAccount38(id=pain.AccountIdentification4Choice(othr=pain.GenericAccountIdentification1(id=number)))


def _instruction(tree: Tree, group: Element, transfer: Element) -> PaymentInstruction:
    amount = _one(tree, transfer, "Amt/InstdAmt")
    text = (amount.text or "").strip()
    instruction_id = _text(tree, transfer, "PmtId/InstrId")
    try:
        minor = minor_from_text(text)
    except AmountText:
        where = f"instruction {instruction_id}"
        raise MalformedAmount(line=tree.line(amount), where=where, amount=text) from None
    day = _text(tree, group, "ReqdExctnDt/Dt")
    try:
        requested = date.fromisoformat(day)
    except ValueError:
        reason = f"{day!r} is no calendar date"
        raise SchemaViolation(line=tree.line(group), path="ReqdExctnDt/Dt", reason=reason) from None
    return PaymentInstruction(
        instruction_id=instruction_id,
        end_to_end_id=_text(tree, transfer, "PmtId/EndToEndId"),
        amount=minor,
        currency=amount.attrib["Ccy"],
        creditor_name=_text(tree, transfer, "Cdtr/Nm"),
        creditor_account=_text(tree, transfer, "CdtrAcct/Id/Othr/Id"),
        remittance=_text(tree, transfer, "RmtInf/Ustrd"),
        requested_date=requested,
    )


def _debtor(tree: Tree, group: Element) -> Debtor:
    return Debtor(
        name=_text(tree, group, "Dbtr/Nm"),
        account=_text(tree, group, "DbtrAcct/Id/Othr/Id"),
        bank=_text(tree, group, "DbtrAgt/FinInstnId/Othr/Id"),
    )


def _one(tree: Tree, element: Element, path: str) -> Element:
    for name in path.split("/"):
        found = list(children(element, name))
        if len(found) != 1:
            raise SchemaViolation(line=tree.line(element), path=path, reason=f"expected once, found {len(found)} times")
        element = found[0]
    return element


def _text(tree: Tree, element: Element, path: str) -> str:
    return _one(tree, element, path).text or ""
