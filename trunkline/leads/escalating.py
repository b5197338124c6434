"""What becomes of a lead whose clock has run out: to whom it is given, and whether its heads are told. No I/O here."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """An open lead; no departments: it is everybody's."""

    take_by: datetime
    call_by: datetime
    taken_at: datetime | None = None
    called_at: datetime | None = None
    late_told_at: datetime | None = None
    responsible_id: UUID | None = None
    departments: Collection[UUID] = ()


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is online. `takes`: any lead of his department may be given to him, not only those that are his."""

    person: UUID
    departments: Collection[UUID] = ()
    """His own and those above it: a lead of any of them may be his."""
    takes: bool = True
    open_leads: int = 0
    assigned_at: datetime | None = None
    """When he was given one last."""


class What(StrEnum):
    """What is done."""

    ASSIGN = "assign"
    TELL_UNTAKEN = "tell_untaken"
    """Nobody is there to take it."""
    TELL_UNCALLED = "tell_uncalled"


class Step(NamedTuple):
    """`person`: to whom it is given."""

    what: What
    person: UUID | None = None


def next_step(lead: Late, online: Sequence[Candidate], now: datetime) -> Step | None:
    """What is to be done about the lead at `now`, one thing at a time; the heads are told once."""
    if lead.taken_at is None:
        if now < lead.take_by:
            return None
        person = assignee(lead, online)
        if person is not None:
            return Step(What.ASSIGN, person)
        return Step(What.TELL_UNTAKEN) if lead.late_told_at is None else None
    if lead.called_at is None and lead.call_by <= now and lead.late_told_at is None:
        return Step(What.TELL_UNCALLED)
    return None


def assignee(lead: Late, online: Sequence[Candidate]) -> UUID | None:
    """Whose it is, if he is online; else of its departments who has the fewest, then who was given one longest ago."""
    if any(one.person == lead.responsible_id for one in online):
        return lead.responsible_id
    fitting = [
        one for one in online if one.takes and (not lead.departments or set(one.departments) & set(lead.departments))
    ]
    if not fitting:
        return None
    return min(fitting, key=lambda one: (one.open_leads, one.assigned_at or _NEVER, one.person)).person
