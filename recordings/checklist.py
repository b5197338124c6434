"""The checklist that calls are reviewed by, and what a filled-in one is worth."""

import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import uuid7
from trunkline.people.audit import Actor, Deed, difference, record
from trunkline.web.i18n import gettext as _

SQL: Final = load_queries("recordings", "quality.sql")
LONGEST_CRITERION: Final = 200
MOST_CRITERIA: Final = 30
"""That are asked at one time."""
POINTS: Final = (1, 100)
PLACES: Final = (1, 1000)


class Mark(StrEnum):
    """Whether a criterion was met; the third: it could not be."""

    YES = "yes"
    NO = "no"
    NA = "na"


class Criterion(msgspec.Struct, frozen=True):
    """One line of the checklist; those not active are asked no more."""

    id: UUID
    text: str
    points: int
    place: int
    active: bool = True


class Draft(msgspec.Struct, frozen=True):
    """A criterion as it was typed."""

    text: str = ""
    points: str = "1"
    place: str = "1"
    active: bool = True


def score(answers: Iterable[tuple[Mark, int]]) -> int | None:
    """Per cent of the points of what was answered with yes or no; None where nothing was."""
    counted = [(answer, points) for answer, points in answers if answer is not Mark.NA]
    whole = sum(points for _answer, points in counted)
    got = sum(points for answer, points in counted if answer is Mark.YES)
    return (200 * got + whole) // (2 * whole) if whole else None


async def criteria(connection: Connection, *, active: bool = True) -> Sequence[Criterion]:
    """Those that are asked in their order, or all."""
    return [msgspec.convert(dict(row), Criterion) for row in await connection.fetch(SQL["criteria"], active)]


async def save_criterion(
    connection: Connection, identifier: UUID | None, draft: Draft, actor: Actor, now: datetime
) -> None:
    """One more (None), or another text, points or place; in a transaction. Raises InvalidInput, NotFound."""
    wanted = _checked(identifier or uuid7(time.time()), draft)
    await connection.execute(SQL["hold_criteria"])
    known = {one.id: one for one in await criteria(connection, active=False)}
    before = known.get(wanted.id)
    if identifier is not None and before is None:
        raise NotFound(_("There is no such criterion."))
    if wanted.active and sum(one.active for one in known.values() if one.id != wanted.id) >= MOST_CRITERIA:
        told = _("must be one of at most %(most)s that are asked: take another out first")
        raise InvalidInput(Mistake("text", told % {"most": MOST_CRITERIA}))
    statement = "add_criterion" if before is None else "change_criterion"
    row = (wanted.id, wanted.text, wanted.points, wanted.place, wanted.active)
    await connection.execute(SQL[statement], *row)
    was, became = difference(_told(before) if before else {}, _told(wanted))
    action = "criterion.changed" if before else "criterion.added"
    await record(connection, actor, Deed(action, "criterion", str(wanted.id), was if before else None, became), now)


def _told(one: Criterion) -> dict[str, object]:
    return {"text": one.text, "points": one.points, "place": one.place, "active": one.active}


def _checked(identifier: UUID, draft: Draft) -> Criterion:
    mistakes = []
    text = " ".join(draft.text.replace("\0", "").split())
    if not 1 <= len(text) <= LONGEST_CRITERION:
        mistakes.append(Mistake("text", _("must be from 1 to %(most)s characters long") % {"most": LONGEST_CRITERION}))
    numbers = {}
    for name, typed, (least, most) in (("points", draft.points, POINTS), ("place", draft.place, PLACES)):
        number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0
        if not least <= number <= most:
            told = _("must be a whole number from %(least)s to %(most)s")
            mistakes.append(Mistake(name, told % {"least": least, "most": most}))
        numbers[name] = number
    if mistakes:
        raise InvalidInput(*mistakes)
    return Criterion(identifier, text, numbers["points"], numbers["place"], draft.active)
