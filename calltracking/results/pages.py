"""`/reports/channels`: what each channel, source, campaign, page or site brought."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from calltracking.results.result import SURE, TARGET_SECONDS, By, asked_by
from calltracking.results.store import read_results
from trunkline.calls.attribution_words import channel_in_words, page_of
from trunkline.errors import InvalidInput
from trunkline.people.pages.request import transaction
from trunkline.reports.days import CHOICES, latest
from trunkline.reports.pages import chosen, days_in_words
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext, mark
from trunkline.web.render import page, reader_of

PATH: Final = "/reports/channels"
NAMES: Final[Mapping[By, str]] = {
    By.CHANNEL: mark("Channel"),
    By.SOURCE: mark("Source"),
    By.CAMPAIGN: mark("Campaign"),
    By.KEYWORD: mark("Keyword"),
    By.LANDING: mark("Landing page"),
    By.SITE: mark("Site"),
    By.LINE: mark("Line"),
}
_SURE_NAMES: Final[Mapping[str, str]] = {
    "": mark("all calls"),
    "likely": mark("likely, from 50 %"),
    "sure": mark("sure, from 90 %"),
}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(PATH, show_results)]


async def show_results(request: web.Request) -> web.Response:
    """`GET ?days=&by=&sure=`: the table; what an address cannot mean shows the usual one."""
    try:
        by, sure = asked_by(request.query)
        how = request.query.get("sure", "")
    except InvalidInput:
        by, sure, how = By.CHANNEL, 0.0, ""
    number = chosen(request)
    days = latest(number, datetime.now(UTC), reader_of(request).timezone)
    async with transaction(request) as connection:
        found = await read_results(connection, days, by, sure, signed_in(request).reach())

    def address(**more: object) -> str:
        return f"{PATH}?{urlencode({'days': number, 'by': by.value} | ({'sure': how} if how else {}) | more)}"

    return page(
        request,
        "results/channels.html",
        found=found,
        by=by,
        title=gettext(NAMES[by]),
        since=days.first,
        here=address(),
        periods=[(days_in_words(each), address(days=each)) for each in CHOICES],
        dimensions=[(gettext(name), address(by=one.value)) for one, name in NAMES.items()],
        certainties=[(gettext(_SURE_NAMES[one]), address(sure=one)) for one in SURE],
        certainty=address(sure=how),
        named=_named(by),
        target_seconds=TARGET_SECONDS,
    )


def _named(by: By) -> object:
    return {By.CHANNEL: channel_in_words, By.LANDING: page_of}.get(by, str)
