"""What travels through the outbox: events, what came of a delivery, and how each kind is treated. No I/O here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append: `stream` is what it must stay in order with, `idem` names it for ever."""

    stream: str
    kind: str
    idem: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """An event that waits: `attempts` counts those begun before, `unsure` says one of them may have arrived."""

    id: int
    stream: str
    kind: str
    idem: str
    payload: Mapping[str, Any]
    attempts: int
    unsure: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """A stream a worker holds the lease of, with its first events in order."""

    stream: str
    ver: int
    claim: UUID
    fails: int
    events: tuple[Event, ...]


class Sent(Enum):
    """How far a request came before it failed."""

    NO = "no"  #: nothing of it can have reached the other side
    MAYBE = "maybe"  #: it, or the answer to it, was lost on the way
    ANSWERED = "answered"  #: the other side answered; `Fault` carries what it said


class Refusal(Enum):
    """What an answer without an HTTP status says about trying again."""

    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a delivery failed, in the words of the wire; `code` is the vendor's own (`QUERY_LIMIT_EXCEEDED`).

    `alone`: what asks to slow down is about this kind of request; the account takes others meanwhile.
    """

    reason: str
    sent: Sent
    status: int | None = None
    code: str = ""
    refusal: Refusal | None = None
    retry_after: float | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other side has it; `note` is what it called it, `warning` what it complained of."""

    note: str = ""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """It was not taken; `request` and `answer` are excerpts without secrets for the person who will look."""

    fault: Fault
    request: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """Verified: the other side does not have it, so sending again is right."""


@dataclass(frozen=True, slots=True)
class Unknowable:
    """The other side cannot be asked; the kind's policy decides."""


Outcome = Delivered | Failed
Verdict = Delivered | Absent | Unknowable | Failed


class AfterDeath(StrEnum):
    """What becomes of a stream when one of its events is given up."""

    SKIP = "skip"  #: the next event goes on
    PARK = "park"  #: the stream waits for a person


class WhenUnknowable(StrEnum):
    """What becomes of an event whose arrival nobody can verify."""

    REPEAT = "repeat"  #: a double does less harm than a loss
    BURY = "bury"  #: a person decides


@dataclass(frozen=True, slots=True)
class KindPolicy:
    """How one kind of event is treated; times in seconds."""

    max_attempts: int = 12
    time_limit: float = 30.0
    backoff_base: float = 1.0
    backoff_cap: float = 300.0
    after_death: AfterDeath = AfterDeath.SKIP
    when_unknowable: WhenUnknowable = WhenUnknowable.REPEAT


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When an account's circuit opens: so many failures in a row, or more than `ratio` of ≥ `least` in `window` s."""

    consecutive: int = 5
    ratio: float = 0.5
    least: int = 10
    window: float = 30.0
    open_for: float = 30.0
    probe_limit: float = 60.0


@dataclass(frozen=True, slots=True)
class Account:
    """One account of an outside system: what a limit and a circuit breaker belong to.

    `reserve` is a lane: so many tokens of the burst are left to requests of the same account that are more urgent.
    """

    name: str
    rate: float = 50.0
    burst: float = 50.0
    reserve: float = 0.0
    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)
