"""`/api/v1/reports/channels`: the figures of the page, for programs."""

from datetime import UTC, date, datetime

import msgspec
from aiohttp import web

from calltracking.results.result import Result, asked_by
from calltracking.results.store import read_results
from trunkline.keys import pool_key
from trunkline.reports.days import asked_days
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer
from trunkline.web.render import reader_of


class ChannelFigures(msgspec.Struct, frozen=True):
    """What one channel, source or page brought; shares are null where nothing can be divided by."""

    key: str
    visits: int
    visitors: int
    calls: int
    callers: int
    answered: int
    missed: int
    missed_share: float | None
    target: int
    calls_per_visit: float | None


class ChannelsReport(msgspec.Struct, frozen=True):
    """Visits and calls from one day to another, both included, by `by`."""

    since: date
    until: date
    by: str
    total: ChannelFigures
    rows: list[ChannelFigures]
    unexplained_calls: int
    unexplained_share: float | None


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/api/v1/reports/channels", show_channels)]


async def show_channels(request: web.Request) -> web.Response:
    """`GET ?days=` or `?since=&until=`, `&by=&sure=`."""
    days = asked_days(request.query, datetime.now(UTC), reader_of(request).timezone)
    by, sure = asked_by(request.query)
    async with request.app[pool_key].acquire() as connection:
        found = await read_results(connection, days, by, sure, signed_in(request).reach())
    return json_answer(
        ChannelsReport(
            days.first,
            days.last,
            by.value,
            _figures(found.total, ""),
            [_figures(one, one.key) for one in found.rows],
            found.unexplained,
            found.unexplained_share,
        )
    )


def _figures(one: Result, key: str) -> ChannelFigures:
    return ChannelFigures(
        key,
        one.visits,
        one.visitors,
        one.calls,
        one.callers,
        one.answered,
        one.missed,
        one.missed_share,
        one.target,
        one.rate,
    )
