"""`/reports/lines`: how well each line works at its operator."""

from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlencode

from aiohttp import web

from trunkline.reports.causes import UNSENT, cause_in_words
from trunkline.reports.days import Days, latest
from trunkline.reports.pages import chosen, tabs
from trunkline.reports.quality import FEW, SHORT_TALK_SECONDS, USUAL_DAYS, LineQuality, by_operator
from trunkline.reports.reading import read
from trunkline.reports.store import line_quality
from trunkline.web.auth import signed_in
from trunkline.web.render import page, reader_of


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/reports/lines", show_quality)]


async def show_quality(request: web.Request) -> web.Response:
    """`GET ?days=`: lines with their operators over the last 1, 7, 30 or 90 days, each way apart."""
    number = chosen(request)
    days = latest(number, datetime.now(UTC), reader_of(request).timezone)
    told = await read(request, partial(line_quality, days=days, reach=signed_in(request).reach()))
    ways = {way: [one for one in told if one.direction == way] for way in ("in", "out")}
    return page(
        request,
        "reports/lines.html",
        ways=[(way, lines, by_operator(lines)) for way, lines in ways.items() if lines],
        fallen=[one for one in told if one.fell],
        since=days.first,
        days=number,
        choices=tabs("/reports/lines"),
        calls_url=lambda one, **more: calls_url(one, days, **more),
        cause=cause_in_words,
        unsent=UNSENT,
        few=FEW,
        usual_days=USUAL_DAYS,
        short_seconds=SHORT_TALK_SECONDS,
    )


def calls_url(one: LineQuality, days: Days, **more: str) -> str:
    """The list of a line's calls of these days, or those of them that fit `more`; empty where no line is known."""
    if not one.line:
        return ""
    place = {"line": one.line} if one.direction == "in" else {"shown": one.line}
    asked = place | {"direction": one.direction, "since": str(days.first), "until": str(days.last)} | more
    if one.direction == "in":
        asked = {"short": "no", "outcome": "answered,missed"} | asked
    return f"/calls?{urlencode(asked)}"
