"""Open leads by stage and by day: what the board and the calendar show, within the asker's reach."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.leads.hand import ChangeLead, Hand, change
from trunkline.leads.reading import Asker, LeadRow, Show, find_lead, lead_row, list_leads, reach_of, worded
from trunkline.leads.touching import hold_leads
from trunkline.web.i18n import gettext as _

BOARD: Final = load_queries("trunkline.leads", "board.sql")
NEW: Final = "new"
"""The stage a lead begins in."""
CARDS: Final = 20
CARDS_OF_ONE: Final = 200
"""Cards of a stage among others, and alone."""
COUNTED: Final = 500
"""No more leads of a stage are counted."""
MOST: Final = 1000
"""Leads of a month the calendar has room for."""


class Span(StrEnum):
    """How much a calendar shows."""

    WEEK = "week"
    MONTH = "month"


class Standing(StrEnum):
    """How a call that is due stands."""

    OVERDUE = "overdue"
    TODAY = "today"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Column:
    """A stage with its nearest leads; `count` stops at COUNTED."""

    stage: str
    cards: tuple[LeadRow, ...]
    count: int


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day with the leads whose clock ends on it; `outside` where it is of another month than the one asked for."""

    day: date
    outside: bool
    leads: tuple[tuple[LeadRow, Standing], ...]


class MoveLead(msgspec.Struct, frozen=True):
    """To which stage, and from which: that the mover saw."""

    stage: str
    seen: str


async def board(connection: Connection, asker: Asker, stages: Sequence[str], *, mine: bool, only: str) -> list[Column]:
    """The columns: "new", the stages of the company, and others that leads have; or the one asked for, longer."""
    if mine:
        return _of_mine((await list_leads(connection, asker, Show.MINE, None, MOST)).rows, stages, only)
    used = [] if only else [row["stage"] for row in await connection.fetch(BOARD["stages_in_use"])]
    wanted = [only] if only else columns_of(stages, used)
    reach = reach_of(asker)
    rows = await connection.fetch(BOARD["board_cards"], *reach, wanted, CARDS_OF_ONE if only else CARDS)
    counts = await connection.fetch(BOARD["board_counts"], *reach, wanted, COUNTED)
    leads = await worded(connection, [lead_row(row, asker) for row in rows])
    counted = {row["stage"]: row["leads"] for row in counts}
    found = [Column(stage, tuple(one for one in leads if one.stage == stage), counted[stage]) for stage in wanted]
    return [one for one in found if one.count or one.stage in {NEW, only, *stages}]


def columns_of(stages: Sequence[str], used: Iterable[str]) -> list[str]:
    """The order of columns: a stage nobody wrote down stands at the end, by name."""
    ordered = [NEW, *(stage for stage in stages if stage != NEW)]
    return [*ordered, *sorted(set(used) - set(ordered))]


def _of_mine(leads: Sequence[LeadRow], stages: Sequence[str], only: str) -> list[Column]:
    wanted = [only] if only else columns_of(stages, (one.stage for one in leads))
    by_stage = [(stage, [one for one in leads if one.stage == stage]) for stage in wanted]
    most = CARDS_OF_ONE if only else CARDS
    return [Column(stage, tuple(own[:most]), len(own)) for stage, own in by_stage]


async def move(connection: Connection, hand: Hand, lead: UUID, body: MoveLead) -> LeadRow:
    """Give it another stage, if it still has the one that was seen; raises InvalidInput, with where it is, if not."""
    await hold_leads(connection, [lead])
    seen = await find_lead(connection, hand.asker, lead)
    if seen.stage != body.seen:
        now = _("new") if seen.stage == NEW else seen.stage
        raise InvalidInput(
            Mistake("stage", _("Somebody has moved it meanwhile: it is at “%(stage)s”.") % {"stage": now})
        )
    return await change(connection, hand, lead, ChangeLead(stage=body.stage))


def window(span: Span, day: date) -> tuple[date, date]:
    """The first day shown, a Monday, and the day after the last."""
    if span is Span.WEEK:
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=7)
    first = day.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    return first - timedelta(days=first.weekday()), after + timedelta(days=-after.weekday() % 7)


async def calendar(
    connection: Connection, asker: Asker, span: Span, day: date, zone: ZoneInfo, *, mine: bool
) -> tuple[list[CalendarDay], bool]:
    """The days, and whether more leads are due in them than there is room for."""
    since, until = window(span, day)
    edges = [datetime.combine(edge, time(), zone) for edge in (since, until)]
    rows = await connection.fetch(BOARD["calendar_leads"], *reach_of(asker), *edges, mine, MOST + 1)
    leads = await worded(connection, [lead_row(row, asker) for row in rows[:MOST]])
    return days_of(leads, since, until, asker.now, zone, day if span is Span.MONTH else None), len(rows) > MOST


def days_of(
    leads: Sequence[LeadRow], since: date, until: date, now: datetime, zone: ZoneInfo, month: date | None
) -> list[CalendarDay]:
    """Leads by the day their clock ends on, as it is in `zone`."""
    today = now.astimezone(zone).date()
    found: dict[date, list[tuple[LeadRow, Standing]]] = {}
    for one in leads:
        if one.due_at is not None:
            day = one.due_at.astimezone(zone).date()
            standing = Standing.OVERDUE if one.overdue else Standing.TODAY if day == today else Standing.PLANNED
            found.setdefault(day, []).append((one, standing))
    days = [since + timedelta(days=number) for number in range((until - since).days)]
    return [CalendarDay(day, bool(month and day.month != month.month), tuple(found.get(day, ()))) for day in days]
