"""What becomes of a lead of the demo company, and what is to be done about it now. No I/O here.

A lead's fate is drawn from its id alone: whoever looks again, after a restart too, finds the same one.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

_SEED: Final = 20_260_603
STAGES: Final = ("Расчёт", "Предложение", "Договор")
"""Those of the board, behind the new ones."""
_ENDS: Final = (("won", 38), ("not_needed", 28), ("talked", 26), ("wrong_number", 8))
_TAKEN: Final = (20.0, 150.0)
_CALLED: Final = (5.0, 45.0)
_SHORTEST, _USUAL, _LONGEST = 90.0, 600.0, 2400.0
_LINGERS: Final = 0.05
_LINGERING: Final = (7200.0, 36_000.0)
_SOONEST: Final = 60.0
_LEFT_TO_YOU: Final = timedelta(hours=1)


class Lead(msgspec.Struct, frozen=True):
    """What is read of one of `GET /api/v1/leads`."""

    id: UUID
    phone: str
    stage: str
    opened_at: datetime
    taken_at: datetime | None
    taken_by_id: UUID | None
    responsible_id: UUID | None
    called_at: datetime | None
    next_call_at: datetime | None


@dataclass(frozen=True, slots=True)
class Fate:
    """Seconds count from `opened_at`; `stages` tells when it comes to each of STAGES that it reaches."""

    colleague: int
    taken: float
    called: float
    stages: tuple[float, ...]
    planned: float | None
    ahead: float
    """So long after it is planned the next call is."""
    forgets: bool
    """Whether a planned call that nobody made stays as it is."""
    ends: float
    reason: str


@dataclass(frozen=True, slots=True)
class Deed:
    """What is asked of `/api/v1/leads/{id}/{what}`; `call` is none of its: the client is called."""

    what: str
    body: Mapping[str, Any]


def fate_of(lead: UUID) -> Fate:
    """The same for the same lead."""
    chance = random.Random(lead.int ^ _SEED)  # noqa: S311  (the same fate everywhere, not a secret)
    taken = chance.uniform(*_TAKEN)
    usual = min(_SHORTEST + chance.expovariate(1 / _USUAL), _LONGEST)
    life = chance.uniform(*_LINGERING) if chance.random() < _LINGERS else usual
    reaches = chance.choices(range(len(STAGES) + 1), (15, 25, 30, 30))[0]
    return Fate(
        colleague=chance.randrange(1 << 16),
        taken=taken,
        called=taken + chance.uniform(*_CALLED),
        stages=tuple(taken + life * part for part in (0.2, 0.45, 0.7)[:reaches]),
        planned=taken + life * 0.1 if chance.random() < 0.6 else None,
        ahead=max(_SOONEST, life * chance.uniform(0.2, 1.2)),
        forgets=chance.random() < 0.25,
        ends=taken + life,
        reason=chance.choices([name for name, _ in _ENDS], [weight for _, weight in _ENDS])[0],
    )


@dataclass(frozen=True, slots=True)
class Look:
    """A lead as it is looked at: `yours` are the people who play the demo, `called` whether he was called back."""

    lead: Lead
    fate: Fate
    now: datetime
    yours: frozenset[UUID]
    called: bool

    @property
    def age(self) -> float:
        return (self.now - self.lead.opened_at).total_seconds()

    def is_left_to_you(self) -> bool:
        """What one of them took, or was given, is his for an hour."""
        lead = self.lead
        is_yours = lead.taken_by_id in self.yours or lead.responsible_id in self.yours
        return is_yours and lead.taken_at is not None and self.now - lead.taken_at < _LEFT_TO_YOU

    @property
    def stage(self) -> str:
        """Where it is to be by now."""
        reached = sum(self.age >= at for at in self.fate.stages)
        return STAGES[reached - 1] if reached else ""

    def needs_plan(self) -> bool:
        """Whether its next call is to be planned, or planned anew."""
        if self.fate.planned is None or self.age < self.fate.planned:
            return False
        next_call = self.lead.next_call_at
        return next_call is None or (next_call <= self.now and not self.fate.forgets)


_RULES: Final[tuple[tuple[Callable[[Look], bool], Callable[[Look], Deed | None]], ...]] = (
    (Look.is_left_to_you, lambda _: None),
    (lambda one: one.lead.taken_at is None and one.age >= one.fate.taken, lambda _: Deed("take", {})),
    (lambda one: one.lead.taken_at is None, lambda _: None),
    (lambda one: one.age >= one.fate.ends, lambda one: Deed("close", {"reason": one.fate.reason})),
    (
        lambda one: (
            bool(one.lead.phone) and one.lead.called_at is None and not one.called and one.age >= one.fate.called
        ),
        lambda _: Deed("call", {}),
    ),
    (
        lambda one: bool(one.stage) and one.stage != one.lead.stage,
        lambda one: Deed("change", {"stage": one.stage}),
    ),
    (
        Look.needs_plan,
        lambda one: Deed("change", {"next_call_at": one.now + timedelta(seconds=one.fate.ahead)}),
    ),
)
"""The first row that holds counts."""


def due(look: Look) -> Deed | None:
    """What is to be done about the lead now."""
    return next((deed(look) for holds, deed in _RULES if holds(look)), None)
