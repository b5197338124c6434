"""`/api/v1/reports/channels`: the figures of the page, for programs."""

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
from aiohttp import web

from calltracking.costs.asking import sees_costs
from calltracking.models.model import WHOLE
from calltracking.results.asking import Question, asked, compared
from calltracking.results.result import Result, Results
from calltracking.results.store import read_results
from trunkline.db.types import Connection
from trunkline.people.identity import Identity
from trunkline.people.roles import Right
from trunkline.reports.days import Days, asked_days
from trunkline.reports.reading import read
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer
from trunkline.web.render import reader_of


class ChannelFigures(msgspec.Struct, frozen=True):
    """What one channel, source or page brought; null where nothing can be divided by, and money without money.read.

    Calls, leads and deals may be parts of one: the attribution model shares them among the visits before. Visitors are
    counted by the day. Money in rubles.
    """

    key: str
    visits: int
    visitors: int
    calls: float
    answered: float
    missed: float
    missed_share: float | None
    unique: float
    target: float
    unique_target: float
    leads: float
    deals: float
    calls_per_visit: float | None
    revenue: Decimal | None
    cost: Decimal | None
    romi: float | None
    cost_per_lead: float | None
    cost_per_call: float | None


class ComparedFigures(msgspec.Struct, frozen=True):
    """The same of the days these stand beside; rows by the same keys."""

    since: date
    until: date
    total: ChannelFigures
    rows: list[ChannelFigures]


class ChannelsReport(msgspec.Struct, frozen=True):
    """Visits and what they led to from one day to another, both included, by `by` and as `model` shares it."""

    since: date
    until: date
    by: str
    model: str
    total: ChannelFigures
    rows: list[ChannelFigures]
    unexplained_calls: int
    unexplained_share: float | None
    beside: ComparedFigures | None


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/api/v1/reports/channels", show_channels)]


async def show_channels(request: web.Request) -> web.Response:
    """`GET ?days=` or `?since=&until=`, `&by=&model=&sure=&vat=&beside=`."""
    days = asked_days(request.query, datetime.now(UTC), reader_of(request).timezone)
    question, viewer = asked(request.query), signed_in(request)
    found, before = await told(request, days, question)
    money = viewer.holds(Right.MONEY_READ)
    other = compared(days, question.beside)
    beside = None
    if other is not None and before is not None:
        rows = [_figures(before.row(one.key), one.key, money) for one in found.rows]
        beside = ComparedFigures(other.first, other.last, _figures(before.total, "", money), rows)
    return json_answer(
        ChannelsReport(
            days.first,
            days.last,
            question.by.value,
            question.model.name,
            _figures(found.total, "", money),
            [_figures(one, one.key, money) for one in found.rows],
            found.unexplained,
            found.unexplained_share,
            beside,
        )
    )


async def told(request: web.Request, days: Days, question: Question) -> tuple[Results, Results | None]:
    """What these days brought, and those they stand beside, as far as whoever asks may see it."""
    viewer: Identity = signed_in(request)
    other, costs = compared(days, question.beside), sees_costs(viewer)

    async def both(connection: Connection) -> tuple[Results, Results | None]:
        found = await read_results(connection, days, question, viewer.reach(), costs)
        before = await read_results(connection, other, question, viewer.reach(), costs) if other else None
        return found, before

    return await read(request, both)


def _figures(one: Result, key: str, money: bool) -> ChannelFigures:
    return ChannelFigures(
        key,
        one.visits,
        one.visitors,
        one.calls / WHOLE,
        one.answered / WHOLE,
        one.missed / WHOLE,
        one.missed_share,
        one.uniques / WHOLE,
        one.target / WHOLE,
        one.unique_target / WHOLE,
        one.leads / WHOLE,
        one.deals / WHOLE,
        one.rate,
        Decimal(one.revenue) / 100 if money else None,
        Decimal(one.cost) / 100 if one.cost is not None else None,
        one.romi,
        one.lead_cost,
        one.call_cost,
    )
