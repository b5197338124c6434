"""The sheet of an agent widened by leads, deals and payments: what he is paid by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Final
from uuid import UUID

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.people.identity import Identity
from trunkline.people.roles import Right
from trunkline.reports.agents import Sheet, Work
from trunkline.reports.days import Days
from trunkline.spreadsheet import Cell
from trunkline.web.i18n import gettext as _

SELLING: Final = load_queries("trunkline.reports", "selling.sql")


@dataclass(frozen=True, slots=True)
class Sales:
    """What somebody sold. `won_led` and `paid_led` are of deals whose lead he took, `won` and `paid` of those he is
    responsible for; one deal may be in both. Sums in roubles.
    """

    taken: int = 0
    won_led: int = 0
    won: int = 0
    paid_led: float = 0.0
    paid: float = 0.0

    def __add__(self, other: "Sales") -> "Sales":
        return Sales(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True, slots=True)
class SalesDay:
    """What one person sold on one day."""

    agent: str
    name: str
    extension: str
    day: date
    sales: Sales


@dataclass(frozen=True, slots=True)
class WideSheet:
    """An agent's sheet with his sales; a day is there if it has either."""

    sheet: Sheet
    sales: Sales
    days: tuple[tuple[date, Work, Sales], ...]


async def sales_days(
    connection: Connection, days: Days, identity: Identity, only: UUID | None = None
) -> list[SalesDay]:
    """Sales of these days within the asker's reach; who may not read reports has his own alone."""
    reach = identity.reach()
    if not identity.holds(Right.REPORTS_READ):
        only = identity.person
    asked = (days.since, days.until, days.first, days.after, days.zone.key, only, reach.departments, reach.lines)
    rows = await connection.fetch(SELLING["sales_days"], *asked, identity.person)
    return [SalesDay(agent, name, extension, day, Sales(*figures)) for agent, name, extension, day, *figures in rows]


def widened(sheets: Iterable[Sheet], sold: Iterable[SalesDay]) -> list[WideSheet]:
    """Sheets by name with sales put to them; who sold and had no call has a sheet too."""
    by_agent: dict[str, dict[date, Sales]] = {}
    known = {sheet.agent: sheet for sheet in sheets}
    for one in sold:
        by_agent.setdefault(one.agent, {})[one.day] = one.sales
        known.setdefault(one.agent, Sheet(one.agent, one.name, one.extension, Work(), ()))
    wide = [_wide(sheet, by_agent.get(sheet.agent, {})) for sheet in known.values()]
    return sorted(wide, key=lambda one: (not one.sheet.name, one.sheet.name, one.sheet.extension))


def _wide(sheet: Sheet, sold: dict[date, Sales]) -> WideSheet:
    worked = dict(sheet.days)
    days = sorted({*worked, *sold})
    rows = tuple((day, worked.get(day, Work()), sold.get(day, Sales())) for day in days)
    return WideSheet(sheet, sum(sold.values(), Sales()), rows)


def heads(*, money: bool) -> list[str]:
    """The names of the columns of a file, in the reader's language."""
    calls = [_("Answered"), _("In time"), _("Missed"), _("Called out"), _("Reached"), _("Talk, minutes")]
    sold = [_("Leads taken"), _("Deals won of leads he took"), _("His deals won")]
    sums = [_("Paid, of leads he took"), _("Paid, of his deals")] if money else []
    return [_("Agent"), _("Extension"), _("Day"), *calls, *sold, *sums]


def rows_of(sheets: Sequence[WideSheet], *, money: bool, daily: bool) -> list[list[Cell]]:
    """The rows of a file: one an agent, or one a day of his."""
    return [
        [one.sheet.name, one.sheet.extension, str(day) if day else "", *_figures(work, sales, money=money)]
        for one in sheets
        for day, work, sales in (one.days if daily else ((None, one.sheet.work, one.sales),))
    ]


def _figures(work: Work, sales: Sales, *, money: bool) -> list[Cell]:
    calls: list[Cell] = [work.answered, work.in_time, work.missed, work.placed, work.reached]
    sums: list[Cell] = [round(sales.paid_led, 2), round(sales.paid, 2)] if money else []
    return [*calls, round(work.talk_seconds / 60, 2), sales.taken, sales.won_led, sales.won, *sums]
