"""`/reports`: how many calls were missed, where, when and why."""

from datetime import UTC, datetime

from aiohttp import web

from trunkline.calls.places import queue_names
from trunkline.calls.words import why_missed
from trunkline.db.types import Connection
from trunkline.keys import directory_key
from trunkline.missed.promise import MissedRules
from trunkline.missed.rules import read_rules
from trunkline.reports.days import CHOICES, USUAL, latest
from trunkline.reports.missed import MissedShare
from trunkline.reports.reading import read
from trunkline.reports.store import missed_share
from trunkline.web.auth import signed_in
from trunkline.web.i18n import ngettext
from trunkline.web.render import page, reader_of


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/reports", show_missed)]


async def show_missed(request: web.Request) -> web.Response:
    """`GET ?days=`: the missed share of the last 1, 7, 30 or 90 days, today among them."""
    number = chosen(request)
    days = latest(number, datetime.now(UTC), reader_of(request).timezone)
    reach = signed_in(request).reach()

    async def both(connection: Connection) -> tuple[MissedShare, MissedRules]:
        return await missed_share(connection, days, reach), await read_rules(connection)

    told, rules = await read(request, both)
    return page(
        request,
        "reports/missed.html",
        figures=told,
        queue_name=queue_names(request.app[directory_key].head),
        reasons=[(reason, why_missed(reason), count) for reason, count in told.reasons],
        since=days.first,
        days=number,
        choices=tabs("/reports"),
        until=days.last,
        short_seconds=rules.short_seconds,
    )


def chosen(request: web.Request) -> int:
    """How many days a page shows: one of its tabs."""
    asked = request.query.get("days", "")
    return int(asked) if asked in {str(each) for each in CHOICES} else USUAL


def tabs(path: str) -> list[tuple[str, str]]:
    """The tabs of a page: what they say and where they lead."""
    return [(days_in_words(each), f"{path}?days={each}") for each in CHOICES]


def days_in_words(number: int) -> str:
    """What a tab of so many days says."""
    return ngettext("%(num)s day", "%(num)s days", number) % {"num": number}
