"""What a card is put together from: each part as the read gives it and as the card shows it. No I/O here."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from trunkline.directory.values import ContactClass
from trunkline.pbx.port import Action, Next, TraceRow


class PersonBrief(msgspec.Struct, frozen=True):
    """One of us."""

    id: UUID
    name: str
    extension: str | None = None
    department: str = ""


class ContactBrief(msgspec.Struct, frozen=True):
    """Somebody the number belongs to; class, responsible and debt are the company's too."""

    id: UUID
    name: str
    klass: ContactClass = msgspec.field(name="class")
    company: str | None = None
    company_id: UUID | None = None
    responsible: PersonBrief | None = None
    deputy: PersonBrief | None = None
    email: str | None = None
    vip: bool = False
    city: str = ""
    note: str = ""
    overdue: Decimal | None = None
    """None where the reader may not see money."""


class CompanyBrief(msgspec.Struct, frozen=True):
    """Whom he calls for."""

    id: UUID
    name: str
    klass: ContactClass = msgspec.field(name="class")
    tax_id: str | None = None
    city: str = ""
    overdue: Decimal | None = None


class CallFacts(msgspec.Struct, frozen=True):
    """The call the card is of."""

    id: UUID
    direction: str
    caller: str
    caller_name: str
    client: str
    dialled: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: str
    missed_why: str | None
    answered_by: str
    agents: tuple[str, ...]
    rang: tuple[str, ...]
    queues: tuple[str, ...]
    talk_ms: int


class LineFacts(msgspec.Struct, frozen=True):
    """Our number that was called."""

    number: str
    name: str
    city: str
    brand: str
    site: str
    purpose: str
    label: str


class Came(msgspec.Struct, frozen=True):
    """Which advertisement the call came from, and how sure that is; trunkline/calls/attribution.py has it whole."""

    told_by: str
    site: str
    channel: str
    source: str
    campaign: str
    landing: str
    confidence: float


class Passed(msgspec.Struct, frozen=True):
    """By hand: `by` sent the call to `to`, with these words for whoever takes it."""

    at: datetime
    by: str
    to: str
    words: str


class Wanted(msgspec.Struct, frozen=True):
    """The call is ours, for the client asked to be called back: when, by which way, and how often in vain until now."""

    asked_at: datetime
    source: str
    attempts: int
    note: str
    """Of whoever wrote him down; empty where the reader may not read notes."""


class Routed(msgspec.Struct, frozen=True):
    """The last decision about the call; trunkline/calls/explain.py says it in words."""

    at: datetime
    action: Action
    target: str
    targets: tuple[str, ...]
    ring_seconds: int
    wait_seconds: int
    priority: int
    sound: str
    next: Next
    rule: str
    degraded: tuple[str, ...]
    trace: tuple[TraceRow, ...]


class PastCall(msgspec.Struct, frozen=True):
    """A call with this number before; `agent` is who answered, by name."""

    id: UUID
    direction: str
    started_at: datetime
    outcome: str
    missed_why: str | None
    answered_by: str
    agent: str
    talk_ms: int
    recorded: bool


class Lead(msgspec.Struct, frozen=True):
    """An open wish to buy."""

    id: UUID
    title: str
    stage: str
    direction: str
    opened_at: datetime
    next_call_at: datetime | None
    responsible: str


class Deal(msgspec.Struct, frozen=True):
    """An open deal."""

    id: UUID
    title: str
    stage: str
    amount: Decimal | None
    opened_at: datetime
    responsible: str
    document_url: str | None = None


class Task(msgspec.Struct, frozen=True):
    """Something somebody has to do for him."""

    id: UUID
    title: str
    due_at: datetime | None
    responsible: str


class Order(msgspec.Struct, frozen=True):
    """An order, and how far it has come."""

    id: UUID
    number: str
    amount: Decimal
    paid: Decimal
    paid_percent: int | None
    shipped_percent: int | None
    deferred_until: date | None
    ordered_on: date
    document_url: str | None = None


class Invoice(msgspec.Struct, frozen=True):
    """An invoice."""

    id: UUID
    number: str
    amount: Decimal
    issued_on: date
    due_on: date | None
    paid_on: date | None
    document_url: str | None = None


class Debts(msgspec.Struct, frozen=True):
    """All that is owed, and what of it is overdue, for how many days at most."""

    amount: Decimal
    overdue: Decimal
    overdue_days: int | None = None


class Paid(msgspec.Struct, frozen=True):
    """All that was ever paid."""

    amount: Decimal
    payments: int
    last_on: date


class Note(msgspec.Struct, frozen=True):
    """What somebody wrote down."""

    id: UUID
    text: str
    person: str
    at: datetime
    call_id: UUID | None


class SpamFacts(msgspec.Struct, frozen=True):
    """What is known against the number, or for it; None is nothing."""

    allowed: str | None = None
    personal: str | None = None
    votes: int | None = None


class Hint(msgspec.Struct, frozen=True):
    """What to do in this situation."""

    kind: str
    key: str
    text: str
