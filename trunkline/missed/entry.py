"""An entry of the missed-call list: a fold over a number's calls and what people did to it by hand. No I/O here.

A miss opens an entry, or adds to the open one; the first talk after it, whoever called whom, closes it. Marks are
folded in the order of their times: calls that are told late, twice or otherwise than at first give the same entries.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace


class How(StrEnum):
    """How an entry was closed."""

    REACHED = "reached"
    """One of us called him and talked with him."""
    GOT_THROUGH = "got_through"
    """He called again and was answered."""
    BY_HAND = "by_hand"
    SPAM = "spam"
    """By hand, because it is nobody we want to call back."""
    AGED = "aged"
    """Nobody reached him in the days the rules allow."""


class Kind(StrEnum):
    """What a mark tells."""

    MISSED = "missed"
    ANSWERED = "answered"
    """He called and was answered."""
    REACHED = "reached"
    """We called and talked with him."""
    TRIED = "tried"
    """We called and he did not answer."""
    TAKEN = "taken"
    RELEASED = "released"
    CLOSED = "closed"
    AGED = "aged"


_RANK: Final = {kind: place for place, kind in enumerate(Kind)}
SPAM: Final = "spam"
"""The reason of a closing by hand that makes it How.SPAM."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One call with him, or one deed of ours. `at` is its place in the order: a miss counts from its beginning, a talk
    from its answer. `id` is the call's, or the deed's own.
    """

    id: UUID
    kind: Kind
    at: datetime
    began: datetime
    until: datetime
    why: str | None = None
    dialled: str = ""
    line: UUID | None = None
    queue: str = ""
    departments: frozenset[UUID] = frozenset()
    people: frozenset[UUID] = frozenset()
    agent: str = ""
    """The extension that called him."""
    person: UUID | None = None
    """Whose deed it is."""
    reason: str = ""
    note: str = ""

    @property
    def order(self) -> tuple[datetime, int, UUID]:
        """Where it belongs among the marks of its number."""
        return self.at, _RANK[self.kind], self.id


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A client who was missed, from the first missed call until he was talked with."""

    id: UUID
    number: str
    first_missed_at: datetime
    missed_until: datetime
    last_missed_at: datetime
    last_call_id: UUID
    times: int
    missed_why: str | None
    dialled: str
    line_id: UUID | None
    queue: str
    lines: frozenset[UUID]
    departments: frozenset[UUID]
    people: frozenset[UUID]
    owner_id: UUID | None = None
    owned_at: datetime | None = None
    attempts: int = 0
    last_attempt_at: datetime | None = None
    last_attempt_by: str = ""
    last_attempt_why: str | None = None
    last_attempt_id: UUID | None = None
    called_back_at: datetime | None = None
    closed_at: datetime | None = None
    closed_how: How | None = None
    closed_call_id: UUID | None = None
    closed_by_id: UUID | None = None
    close_reason: str = ""
    close_note: str = ""


def entries_of(number: str, marks: Iterable[Mark]) -> list[Entry]:
    """The entries of a number, in order: only the last of them may be open."""
    entries: list[Entry] = []
    for mark in sorted({mark.id: mark for mark in marks}.values(), key=lambda mark: mark.order):
        standing = entries[-1] if entries and entries[-1].closed_at is None else None
        entry = advance_entry(number, standing, mark)
        if entry is not None and standing is None:
            entries.append(entry)
        elif entry is not None:
            entries[-1] = entry
    return entries


def advance_entry(number: str, entry: Entry | None, mark: Mark) -> Entry | None:
    """The open entry after one more mark, which is later than all it knows; None: nobody waits for us."""
    if entry is not None:
        return _STEPS[mark.kind](entry, mark)
    return _missed(number, mark) if mark.kind is Kind.MISSED else None


def _missed(number: str, mark: Mark) -> Entry:
    return Entry(
        id=mark.id,
        number=number,
        first_missed_at=mark.at,
        missed_until=mark.until,
        last_missed_at=mark.at,
        last_call_id=mark.id,
        times=1,
        missed_why=mark.why,
        dialled=mark.dialled,
        line_id=mark.line,
        queue=mark.queue,
        lines=_with(frozenset(), mark.line),
        departments=mark.departments,
        people=mark.people,
    )


def _missed_again(entry: Entry, mark: Mark) -> Entry:
    return replace(
        entry,
        last_missed_at=mark.at,
        last_call_id=mark.id,
        times=entry.times + 1,
        missed_why=mark.why,
        dialled=mark.dialled,
        line_id=mark.line,
        queue=mark.queue,
        lines=_with(entry.lines, mark.line),
        departments=entry.departments | mark.departments,
        people=entry.people | mark.people,
    )


def _tried(entry: Entry, mark: Mark) -> Entry:
    return replace(
        entry,
        attempts=entry.attempts + 1,
        last_attempt_at=mark.began,
        last_attempt_by=mark.agent,
        last_attempt_why=mark.why,
        last_attempt_id=mark.id,
        called_back_at=entry.called_back_at or mark.began,
        people=entry.people | mark.people,
    )


def _talked(entry: Entry, mark: Mark) -> Entry:
    reached = mark.kind is Kind.REACHED
    return replace(
        entry,
        called_back_at=entry.called_back_at or (mark.began if reached else None),
        people=entry.people | mark.people,
        closed_at=mark.at,
        closed_how=How.REACHED if reached else How.GOT_THROUGH,
        closed_call_id=mark.id,
    )


def _taken(entry: Entry, mark: Mark) -> Entry:
    return replace(entry, owner_id=mark.person, owned_at=mark.at)


def _released(entry: Entry, _mark: Mark) -> Entry:
    return replace(entry, owner_id=None, owned_at=None)


def _closed(entry: Entry, mark: Mark) -> Entry:
    return replace(
        entry,
        closed_at=mark.at,
        closed_how=How.SPAM if mark.reason == SPAM else How.BY_HAND,
        closed_by_id=mark.person,
        close_reason=mark.reason,
        close_note=mark.note,
    )


def _aged(entry: Entry, mark: Mark) -> Entry:
    return replace(entry, closed_at=mark.at, closed_how=How.AGED)


def _with(lines: frozenset[UUID], line: UUID | None) -> frozenset[UUID]:
    return lines if line is None else lines | {line}


_STEPS: Final[Mapping[Kind, Callable[[Entry, Mark], Entry]]] = {
    Kind.MISSED: _missed_again,
    Kind.TRIED: _tried,
    Kind.ANSWERED: _talked,
    Kind.REACHED: _talked,
    Kind.TAKEN: _taken,
    Kind.RELEASED: _released,
    Kind.CLOSED: _closed,
    Kind.AGED: _aged,
}
