"""`/api/v1/reports`: the figures of the pages, for programs."""

from datetime import UTC, date, datetime
from functools import partial

import msgspec
from aiohttp import web

from trunkline.reports.days import Days, asked_days
from trunkline.reports.missed import Count
from trunkline.reports.quality import LineQuality
from trunkline.reports.reading import read
from trunkline.reports.store import line_quality, missed_share
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer
from trunkline.web.render import reader_of


class MissedCount(msgspec.Struct, frozen=True):
    """Incoming calls of one line, queue, hour, or of all; `missed_share` is null where there were none."""

    key: str
    answered: int
    missed: int
    missed_share: float | None
    hung_up_at_once: int
    kept_out: int
    callers: int
    callers_lost: int


class MissedReport(msgspec.Struct, frozen=True):
    """The missed share from one day to another, both included."""

    since: date
    until: date
    total: MissedCount
    lines: list[MissedCount]
    queues: list[MissedCount]
    hours: list[MissedCount]
    reasons: dict[str, int]


class LineFigures(msgspec.Struct, frozen=True):
    """A line with one operator, calls one way. Shares and delays are null where too few calls tell of them.

    `causes` are the Q.850 causes of the unanswered, `failed` how many of those are neither side's doing; delays in
    seconds.
    """

    direction: str
    line: str
    operator: str
    calls: int
    answered: int
    answered_share: float | None
    usual_share: float | None
    fell: bool
    short_talks: int
    failed: int
    causes: dict[str, int]
    post_dial_median: float | None
    post_dial_p95: float | None


class LinesReport(msgspec.Struct, frozen=True):
    """The quality of lines from one day to another, both included."""

    since: date
    until: date
    lines: list[LineFigures]


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/api/v1/reports/missed", show_missed),
        web.get("/api/v1/reports/lines", show_lines),
    ]


async def show_missed(request: web.Request) -> web.Response:
    """`GET ?days= | ?since=&until=`: the missed share."""
    days = _days(request)
    told = await read(request, partial(missed_share, days=days, reach=signed_in(request).reach()))
    return json_answer(
        MissedReport(
            since=days.first,
            until=days.last,
            total=_count(told.total),
            lines=[_count(one) for one in told.lines],
            queues=[_count(one) for one in told.queues],
            hours=[_count(one) for one in told.hours],
            reasons=dict(told.reasons),
        )
    )


async def show_lines(request: web.Request) -> web.Response:
    """`GET ?days= | ?since=&until=`: lines and their operators."""
    days = _days(request)
    told = await read(request, partial(line_quality, days=days, reach=signed_in(request).reach()))
    return json_answer(LinesReport(days.first, days.last, [_figures(one) for one in told]))


def _days(request: web.Request) -> Days:
    return asked_days(request.query, datetime.now(UTC), reader_of(request).timezone)


def _count(one: Count) -> MissedCount:
    return MissedCount(one.key, one.answered, one.missed, one.share, one.short, one.screened, one.callers, one.lost)


def _figures(one: LineQuality) -> LineFigures:
    return LineFigures(
        direction=one.direction,
        line=one.line,
        operator=one.operator,
        calls=one.calls,
        answered=one.answered,
        answered_share=one.ratio,
        usual_share=one.usual.ratio,
        fell=one.fell,
        short_talks=one.short,
        failed=one.failed,
        causes=dict(one.causes),
        post_dial_median=one.delay(0.5),
        post_dial_p95=one.delay(0.95),
    )
