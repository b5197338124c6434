"""What rules are about: kinds of happenings, and what is known of one. No I/O here."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from trunkline.web.i18n import mark


class Kind(StrEnum):
    """What happened."""

    LEAD_OPENED = "lead.opened"
    LEAD_LATE = "lead.late"
    """Not taken by its clock, or taken and not called."""
    LEAD_GIVEN = "lead.given"
    """Passed on by a colleague, or assigned by its clock."""
    LEAD_CHANGED = "lead.changed"
    """Its stage."""
    LEAD_CLOSED = "lead.closed"
    MISSED_LATE = "missed.late"
    DEBT_OVERDUE = "debt.overdue"
    PAYMENT_DEFERRED = "payment.deferred"
    """The day an order's payment was deferred until comes near, or has come."""
    PAYMENT_RECEIVED = "payment.received"
    CALL_ENDED = "call.ended"
    """Somebody of ours talked with a client."""
    RECORDING_COMMENTED = "recording.commented"
    """A reviewer wrote on a moment of a recording."""
    OVERLAP_FOUND = "overlap.found"
    """Several dealers ask for one end customer; of this and what follows, the product manager is the responsible."""
    RESERVATION_ENDING = "reservation.ending"
    """Its last day is three days away or less; said again when it is tomorrow, or today."""
    RESERVATION_ENDED = "reservation.ended"
    """Its term is over, or somebody ended it."""
    RESERVATION_PROLONGED = "reservation.prolonged"
    RESERVATION_REFUSED = "reservation.refused"
    """One dealer has the customer, others were refused."""


class Shape(StrEnum):
    """How a field is written."""

    TEXT = "text"
    MONEY = "money"
    DAY = "day"
    MOMENT = "moment"
    NUMBER = "number"
    PHONE = "phone"


class Settles(StrEnum):
    """What is not said any more once the matter is settled: what became of it says so, not who presses a button."""

    ALL = "all"
    LATER = "later"
    """The first words are news in any case; the steps after them are not."""
    NEVER = "never"


_CLIENT: Final = {
    "client": Shape.TEXT,
    "company": Shape.TEXT,
    "phone": Shape.PHONE,
    "responsible": Shape.TEXT,
    "department": Shape.TEXT,
}
_WORK: Final = {name: shape for name, shape in _CLIENT.items() if name != "phone"}
"""Of one's work, which the client is told nothing of. What was written stays with the recording, and goes with it."""
_RESERVED: Final = {
    "customer": Shape.TEXT,
    "article": Shape.TEXT,
    "dealer": Shape.TEXT,
    "until": Shape.DAY,
    "responsible": Shape.TEXT,
    "department": Shape.TEXT,
}
_LEAD: Final = _CLIENT | {"title": Shape.TEXT, "about": Shape.TEXT, "stage": Shape.TEXT, "line": Shape.TEXT}

FIELDS: Final[Mapping[Kind, Mapping[str, Shape]]] = {
    Kind.LEAD_OPENED: _LEAD | {"take_by": Shape.MOMENT},
    Kind.LEAD_LATE: _LEAD | {"take_by": Shape.MOMENT, "call_by": Shape.MOMENT},
    Kind.LEAD_GIVEN: _LEAD | {"call_by": Shape.MOMENT},
    Kind.LEAD_CHANGED: _LEAD,
    Kind.LEAD_CLOSED: _LEAD,
    Kind.MISSED_LATE: _CLIENT | {"line": Shape.TEXT, "times": Shape.NUMBER, "promised": Shape.MOMENT},
    Kind.DEBT_OVERDUE: _CLIENT | {"amount": Shape.MONEY, "days": Shape.NUMBER, "due": Shape.DAY},
    Kind.PAYMENT_DEFERRED: _CLIENT | {"amount": Shape.MONEY, "order": Shape.TEXT, "until": Shape.DAY},
    Kind.PAYMENT_RECEIVED: _CLIENT | {"amount": Shape.MONEY, "order": Shape.TEXT, "paid": Shape.DAY},
    Kind.CALL_ENDED: _CLIENT | {"line": Shape.TEXT, "at": Shape.MOMENT},
    Kind.RECORDING_COMMENTED: _WORK | {"line": Shape.TEXT, "at": Shape.MOMENT, "by": Shape.TEXT},
    Kind.OVERLAP_FOUND: {
        "customer": Shape.TEXT,
        "article": Shape.TEXT,
        "dealers": Shape.NUMBER,
        "responsible": Shape.TEXT,
        "department": Shape.TEXT,
    },
    Kind.RESERVATION_ENDING: _RESERVED,
    Kind.RESERVATION_ENDED: _RESERVED,
    Kind.RESERVATION_PROLONGED: _RESERVED,
    Kind.RESERVATION_REFUSED: _RESERVED | {"refused": Shape.TEXT},
}
"""What a template may name."""

SETTLES: Final[Mapping[Kind, Settles]] = {
    Kind.LEAD_OPENED: Settles.LATER,
    Kind.LEAD_LATE: Settles.ALL,
    Kind.LEAD_GIVEN: Settles.LATER,
    Kind.LEAD_CHANGED: Settles.NEVER,
    Kind.LEAD_CLOSED: Settles.NEVER,
    Kind.MISSED_LATE: Settles.ALL,
    Kind.DEBT_OVERDUE: Settles.ALL,
    Kind.PAYMENT_DEFERRED: Settles.ALL,
    Kind.PAYMENT_RECEIVED: Settles.ALL,
    Kind.CALL_ENDED: Settles.NEVER,
    Kind.RECORDING_COMMENTED: Settles.NEVER,
    Kind.OVERLAP_FOUND: Settles.ALL,
    Kind.RESERVATION_ENDING: Settles.ALL,
    Kind.RESERVATION_ENDED: Settles.NEVER,
    Kind.RESERVATION_PROLONGED: Settles.NEVER,
    Kind.RESERVATION_REFUSED: Settles.NEVER,
}

KIND_NAMES: Final[Mapping[Kind, str]] = {
    Kind.LEAD_OPENED: mark("A lead is opened"),
    Kind.LEAD_LATE: mark("A lead is not taken or called in time"),
    Kind.LEAD_GIVEN: mark("A lead is given to somebody"),
    Kind.LEAD_CHANGED: mark("A lead has another stage"),
    Kind.LEAD_CLOSED: mark("A lead is closed"),
    Kind.MISSED_LATE: mark("A missed client is not called back in time"),
    Kind.DEBT_OVERDUE: mark("A debt is overdue"),
    Kind.PAYMENT_DEFERRED: mark("A deferred payment comes due"),
    Kind.PAYMENT_RECEIVED: mark("A payment has come"),
    Kind.CALL_ENDED: mark("A talk with a client is over"),
    Kind.RECORDING_COMMENTED: mark("A supervisor commented on a recording"),
    Kind.OVERLAP_FOUND: mark("Dealers ask for one customer"),
    Kind.RESERVATION_ENDING: mark("A reservation is about to end"),
    Kind.RESERVATION_ENDED: mark("A reservation has ended"),
    Kind.RESERVATION_PROLONGED: mark("A reservation is prolonged"),
    Kind.RESERVATION_REFUSED: mark("Dealers are refused a customer"),
}

INSIDE: Final = frozenset({Kind.RECORDING_COMMENTED})
"""What is of no concern to clients."""


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to `subject`; `key` names it for ever. `days` is how long a debt is overdue, or how many
    are left until a deferred payment; `seconds` is how long was talked.
    """

    kind: Kind
    key: str
    subject: UUID
    at: datetime
    responsible: UUID | None = None
    contact: UUID | None = None
    phone: str = ""
    email: str = ""
    departments: frozenset[UUID] = frozenset()
    line: UUID | None = None
    brand: str = ""
    stage: str = ""
    client_class: str = "unknown"
    amount: Decimal = Decimal(0)
    days: int = 0
    seconds: int = 0
    fields: Mapping[str, str | int | None] = msgspec.field(default_factory=dict)
    """As JSON carries them: days and moments in ISO 8601, money as a number in text."""
