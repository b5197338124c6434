"""`/reports/agents` and `/reports/callbacks`: what agents did, and how soon missed clients were called back."""

from datetime import UTC, datetime
from uuid import UUID

from aiohttp import web

from trunkline.calls.places import queue_names
from trunkline.errors import NotFound
from trunkline.keys import directory_key
from trunkline.missed.rules import read_rules
from trunkline.people.pages.request import transaction
from trunkline.people.roles import Right
from trunkline.reports.agents import MOST_DAYS, Work
from trunkline.reports.days import CHOICES, USUAL, latest
from trunkline.reports.pages import chosen, tabs
from trunkline.reports.people_store import agent_sheets, callbacks
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, reader_of


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/reports/agents", show_agents), web.get("/reports/callbacks", show_callbacks)]


async def show_agents(request: web.Request) -> web.Response:
    """`GET ?days=&person=`: a line an agent, or one agent's days; who may not read reports sees his own."""
    identity, number = signed_in(request), chosen(request)
    number = number if number <= MOST_DAYS else USUAL
    days = latest(number, datetime.now(UTC), reader_of(request).timezone)
    own = not identity.holds(Right.REPORTS_READ)
    only = identity.person if own else _person(request)
    async with transaction(request) as connection:
        seconds = (await read_rules(connection)).answer_seconds
        sheets = await agent_sheets(connection, days, identity, seconds, only)
    more = f"&person={only}" if only and not own else ""
    return page(
        request,
        "reports/agents.html",
        sheets=sheets,
        one=sheets[0] if only and sheets else None,
        only=only,
        own=own,
        total=sum((sheet.work for sheet in sheets), Work()),
        since=days.first,
        until=days.last,
        days=number,
        choices=[(text, href + more) for text, href in tabs("/reports/agents")[: _upto(MOST_DAYS)]],
        here=f"/reports/agents?days={number}{more}",
        seconds=seconds,
        dates={day: str(day) for sheet in sheets for day, _work in sheet.days},
    )


async def show_callbacks(request: web.Request) -> web.Response:
    """`GET ?days=`: clients first missed in the last 1, 7, 30 or 90 days."""
    number, now = chosen(request), datetime.now(UTC)
    days = latest(number, now, reader_of(request).timezone)
    async with transaction(request) as connection:
        told = await callbacks(connection, days, signed_in(request).reach(), now)
    return page(
        request,
        "reports/callbacks.html",
        figures=told,
        queue_name=queue_names(request.app[directory_key].head),
        since=days.first,
        days=number,
        choices=tabs("/reports/callbacks"),
        calendar=[(one, datetime.fromisoformat(one.key).date()) for one in told.days],
    )


def _upto(most: int) -> int:
    return sum(each <= most for each in CHOICES)


def _person(request: web.Request) -> UUID | None:
    text = request.query.get("person", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound(_("There is no such person.")) from None
