"""Calls beside what a CRM has of them: sent, missing, there twice, or with somebody else. No I/O here."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from trunkline.web.i18n import gettext as _

KEPT: Final = 100
"""So much of what is not as it should be is kept in words; the counts are of all."""


class Ours(msgspec.Struct, frozen=True):
    """A call that is over: its id there, what it belongs to there (`LEAD 12`), and how far the telling of it came."""

    call_id: UUID
    remote_id: str
    entity: str
    is_told: bool
    waits: bool
    given_up: bool


class Theirs(msgspec.Struct, frozen=True):
    """A finished call as the CRM has it; `external` is our id of it, where it says so."""

    remote_id: str
    external: str
    entity: str


class Named(msgspec.Struct, frozen=True):
    """Of calls that were asked for by name: what is `there`, and which belonged to something that is `gone` there."""

    there: Sequence[Theirs]
    gone: frozenset[UUID] = frozenset()


class Found(msgspec.Struct, frozen=True):
    """A call that is not as it should be: `what` is missing, duplicate or elsewhere."""

    call: UUID
    what: str
    words: str


class Compared(msgspec.Struct, frozen=True):
    """What came of it; `missing` were told, and are not there."""

    sent: int = 0
    waiting: int = 0
    given_up: int = 0
    missing: Sequence[UUID] = ()
    duplicates: int = 0
    elsewhere: int = 0
    found: Sequence[Found] = ()

    @property
    def is_believed(self) -> bool:
        """Whether what is missing may be told again: who may not see statistics is shown none of all that is there."""
        return self.sent >= len(self.missing)


class Report(msgspec.Struct, frozen=True):
    """One comparison as it is kept; `retold` of the missing were told again."""

    at: datetime
    since: datetime
    until: datetime
    sent: int
    waiting: int
    given_up: int
    missing: int
    retold: int
    duplicates: int
    elsewhere: int
    found: Sequence[Found]

    @property
    def good(self) -> bool:
        """Whether everything is there, once, and where it belongs."""
        return not (self.missing or self.duplicates or self.elsewhere or self.given_up)


def compare(ours: Iterable[Ours], theirs: Iterable[Theirs]) -> Compared:
    """Each of ours counts once: what is there is sent, however often; what waits or was given up is not missing."""
    there = _by_id(theirs)
    sent = waiting = given_up = duplicates = elsewhere = 0
    missing: list[UUID] = []
    found: list[Found] = []
    for call in ours:
        rows = there.get(str(call.call_id), {}) | there.get(call.remote_id, {})
        if rows:
            sent += 1
            if len(rows) > 1:
                duplicates += 1
                found.append(Found(call.call_id, "duplicate", _("it is there %(count)s times") % {"count": len(rows)}))
            if (words := _elsewhere(call, rows)) is not None:
                elsewhere += 1
                found.append(Found(call.call_id, "elsewhere", words))
        elif call.waits:
            waiting += 1
        elif call.given_up:
            given_up += 1
        else:
            missing.append(call.call_id)
            found.append(Found(call.call_id, "missing", _("it is not there")))
    return Compared(sent, waiting, given_up, missing, duplicates, elsewhere, found)


def _by_id(theirs: Iterable[Theirs]) -> Mapping[str, dict[str, Theirs]]:
    """What the CRM has, by either id of a call, each row of it once."""
    there: dict[str, dict[str, Theirs]] = defaultdict(dict)
    for row in theirs:
        for name in {row.remote_id, row.external} - {""}:
            there[name][row.remote_id] = row
    return there


def _elsewhere(call: Ours, rows: Mapping[str, Theirs]) -> str | None:
    """With whom it is instead; a call that belongs to nobody on one side is no contradiction."""
    entities = {row.entity for row in rows.values()} - {""}
    if not call.entity or not entities or call.entity in entities:
        return None
    return _("it is with %(theirs)s there, and was with %(ours)s") % {
        "theirs": ", ".join(sorted(entities)),
        "ours": call.entity,
    }
