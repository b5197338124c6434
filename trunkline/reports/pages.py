"""`/reports`: how many calls were missed, where, when and why."""

from datetime import UTC, datetime, time, timedelta

from aiohttp import web

from trunkline.calls.words import why_missed
from trunkline.people.pages.request import transaction
from trunkline.reports.missed import SHORT_SECONDS
from trunkline.reports.store import missed_share
from trunkline.web.auth import signed_in
from trunkline.web.i18n import ngettext
from trunkline.web.render import page, reader_of

DAYS = (1, 7, 30, 90)
_USUAL = 7


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/reports", show_missed)]


async def show_missed(request: web.Request) -> web.Response:
    """`GET ?days=`: the missed share of the last 1, 7, 30 or 90 days, today among them."""
    asked = request.query.get("days", "")
    days = int(asked) if asked in {str(each) for each in DAYS} else _USUAL
    zone = reader_of(request).timezone
    today = datetime.now(UTC).astimezone(zone).date()
    since = datetime.combine(today - timedelta(days=days - 1), time(), zone)
    until = datetime.combine(today + timedelta(days=1), time(), zone)
    async with transaction(request) as connection:
        told = await missed_share(connection, since, until, zone.key, signed_in(request).reach())
    return page(
        request,
        "reports/missed.html",
        told=told,
        reasons=[(why_missed(reason), count) for reason, count in told.reasons],
        since=since.date(),
        days=days,
        choices=[(_days(each), f"/reports?days={each}") for each in DAYS],
        short_seconds=SHORT_SECONDS,
    )


def _days(number: int) -> str:
    return ngettext("%(num)s day", "%(num)s days", number) % {"num": number}
