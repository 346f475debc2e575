"""The API's objects, typed. Made by `loan-ledger api write`; edit the routes instead."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime as DateTime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from loan_ledger_client.money import Amount, Number


class Request(BaseModel):
    """What is sent: fields that the API does not know are refused here already."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, defer_build=True, protected_namespaces=())


class Answer(BaseModel):
    """What is answered, and may be sent back: fields that are new to this client are kept."""

    model_config = ConfigDict(extra="allow", populate_by_name=True, defer_build=True, protected_namespaces=())


class Accepted(Answer):
    """The answer to a change: stored for good, and these transactions will carry it out."""

    resource: ResourceLink
    transactions: list[Transaction]


class AccountStatement(Answer):
    """An account statement; `posted` once every entry has come to an end."""

    number: int
    """The bank's electronic sequence number."""
    statement_id: str
    date: Date
    opening: Money
    closing: Money
    file_hash: str
    """SHA-256 of the file, attested at the day-end."""
    status: Literal["posting", "posted"] | str
    created_at: str
    posted_at: str | None
    counts: dict[str, int]
    """Entries by posting."""
    entries: list[StatementEntry] | None = None
    """Only for a single statement."""
    transactions: list[Transaction] | None = None
    """Only for a single statement."""


class AccountStatementPage(Answer):
    """A page of `AccountStatement`."""

    items: list[AccountStatement]
    next_cursor: str | None
    """Pass it as `cursor` for the next page; null at the end."""


class ApprovalRequest(Request):
    """The second person's approval of a proposal, by the action that was shown.

    If what would be sent has changed since, nothing is approved and the answer names the new action.
    """

    proposal: str
    action: str
    """`action` of the proposal as the approver saw it."""


class Arrears(Answer):
    """What is due and overdue on a day, reckoned from terms, table and postings."""

    loan: str
    on: Date
    days_past_due: int
    """Since the payable-by day of the oldest instalment that is not paid."""
    due: Money
    """Of instalments due on the day, fee, interest and principal."""
    overdue: Money
    """The part of it whose payable-by day has passed."""
    penalty_due: Money
    """With what has accrued up to the day."""
    held: Money
    """Overpaid before; joins the next payment."""
    to_pay: Money
    """Due and penalty interest less what is held: one exact amount."""
    outstanding: Money
    rows: list[OverdueRow]


class AttemptResource(Answer):
    """A signed form of the transaction; more than one only after a higher price or a nonce taken by another."""

    hash: str
    nonce: int
    status: Literal["current", "replaced"] | str


class Attestation(Answer):
    """What the bank published at its last day-end: booked = supply + suspense + bank items - shortfall."""

    through: Date
    statement_hash: str
    booked: Money
    supply: Money
    suspense: Money
    bank_items: Money
    shortfall: Money


class AuditHeadShown(Answer):
    """How long the log is and how far it is anchored on chain."""

    length: int
    head: str
    anchored_length: int
    """Of the newest anchor on chain, read from this seat's node; 0 for none."""
    anchored_head: str | None
    anchored_on: Date | None
    """Business date of that anchor."""
    anchored_block: int | None


class AuditRecordShown(Answer):
    """One thing that was done or refused."""

    seq: int
    """1, 2, 3, ... without gap."""
    time: DateTime
    request_id: str
    """Of the request that did it, as in X-Request-Id; empty if it was none."""
    actor: str
    """Who; `gateway` is the gateway itself, `anonymous` a caller that was not let in."""
    tenant: str
    action: str
    """The operation's name in the OpenAPI document, `sign`, or `access.<what>`."""
    subject: str
    decision: str
    """`accepted`, `signed`, or `refused:<code>`."""
    details: dict[str, str]
    """Amounts, dates and ids on the ledger; no secret, no personal data."""
    transactions: list[str]
    request_hash: str
    """SHA-256 over method, path and body, as the idempotency key keeps it."""
    previous: str
    """Hash of the record before, 64 zeros for the first."""
    hash: str
    """SHA-256 over all other fields, as docs/regulator.md says."""


class AuditRecordShownPage(Answer):
    """A page of `AuditRecordShown`."""

    items: list[AuditRecordShown]
    next_cursor: str | None
    """Pass it as `cursor` for the next page; null at the end."""


class BankAccount(Answer):
    """The party's own bank account: money is taken from it only and paid to it only."""

    number: str
    name: str


class BusinessDate(Answer):
    """The ledger's day. Simulated mode lets it run ahead of the local date; never in production."""

    business_date: Date
    simulated: bool


class CallerResource(Answer):
    """Who calls."""

    id: str
    kind: Literal["operator", "client", "person", "party"] | str
    tenant: str
    roles: list[str]
    session: str | None
    mfa_at: DateTime | None
    """When a second factor was proved last."""
    address: str | None


class CancelRequest(Request):
    """Why a loan is cancelled; only the reason's hash goes on the ledger."""

    expected_history_length: int
    """The loan's history length that the caller has seen."""
    reason: str


class Check(Answer):
    """One thing the seat needs."""

    name: Literal["node", "index", "outbox", "signing", "desk", "ipfs"] | str
    ok: bool
    detail: str


class ClientRequest(Request):
    """A machine client of an organisation. certificate: its SHA-256; then the client has no secret."""

    id: str
    tenant: str = "seat"
    roles: list[str]
    certificate: str | None = None


class ClientResource(Answer):
    """A machine client. secret: only in the answer that made it."""

    id: str
    tenant: str
    roles: list[str]
    certificate: str | None
    disabled: bool
    secrets: list[str]
    """First characters of its secrets, older first."""
    secret: str | None = None


class ClientResourcePage(Answer):
    """A page of `ClientResource`."""

    items: list[ClientResource]
    next_cursor: str | None
    """Pass it as `cursor` for the next page; null at the end."""


class ConsentRequest(Request):
    """The regulator's consent to exactly this announcement."""

    address: str


class ContractResource(Answer):
    """A deployed contract."""

    name: str
    address: str
    code_hash: str
    block: int


class Copy(Answer):
    """A node's whole, pinned copy."""

    node: str
    size: int


class Custody(Answer):
    """Tokens now, and the bank's figures at its last day-end."""

    tokens: Money
    """All custody tokens now, read from this seat's node."""
    suspense: Money
    """Booked but unidentified money at the last day-end."""
    bank: Money
    """The custody account's booked balance at the last day-end."""
    shortfall: Money
    """What the account is short of."""
    reconciled: bool
    """bank = tokens + suspense + bank items - shortfall, to the cent."""
    attestation: Attestation | None


class CustomRowRequest(Request):
    """A row of a custom table."""

    due: Date
    principal: NonNegativeMoney
    interest: NonNegativeMoney
    fee: NonNegativeMoney


class DayEnd(Answer):
    """A closed day."""

    through: Date
    business_date: Date
    """The day after."""
    statement_hash: str
    block: int


class DayEndPage(Answer):
    """A page of `DayEnd`."""

    items: list[DayEnd]
    next_cursor: str | None
    """Pass it as `cursor` for the next page; null at the end."""


class DayEndRequest(Request):
    """Close all days up to and including `through`, whose account statement is posted."""

    through: Date


class DeadLetterResource(Answer):
    """An event that the address did not take."""

    event: str
    status: Literal["dead", "asked"] | str
    """`asked`: it is being delivered again."""
    attempts: int
    problem: str
    at: str


class DeadLetterResourcePage(Answer):
    """A page of `DeadLetterResource`."""

    items: list[DeadLetterResource]
    next_cursor: str | None
    """Pass it as `cursor` for the next page; null at the end."""


class Delivered(Answer):
    """What became of a test."""

    id: str
    """The `webhook-id` that was sent."""
    delivered: bool
    status: int | None
    milliseconds: int
    problem: str | None


class Document(Answer):
    """A document that this seat keeps. For a contract text, salt, text_hash and cid_commitment go into the terms."""

    document_id: str
    kind: Literal["CONTRACT_TEXT", "IDENTITY_EVIDENCE", "PAYMENT_EVIDENCE", "OTHER"] | str
    name: str
    media_type: str
    size: int
    """Of the plaintext, bytes."""
    cid: str
    salt: str
    """32 random bytes of the commitments: CID salt, content salt."""
    text_hash: str
    """Salted hash of the plaintext."""
    cid_commitment: str
    """Salted commitment to the CID of the ciphertext."""
    readers: list[str]
    """Who holds a grant."""


class DocumentOnLoan(Answer):
    """A document committed to a loan."""

    document_id: str
    kind: Literal["CONTRACT_TEXT", "IDENTITY_EVIDENCE", "PAYMENT_EVIDENCE", "OTHER"] | str
    size: int
    content_hash: str
    cid_commitment: str
    seq: int
    """Its entry in the loan's history."""


class DrawdownRequest(Request):
    """The call, signed."""

    amount: PositiveMoney
    salt: str
    """32 bytes, 0x hex."""
    valid_through: Date
    """Last business date on which it may be used."""
    expected_history_length: int
    """The loan's history length that the caller has seen."""
    signature: str
    """EIP-712 signature, r, s, v, 0x hex."""


class DrawdownTerms(Request):
    """The borrower's call for a later tranche."""

    amount: PositiveMoney
    salt: str
    """32 bytes, 0x hex."""
    valid_through: Date
    """Last business date on which it may be used."""


class EarlyRepaymentRequest(Request):
    """The order, signed; the bank carries it out with the first receipt that suffices."""

    kind: Literal["TOTAL", "SHORTEN", "LOWER"]
    salt: str
    """32 bytes, 0x hex."""
    valid_through: Date
    """Last business date on which it may be used."""
    signature: str
    """EIP-712 signature, r, s, v, 0x hex."""


class EarlyRepaymentResource(Answer):
    """An order that waits for its receipt, or was carried out by one."""

    id: str
    loan: str
    kind: Literal["TOTAL", "SHORTEN", "LOWER"] | str
    valid_through: Date
    status: Literal["open", "used", "expired", "refused"] | str
    statement: int | None
    entry: int | None


class EarlyRepaymentTerms(Request):
    """The borrower's order for an early repayment: of all, keeping the instalment, or keeping the rows."""

    kind: Literal["TOTAL", "SHORTEN", "LOWER"]
    salt: str
    """32 bytes, 0x hex."""
    valid_through: Date
    """Last business date on which it may be used."""


class EarlyRepayments(Answer):
    """All orders kept here for a loan, oldest first."""

    items: list[EarlyRepaymentResource]


class Ended(Answer):
    """How many sessions ended."""

    ended: int


class EnrolledResource(Answer):
    """The person is signed in. recovery_codes: each stands once for a lost second factor; shown once."""

    person: str
    recovery_codes: list[str]
    tokens: TokenResource


class EnrolmentOffer(Answer):
    """What the invited person's app and browser need."""

    person: str
    totp_secret: str
    totp_uri: str
    """For the QR code."""
    passkey_options: dict[str, Any]


class EnrolmentRequest(Request):
    """The person's factors: a password with a code of the app that holds the secret, or a passkey, or all."""

    invitation: str
    password: str | None = None
    code: str | None = None
    passkey: dict[str, Any] | None = None


class EntryPlace(Request):
    """A booked entry of an account statement."""

    statement: int
    """Number of the account statement."""
    entry: int
    """The entry's place in it, from 1."""


class ErrorResource(Answer):
    """One error that any route or command may give."""

    code: str
    status: int
    en: str
    zh: str
    selector: str | None = None
    """Of the Solidity error, if a contract raises it."""


class Errors(Answer):
    """All errors, by code."""

    items: list[ErrorResource]


class EthereumMessage(Answer):
    """What the key of `address` has to sign (personal_sign), unchanged."""

    address: str
    message: str


class EthereumSignIn(Request):
    """A message of `sessions:ethereum-message` and the party's signature of it."""

    message: str
    signature: str


class Event(Answer):
    """Something that happened; never changed afterwards."""

    id: str
    """Also the cursor to what comes after it, and the id of its webhook deliveries."""
    type: str
    """GET /v1/event-types lists all. `T.withdrawn` takes back one of type `T`."""
    at: str
    """When this seat learned it."""
    subject: str
    """What it is about."""
    loan: str | None
    block: int | None
    """The block that it speaks of, if it does; see `ledger.confirmed`."""
    withdraws: str | None
    """The event that is not true any more: a reorganisation took its block."""
    data: dict[str, Any]
    """By the type's schema."""


class EventPage(Answer):
    """Some events, in the order in which they came about."""

    items: list[Event]
    next_cursor: str
    """Pass it as `after` for what comes next, also if that is yet to happen."""


class EventTypeList(Answer):
    """All types."""

    items: list[EventTypeResource]


class EventTypeResource(Answer):
    """One type of event."""

    type: str
    description: str
    """In the language asked for."""
    of_blocks: bool
    """Its events belong to blocks: there is `<type>.withdrawn` too."""
    data_schema: dict[str, Any]
    """JSON schema (2020-12) of `data`."""


class Exposures(Answer):
    """By platform, and in total."""

    total: Money
    platforms: list[PlatformExposure]


class FeeClaimRequest(Request):
    """Which payee of fees is paid."""

    expected_history_length: int
    """The loan's history length that the caller has seen."""
    payee: str


class FeeRequest(Request):
    """A fee that a registered party earns with the first, or with each instalment."""

    kind: Literal["FIRST_INSTALMENT", "EACH_INSTALMENT"]
    payee: str
    amount: PositiveMoney


class FeeResource(Answer):
    """A fee and who earns it."""

    kind: str
    payee: str
    amount: Money


class ForeignActionRequest(Request):
    """A call that another seat wants to send, to be shown before it is approved."""

    contract: str
    data: str
    """Call data, 0x hex."""


class ForeignApprovalRequest(Request):
    """Approval of a call that another seat will send."""

    contract: str
    data: str
    """Call data, 0x hex."""
    action: str
    """As shown by /v1/approvals:prepare."""


class FreezeRequest(Request):
    """The order by which a party's payouts are held or freed; only its salted hash goes on the ledger."""

    order: str


class GrantBundle(Answer):
    """All that one reader needs to open a document; the wrapped key opens only with that reader's private key."""

    document_id: str
    """32 bytes, 0x hex."""
    reader: str
    wrapped_key: str
    cid: str
    salt: str
    """32 bytes, 0x hex."""
    content_hash: str
    """32 bytes, 0x hex."""
    cid_commitment: str
    """32 bytes, 0x hex."""
    size: int
    kind: Literal["CONTRACT_TEXT", "IDENTITY_EVIDENCE", "PAYMENT_EVIDENCE", "OTHER"] | str
    name: str
    media_type: str


class HeightsResource(Answer):
    """How far the seat sees: the node's latest block, the highest confirmed one, and what is indexed."""

    latest: int
    confirmed: int
    indexed: int


class HistoryEntryResource(Answer):
    """One entry of a loan's history."""

    seq: int
    day: Date
    kind: str
    actor: str
    payload: str
    """As recorded, 0x hex; head' folds its hash."""
    values: dict[str, Any]
    """The payload by name: amounts with their currency. Empty if it can't be read."""
    head: str
    block: int
    tx: str
    confirmed: bool


class HistoryEntryResourcePage(Answer):
    """A page of `HistoryEntryResource`."""

    items: list[HistoryEntryResource]
    next_cursor: str | None
    """Pass it as `cursor` for the next page; null at the end."""


class HistoryHead(Answer):
    """Where the loan's history stands."""

    length: int
    """Pass it as expected_history_length."""
    head: str
    last_block: int
    confirmed: bool
    """Whether the last entry is confirmed."""


class Holding(Answer):
    """A lender's position in one loan."""

    loan: str
    number: str
    state: str
    lender_class: int
    units: Money
    claimed: Money
    claimable: Money
    owed: Money
    """Earned less claimed, rounded down; below zero after a reversal."""


class Identity(Answer):
    """Who the party is; the subject id is a keyed hash over all of it and the platform."""

    name: str
    document_type: str
    document_number: str
    country: str = "CN"


class InsertionRequest(Request):
    """Booked credits of earlier value dates, to be put in before payments that are posted already."""

    entries: list[EntryPlace]


class InstructedPayout(Answer):
    """One payout of an order."""

    end_to_end_id: str
    loan: str | None
    withdrawal: str | None
    payee: str
    amount: Money
    state: Literal["pending", "sent", "proposed", "instructed", "failed"] | str
    proposal: str | None = None
    """What waits for a second person, or was decided by one."""
    error: TransactionError | None


class InvitationGiven(Request):
    """An invitation's code."""

    invitation: str


class InvitationResource(Answer):
    """What the person needs in order to set its factors; shown once."""

    person: str
    invitation: str
    expires_at: DateTime


class KeyResource(Answer):
    """One of the seat's signing keys and what it may be used for."""

    name: str
    address: str
    scopes: list[str]


class LabelRequest(Request):
    """Which of a client's secrets: its first characters."""

    label: str


class LendersRequest(Request):
    """For whom; all who have something to get if left out."""

    expected_history_length: int
    """The loan's history length that the caller has seen."""
    lenders: list[str] | None = None


class Live(Answer):
    """The process answers."""

    status: Literal["live"] | str = "live"


class Loan(Answer):
    """A loan as its history makes it."""

    id: str
    number: str
    """The platform's contract number."""
    platform: str
    borrower: str
    state: (
        Literal["Proposed", "Funding", "Funded", "Disbursing", "Active", "Repaid", "Closed", "Cancelled", "Expired"]
        | str
    )
    payout: Literal["None", "Reserved", "Instructed", "Settled", "Returned"] | str
    repayment_reference: str
    """What the borrower writes on repayments (ISO 11649)."""
    principal: Money
    subscribed: Money
    drawn: Money
    """Principal paid out to the borrower."""
    undrawn_returned: Money
    """Principal never drawn, given back to the units."""
    outstanding: Money
    """Principal called and not yet repaid."""
    interest_paid: Money
    """With fees for early repayment, which lenders earn too."""
    principal_paid: Money
    penalty_paid: Money
    fees_paid: Money
    overpaid: Money
    """Held for the borrower; used first by the next payment."""
    bank_claim: Money
    """What a reversal could not take back; the next money meets it first."""
    paid: Money
    """Principal, interest, penalty interest and fees."""
    funding_deadline: Date
    start: Date | None
    """Value date of the payout: interest starts here."""
    last_value_date: Date | None
    repaid_on: Date | None
    terms: LoanTermsResource
    history: HistoryHead
    unreadable: str | None = None
    """Set if a history entry can't be read: which and why. The figures are without such entries."""


class LoanDocuments(Answer):
    """In the order in which they were committed."""

    items: list[DocumentOnLoan]


class LoanPage(Answer):
    """A page of `Loan`."""

    items: list[Loan]
    next_cursor: str | None
    """Pass it as `cursor` for the next page; null at the end."""


class LoanTermsResource(Answer):
    """The agreed terms in readable form."""

    regime: str
    rate: str
    """Nominal annual rate."""
    day_count: str
    rate_shares: list[int]
    """By class of lenders; empty: one class."""
    method: str
    instalments: int
    period_months: int
    first_tranche: Money
    available_through: Date | None
    table_hash: str | None
    payments: PaymentRuleResource
    fees: list[FeeResource]
    text_hash: str
    cid_commitment: str


class MandateRequest(Request):
    """The mandate, signed; kept at this seat, which pays by it when it is asked to."""

    payer: str
    limit: PositiveMoney
    salt: str
    """32 bytes, 0x hex."""
    valid_through: Date
    """Last business date on which it may be used."""
    signature: str
    """EIP-712 signature, r, s, v, 0x hex."""


class MandateResource(Answer):
    """A mandate that this seat keeps."""

    id: str
    """Its digest, by which it is revoked."""
    loan: str
    payer: str
    limit: Money
    valid_through: Date
    status: Literal["open", "revoked"] | str


class MandateTerms(Request):
    """Standing authority to pay what is due from the payer's tokens, until it is revoked. limit: for one day."""

    payer: str
    limit: PositiveMoney
    salt: str
    """32 bytes, 0x hex."""
    valid_through: Date
    """Last business date on which it may be used."""


class Mandates(Answer):
    """All mandates kept here for a loan."""

    items: list[MandateResource]


class MemberResource(Answer):
    """A member of the consortium."""

    number: int
    name: str
    role: str
    root: str
    reading_key: str
    """X25519 public key for document grants, hex."""


class MintCapRequest(Request):
    """How far deposits may raise the supply above the last attestation's."""

    cap: PositiveMoney
    reason: str


class Money(Answer):
    """An amount and its currency."""

    amount: Amount
    currency: str
    """ISO 4217 code."""


class Network(Answer):
    """The ledger as this seat sees it."""

    name: str
    chain_id: int
    engine: str
    genesis_hash: str
    currency: str
    consortium_version: int
    start_block: int
    seat: SeatResource
    members: list[MemberResource]
    contracts: list[ContractResource]
    heights: HeightsResource


class NonNegativeMoney(Request):
    """An amount and its currency, zero allowed."""

    amount: Amount
    """Decimal string with exactly two decimals."""
    currency: str
    """ISO 4217 code."""


class OnLedger(Answer):
    """An approval as it stands on the ledger."""

    action: str
    by: str
    member: int
    valid_through: str
    state: Literal["open", "used", "withdrawn"] | str
    block: int


class OnLedgerPage(Answer):
    """A page of `OnLedger`."""

    items: list[OnLedger]
    next_cursor: str | None
    """Pass it as `cursor` for the next page; null at the end."""


class OpeningRequest(Request):
    """The opening, signed by the borrower and, in the order of the positions, by every lender."""

    outstanding: PositiveMoney
    last_value_date: Date
    rows: list[CustomRowRequest]
    positions: list[PositionRequest]
    expected_history_length: int
    """The loan's history length that the caller has seen."""
    borrower_signature: str
    """EIP-712 signature, r, s, v, 0x hex."""
    lender_signatures: list[str]


class OpeningTerms(Request):
    """The loan as the old book leaves it: rows that remain, and who is owed how much of the outstanding principal."""

    outstanding: PositiveMoney
    last_value_date: Date
    rows: list[CustomRowRequest]
    positions: list[PositionRequest]


class OverdueRow(Answer):
    """What an instalment past its payable-by day still owes."""

    number: int
    due: Date
    payable_by: Date
    days_past_due: int
    principal: Money
    interest: Money
    fee: Money


class Party(Answer):
    """A party. Reference, identity, account and deposit reference are shown at the bank's seat only."""

    address: str
    """Stands for the subject now."""
    subject: str
    kind: str
    frozen: bool = False
    """Whether the regulator holds its payouts."""
    replacement: ReplacementResource | None = None
    """Announced; for a single party only."""
    registered: bool
    """Whether the ledger has it."""
    balance: Money | None
    """Custody tokens; given for a single party only."""
    reference: str | None = None
    platform: str | None = None
    identity: Identity | None = None
    account: BankAccount | None = None
    deposit_reference: str | None = None
    """What the party writes on deposits into custody."""


class PartyPage(Answer):
    """A page of `Party`."""

    items: list[Party]
    next_cursor: str | None
    """Pass it as `cursor` for the next page; null at the end."""


class PartyRequest(Request):
    """A party that the bank has checked. platform: a member's name; the only platform if left out."""

    reference: str
    """The platform's own number."""
    platform: str | None = None
    address: str
    kind: Literal["PERSON", "ORGANISATION"]
    identity: Identity
    account: BankAccount


class PasskeySignIn(Request):
    """A browser's answer to `sessions:passkey-options`."""

    credential: dict[str, Any]
    """What the browser's WebAuthn call returned."""


class PasswordSignIn(Request):
    """A person's name and password, with a code of the authenticator app or one of the recovery codes."""

    name: str
    password: str
    code: str | None = None
    recovery_code: str | None = None


class PayableBy(Answer):
    """The first working day at or after a day."""

    calendar: int
    day: Date
    payable_by: Date


class PaymentRequest(Request):
    """The payment, signed."""

    payer: str
    amount: PositiveMoney
    salt: str
    """32 bytes, 0x hex."""
    valid_through: Date
    """Last business date on which it may be used."""
    expected_history_length: int
    """The loan's history length that the caller has seen."""
    signature: str
    """EIP-712 signature, r, s, v, 0x hex."""


class PaymentRuleResource(Answer):
    """How payments are used, what lateness costs and which early repayments are agreed."""

    order: str
    kinds: str
    penalty_first: bool
    penalty_base: str
    penalty_replaces: bool
    penalty_rate: str
    grace_days: int
    early: list[str]
    early_fee: str
    calendar: int


class PaymentTerms(Request):
    """A registered party's payment of the loan from its own custody tokens."""

    payer: str
    amount: PositiveMoney
    salt: str
    """32 bytes, 0x hex."""
    valid_through: Date
    """Last business date on which it may be used."""


class PaymentsRequest(Request):
    """How payments are used, what lateness costs and which early repayments are agreed. See docs/payments.

    early_fee: share of the principal repaid early. calendar: number of the working-day calendar, 0 for none.
    """

    order: Literal["HORIZONTAL", "VERTICAL"] = "HORIZONTAL"
    kinds: Literal[
        "FEE_INTEREST_PRINCIPAL",
        "FEE_PRINCIPAL_INTEREST",
        "INTEREST_FEE_PRINCIPAL",
        "INTEREST_PRINCIPAL_FEE",
        "PRINCIPAL_FEE_INTEREST",
        "PRINCIPAL_INTEREST_FEE",
    ] = "FEE_INTEREST_PRINCIPAL"
    penalty_first: bool = False
    penalty_base: Literal["NONE", "PRINCIPAL", "INSTALMENT"] = "NONE"
    penalty_replaces: bool = False
    penalty_rate: Number | None = None
    """Decimal string, 1 = 100 %, at most nine decimals."""
    grace_days: int = 0
    early: list[Literal["TOTAL", "SHORTEN", "LOWER"]] = Field(default_factory=list)
    early_fee: Number | None = None
    """Decimal string, 1 = 100 %, at most nine decimals."""
    calendar: int = 0


class Payoff(Answer):
    """What an early repayment takes on a day."""

    loan: str
    on: Date
    kind: Literal["TOTAL", "SHORTEN", "LOWER"] | str
    due: Money
    """Penalty interest and instalments due on the day."""
    accrued: Money
    """Interest since the last due day, less what was paid ahead."""
    principal: Money
    """Outstanding after what is due is paid."""
    fee: Money
    """For repaying all of the principal early."""
    held: Money
    """Overpaid before; counts towards the amount."""
    amount: Money
    """TOTAL: what repays the loan. Otherwise: the least that has an effect."""


class PayoutInstruction(Answer):
    """A payment order. Its file may be downloaded once every payout is `instructed` on the ledger."""

    id: str
    status: Literal["instructing", "instructed", "failed"] | str
    requested_date: Date
    file_hash: str
    """SHA-256 of the file: the instruction hash on the ledger."""
    total: Money
    created_at: str
    payouts: list[InstructedPayout]


class PayoutInstructionPage(Answer):
    """A page of `PayoutInstruction`."""

    items: list[PayoutInstruction]
    next_cursor: str | None
    """Pass it as `cursor` for the next page; null at the end."""


class PayoutInstructionRequest(Request):
    """An order of all that is reserved. requested_date: the business date if left out."""

    requested_date: Date | None = None


class PersonRequest(Request):
    """A person to be invited."""

    id: str
    tenant: str = "seat"
    roles: list[str]


class PersonResource(Answer):
    """A person. factors: what it has set."""

    id: str
    tenant: str
    roles: list[str]
    disabled: bool
    factors: list[Literal["password", "totp", "passkey"] | str]


class PersonResourcePage(Answer):
    """A page of `PersonResource`."""

    items: list[PersonResource]
    next_cursor: str | None
    """Pass it as `cursor` for the next page; null at the end."""


class PlatformExposure(Answer):
    """Principal called and not yet repaid of all loans of a platform, and its risk reserve."""

    platform: str
    member: int
    outstanding: Money
    loans: int
    reserve: Money | None
    """Null for another organisation than the seat's, whose it is not."""


class Portfolio(Answer):
    """All positions that a subject ever held."""

    subject: str
    lender: str
    """The address that stands for the subject now."""
    units: Money
    """In loans that are not yet closed."""
    claimed: Money
    claimable: Money
    balance: Money
    """Custody tokens."""
    complete: bool
    """Whether the ledger's register names exactly these loans; for who may not see all loans, whether it names each of these."""
    holdings: list[Holding]


class Position(Answer):
    """What one lender holds in a loan. lender: the address that stands for the subject now."""

    lender: str
    subject: str
    lender_class: int
    units: Money
    """Minor units of principal that it holds."""
    claimed: Money
    claimable: Money
    """Earned and not yet claimed, as far as the loan's cash goes."""
    owed: Money
    """Earned less claimed, rounded down; below zero after a reversal of what it claimed."""
    refunded: bool


class PositionRequest(Request):
    """What one lender holds when the loan enters."""

    lender: str
    units: PositiveMoney
    lender_class: int = 0


class Positions(Answer):
    """By subject."""

    items: list[Position]


class PositiveMoney(Request):
    """An amount above zero and its currency."""

    amount: Amount
    """Decimal string with exactly two decimals."""
    currency: str
    """ISO 4217 code."""


class PrepareRequest(Request):
    """Terms to be signed."""

    terms: TermsRequest


class Prepared(Answer):
    """What the borrower signs."""

    loan_id: str
    """The loan's id: the digest that the signature is over."""
    typed_data: dict[str, Any]
    """The EIP-712 document for the borrower's wallet."""
    terms: dict[str, Any]
    """The terms as they stand on the ledger; principal in minor units."""


class PreparedOrder(Answer):
    """What a party signs."""

    digest: str
    """What the signature covers; also the order's id on the ledger."""
    contract: str
    """In whose domain it is signed."""
    typed_data: dict[str, Any]
    """The EIP-712 document for the party's wallet."""


class PreparedSubscription(Answer):
    """What one lender signs."""

    lender: str
    typed_data: dict[str, Any]


class PreparedSubscriptions(Answer):
    """In the order asked for."""

    items: list[PreparedSubscription]


class PreparedWithdrawal(Answer):
    """What the holder signs."""

    withdrawal_id: str
    typed_data: dict[str, Any]


class PricingRequest(Request):
    """The nominal rate. A rate per month counts twelve times a year. rate_shares: a weight for each lender class."""

    rate: Number
    """Decimal string, 1 = 100 %, at most nine decimals."""
    per: Literal["year", "month"] = "year"
    day_count: Literal["MONTHLY_12", "ACT_365", "ACT_360", "THIRTY_360_E", "ACT_ACT"]
    rate_shares: list[int] = Field(default_factory=list)


class Problem(Answer):
    """A refusal."""

    type: str
    title: str
    """The HTTP status in words."""
    detail: str
    """What was wrong, what was expected and what to do, in the language asked for."""
    status: int
    code: str
    """Stable; GET /v1/errors lists all."""
    params: dict[str, Any]
    """The values in the text, as strings."""
    instance: str
    request_id: str = ""
    """Of this request, as in X-Request-Id: tell it to who runs the seat."""
    errors: list[dict[str, Any]] | None = None
    """Field by field, if the request didn't fit."""
    transactions: list[dict[str, Any]] | None = None
    """If a transaction failed."""


class Proposal(Answer):
    """An operation that waits for, or got, its second person."""

    id: str
    kind: str
    status: Literal["proposed", "lapsed", "approved", "withdrawn", "done", "failed"] | str
    """`approved`: its transactions are on their way. `lapsed`: nobody approved it in time."""
    loan: str | None
    proposer: str
    approver: str | None
    created_at: str
    decided_at: str | None
    lapses_at: str | None
    """When it lapses at the latest; it does so before with the next day-end. Null: it does not lapse."""
    request_hash: str
    """SHA-256 of the request as it was made and kept."""
    readable: dict[str, str]
    """What it does, in words and figures."""
    call: ShownAction | None
    """What would be sent now; null if it can't be carried out any more."""
    problem: str | None
    """Why it can't be carried out now."""
    transactions: list[Transaction]


class ProposalPage(Answer):
    """A page of `Proposal`."""

    items: list[Proposal]
    next_cursor: str | None
    """Pass it as `cursor` for the next page; null at the end."""


class ProposeRequest(Request):
    """Terms and the borrower's signature over them."""

    terms: TermsRequest
    borrower_signature: str
    """EIP-712 signature, r, s, v, 0x hex."""


class PublicKeys(Answer):
    """The public keys of this seat's access tokens (RFC 7517)."""

    keys: list[dict[str, str]]


class Publication(Answer):
    """One publication of a calendar."""

    start: Date
    through: Date
    version: int
    block: int


class ReadingKey(Answer):
    """The key to which documents are granted at this seat."""

    reader: str
    public_key: str
    """X25519, hex."""


class Ready(Answer):
    """Whether the seat can work now, and what it lacks."""

    ready: bool
    seat: str
    checks: list[Check]
    """node, index, outbox, signing, desk and ipfs; ipfs alone does not make a seat unready."""


class RedeliveryRequest(Request):
    """Deliver dead letters again, before anything newer."""

    events: list[str] | None = None
    """Which; all if left out."""


class Refreshing(Request):
    """The refresh token that was given last."""

    refresh_token: str


class RegimeProfile(Answer):
    """A profile as it stands on the ledger. `name` is known only at the seat that set it."""

    id: str
    name: str | None
    rate_cap: str
    reversal_days: int
    effective_from: Date
    effective_through: Date


class RegimeProfileRequest(Request):
    """Limits for new loans that name this profile. A change is a new profile."""

    name: str
    """The profile's name; its id is keccak256 of it."""
    rate_cap: Number
    """Decimal string, 1 = 100 %, at most nine decimals."""
    reversal_days: int
    effective_from: Date
    effective_through: Date


class RegimeProfiles(Answer):
    """All profiles."""

    items: list[RegimeProfile]


class Repayment(Answer):
    """One repayment and what became of it."""

    id: str
    batch: str
    """The request it came with."""
    item: int
    """Its place in that request, from 1."""
    loan: str
    amount: Money
    value_date: Date
    statement: int
    entry: int
    servicer_reference: str
    status: Literal["sent", "proposed", "posted", "failed", "stated"] | str
    """`posted`: final on the ledger. `proposed`: above the key's limit, waits for a second person. `stated`: its account statement has come; see the entry there."""
    transaction: str | None
    proposal: str | None
    error: TransactionError | None
    created_at: str


class RepaymentBatch(Answer):
    """The repayments of one request. `finished`: each has come to an end."""

    id: str
    finished: bool
    counts: dict[str, int]
    """Items by status."""
    items: list[Repayment]


class RepaymentBatchRequest(Request):
    """Many repayments, each with a result of its own; those of one loan count in their order here."""

    items: list[RepaymentRequest]


class RepaymentPage(Answer):
    """A page of `Repayment`."""

    items: list[Repayment]
    next_cursor: str | None
    """Pass it as `cursor` for the next page; null at the end."""


class RepaymentRequest(Request):
    """A booked credit at the custody account that repays a loan, before its account statement is out."""

    loan: str
    """32 bytes, 0x hex."""
    amount: PositiveMoney
    value_date: Date
    """The day it counts: not before the loan's last, not in the future."""
    statement: int
    """The bank's number of the account statement that will hold the entry."""
    entry: int
    """The entry's number in that account statement."""
    servicer_reference: str
    """The bank's own reference; only its hash is recorded."""
    expected_history_length: int | None = None
    """History length of the loan that the bank has seen; the index's if left out."""


class ReplacementRequest(Request):
    """The address that shall stand for a party whose key is lost."""

    address: str
    reason: str


class ReplacementResource(Answer):
    """An announced replacement."""

    address: str
    takes_over_from: Date
    """First business date on which it may take over."""
    consented: bool


class ReplayRequest(Request):
    """Deliver again what came after an event."""

    after: str


class ResourceLink(Answer):
    """What a change is about."""

    type: str
    id: str
    href: str


class ReversalRequest(Request):
    """A payment to be taken back, and the booked debit by which its money left."""

    seq: int
    """The payment's entry in the loan's history."""
    debit: EntryPlace
    reason: str


class RevocationRequest(Request):
    """The payer's signature over the mandate's end."""

    expected_history_length: int
    """The loan's history length that the caller has seen."""
    signature: str
    """EIP-712 signature, r, s, v, 0x hex."""


class RolesRequest(Request):
    """The roles that it has from now on."""

    roles: list[str]


class Row(Answer):
    """One instalment and how far it is paid: each kind meets the oldest row first."""

    number: int
    """In the loan's whole table, from 1."""
    due: Date
    payable_by: Date
    """The first working day at or after it."""
    principal: Money
    interest: Money
    fee: Money
    total: Money
    paid: Money
    settled: bool


class Schedule(Answer):
    """The running table. start: the day from which interest of its first row counts."""

    start: Date
    rows: list[Row]
    total: Money
    paid: Money
    remaining: Money


class ScheduleRequest(Request):
    """How the principal is repaid. first_tranche and available_through: only if the loan is drawn in tranches.

    rows: for CUSTOM, and only then; the terms hold their hash. period_months is 0 for CUSTOM.
    """

    method: Literal["EQUAL_INSTALMENT", "INTEREST_ONLY_BULLET", "EQUAL_PRINCIPAL", "SINGLE_PAYMENT", "CUSTOM"]
    instalments: int
    period_months: int = 0
    first_tranche: PositiveMoney | None = None
    available_through: Date | None = None
    rows: list[CustomRowRequest] | None = None


class SeatResource(Answer):
    """This seat. address: its member's root; keys: those that sign here."""

    name: str
    role: str
    address: str | None
    keys: list[KeyResource]
    reading_key: str


class SecretRequest(Request):
    """Exchange the secret: both sign until the old one ends."""

    old_secret_seconds: int = 86400


class SessionResource(Answer):
    """A session; over once `ended_at` or `ends_at` has passed."""

    id: str
    principal: str
    tenant: str
    roles: list[str]
    methods: list[str]
    """How it was opened (RFC 8176)."""
    peer: str
    created_at: DateTime
    mfa_at: DateTime | None
    ends_at: DateTime
    ended_at: DateTime | None
    ended_why: str | None


class SessionResourcePage(Answer):
    """A page of `SessionResource`."""

    items: list[SessionResource]
    next_cursor: str | None
    """Pass it as `cursor` for the next page; null at the end."""


class ShownAction(Answer):
    """A call in readable form."""

    action: str
    """keccak256(abi.encode(target, call data)): what is approved on the ledger."""
    contract: str
    function: str
    target: str
    data: str
    arguments: dict[str, Any]
    """By name; integers as strings, amounts in minor units."""


class StatementEntry(Answer):
    """One entry and what became of it."""

    statement: int
    entry: int
    servicer_reference: str
    """The bank's own reference."""
    booked: bool
    amount: Money
    direction: Literal["credit", "debit"] | str
    kind: str
    value_date: Date
    counterparty_name: str | None
    counterparty_account: str | None
    meaning: str
    """Deposit, LoanReceipt, PayoutSettled, PayoutReturned, ReceiptReversed, Suspense, NotBooked."""
    target: str | None
    """The loan, subject or withdrawal it is for."""
    posting: (
        Literal["pending", "sent", "proposed", "unplaced", "posted", "suspense", "cleared", "offset", "skipped"] | str
    )
    reason: str | None
    """Why it is in suspense: a stable code."""
    detail: str | None
    transaction: str | None
    proposal: str | None = None
    """What waits for a second person, or was decided by one."""


class StepRequest(Request):
    """A step that needs nothing but the loan's history length."""

    expected_history_length: int
    """The loan's history length that the caller has seen."""


class StepUp(Request):
    """A fresh second factor: a code of the authenticator app, or a passkey."""

    code: str | None = None
    credential: dict[str, Any] | None = None


class SubjectExposure(Answer):
    """A borrowing subject's principal called and not yet repaid, at each platform where it ever borrowed."""

    subject: str
    platform: str
    outstanding: Money
    loans: int


class SubjectExposures(Answer):
    """By platform."""

    items: list[SubjectExposure]


class SubscriptionRequest(Request):
    """A lender's signed promise."""

    lender: str
    amount: PositiveMoney
    lender_class: int = 0
    """The class that the lender is in, from 0."""
    salt: str
    """32 bytes, 0x hex."""
    valid_through: Date
    signature: str
    """EIP-712 signature, r, s, v, 0x hex."""


class SubscriptionTerms(Request):
    """What a lender promises."""

    lender: str
    amount: PositiveMoney
    lender_class: int = 0
    """The class that the lender is in, from 0."""
    salt: str
    """32 bytes, 0x hex."""
    valid_through: Date


class SubscriptionsPrepareRequest(Request):
    """Subscriptions to be signed."""

    subscriptions: list[SubscriptionTerms]


class SubscriptionsRequest(Request):
    """Signed subscriptions, taken together or not at all."""

    expected_history_length: int
    """The loan's history length that the caller has seen."""
    subscriptions: list[SubscriptionRequest]


class Suspense(Answer):
    """Booked money that belongs to nobody yet, and debits that nothing explains."""

    balance: Money
    items: list[StatementEntry]


class SuspenseMatchRequest(Request):
    """Whose money a suspended credit is: a loan's, or a party's own (by reference or address)."""

    loan: str | None = None
    party: str | None = None
    reason: str


class SuspenseReturnRequest(Request):
    """The booked debit by which a suspended credit went back to its originator."""

    debit_statement: int
    debit_entry: int
    reason: str


class TermsRequest(Request):
    """What borrower and lenders agree to; proposed by this seat's platform."""

    borrower: str
    principal: PositiveMoney
    regime: str
    """The profile's name; its id is keccak256 of it."""
    funding_deadline: Date
    text: TextRequest
    pricing: PricingRequest
    schedule: ScheduleRequest
    payments: PaymentsRequest | None = None
    fees: list[FeeRequest] = Field(default_factory=list)


class TextRequest(Request):
    """The contract text that the parties read: take these from POST /v1/documents."""

    number: str
    """The platform's contract number, printable ASCII."""
    salt: str
    """32 bytes, 0x hex."""
    text_hash: str
    """32 bytes, 0x hex."""
    cid_commitment: str
    """32 bytes, 0x hex."""


class TokenResource(Answer):
    """A session's tokens. The refresh token works once and gives the next ones."""

    session: str
    access_token: str
    token_type: Literal["Bearer"] | str = "Bearer"
    expires_in: int
    """Seconds."""
    refresh_token: str | None
    roles: list[str]


class Transaction(Answer):
    """One call that this seat sends to the ledger exactly once."""

    id: str
    status: Literal["queued", "signed", "sent", "mined", "final", "failed", "replaced"] | str
    """`final`: confirmed by the engine's rule. `failed`: it had no effect."""
    contract: str
    function: str
    loan: str | None
    sender: str
    """The seat's key that signs it."""
    hash: str | None
    nonce: int | None
    block: int | None
    gas_used: int | None
    created_at: str
    updated_at: str
    waiting_for: str | None
    """Why it isn't sent yet: what its simulation says until earlier ones are mined."""
    error: TransactionError | None
    attempts: list[AttemptResource] | None = None


class TransactionError(Answer):
    """Why a transaction failed; the codes of GET /v1/errors."""

    code: str
    message: str
    params: dict[str, str]


class TransactionPage(Answer):
    """A page of `Transaction`."""

    items: list[Transaction]
    next_cursor: str | None
    """Pass it as `cursor` for the next page; null at the end."""


class TransferRequest(Request):
    """The transfer, signed by both."""

    seller: str
    buyer: str
    units: PositiveMoney
    price: NonNegativeMoney
    salt: str
    """32 bytes, 0x hex."""
    valid_through: Date
    """Last business date on which it may be used."""
    expected_history_length: int
    """The loan's history length that the caller has seen."""
    seller_signature: str
    """EIP-712 signature, r, s, v, 0x hex."""
    buyer_signature: str
    """EIP-712 signature, r, s, v, 0x hex."""


class TransferTerms(Request):
    """Sale or gift of units of a loan; units are principal. The price moves from buyer to seller in the same step."""

    seller: str
    buyer: str
    units: PositiveMoney
    price: NonNegativeMoney
    salt: str
    """32 bytes, 0x hex."""
    valid_through: Date
    """Last business date on which it may be used."""


class Verification(Answer):
    """The document, checked from the ledger's commitment down to every stored byte."""

    document_id: str
    verified: Literal[True]
    committed: bool
    """Whether the commitment was checked against the ledger's own record."""
    loan: str | None
    copies: list[Copy]


class Webhook(Answer):
    """A subscription and how far it was delivered."""

    id: str
    url: str
    types: list[str]
    loan: str | None
    state: Literal["recorded", "confirmed"] | str
    on_failure: Literal["dead-letter", "hold"] | str
    status: Literal["active", "paused", "held", "deleted"] | str
    """`paused` by its owner; `held` because an event could not be delivered."""
    secret: str | None
    """Shown once, in the first answer of the request that made it. Lost? Exchange it."""
    cursor: str
    """The last event that was delivered, or laid aside."""
    behind: int
    """Events of the log behind it, whether they are asked for or not."""
    delivered: int
    delivered_at: str | None
    attempts: int
    """Failed ones of the event that is to be delivered next."""
    next_attempt_at: str | None
    problem: str | None
    """Of the last attempt."""
    dead_letters: int
    created_at: str


class WebhookPage(Answer):
    """A page of `Webhook`."""

    items: list[Webhook]
    next_cursor: str | None
    """Pass it as `cursor` for the next page; null at the end."""


class WebhookRequest(Request):
    """Deliver events to an address."""

    url: str
    """https only."""
    types: list[str] | None = None
    """GET /v1/event-types; `loan.*` for a whole group; empty for all."""
    loan: str | None = None
    """Only events of this loan."""
    state: Literal["recorded", "confirmed"] = "recorded"
    """As for GET /v1/events."""
    after: str = "now"
    """Begin behind this event; or `start`, or `now`."""
    on_failure: Literal["dead-letter", "hold"] | None = None
    """When an event was tried as often as the seat's settings say: lay it aside and go on, or hold all. By default what the settings say."""


class WithdrawalRequest(Request):
    """The order, signed."""

    holder: str
    amount: PositiveMoney
    salt: str
    """32 bytes, 0x hex."""
    valid_through: Date
    signature: str
    """EIP-712 signature, r, s, v, 0x hex."""


class WithdrawalResource(Answer):
    """A withdrawal on the ledger."""

    id: str
    holder: str
    amount: Money
    payout: Literal["Reserved", "Instructed", "Settled", "Returned"] | str
    block: int


class WithdrawalResourcePage(Answer):
    """A page of `WithdrawalResource`."""

    items: list[WithdrawalResource]
    next_cursor: str | None
    """Pass it as `cursor` for the next page; null at the end."""


class WithdrawalTerms(Request):
    """A holder's order to pay tokens out to its registered bank account."""

    holder: str
    amount: PositiveMoney
    salt: str
    """32 bytes, 0x hex."""
    valid_through: Date


class WorkingDays(Answer):
    """A calendar: what is published, oldest first. Days beyond are working days from Monday to Friday."""

    calendar: int
    publications: list[Publication]


class WorkingDaysRequest(Request):
    """The days of a calendar from one day through another; those in `closed` are no working days."""

    from_: Date = Field(alias="from")
    through: Date
    closed: list[Date]
