"""`/reports/agents` and `/reports/callbacks`: what agents did, and how soon missed clients were called back."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import UUID

from aiohttp import hdrs, web

from trunkline.calls.places import queue_names
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import directory_key
from trunkline.missed.rules import read_rules
from trunkline.people.roles import Right
from trunkline.reports.agents import MOST_DAYS, Work
from trunkline.reports.days import CHOICES, USUAL, Days, asked_days, latest
from trunkline.reports.pages import chosen, tabs
from trunkline.reports.people_store import agent_sheets, callbacks
from trunkline.reports.reading import read
from trunkline.reports.selling import Sales, WideSheet, heads, rows_of, sales_days, widened
from trunkline.spreadsheet import Cell, as_csv, as_xlsx
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, reader_of

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/reports/agents", show_agents),
        web.get("/reports/agents.csv", send_csv),
        web.get("/reports/agents.xlsx", send_xlsx),
        web.get("/reports/callbacks", show_callbacks),
    ]


async def show_agents(request: web.Request) -> web.Response:
    """`GET ?days= | ?since=&until=, person=`: a line an agent, or one's days; who may not read reports sees his own."""
    identity, number = signed_in(request), chosen(request)
    number = number if number <= MOST_DAYS else USUAL
    days = _days(request, number)
    own = not identity.holds(Right.REPORTS_READ)
    only = identity.person if own else _person(request)
    sheets, seconds = await _sheets(request, days, only)
    more = f"&person={only}" if only and not own else ""
    spelled = f"since={days.first}&until={days.last}" if "since" in request.query else f"days={number}"
    return page(
        request,
        "reports/agents.html",
        sheets=sheets,
        one=sheets[0] if only and sheets else None,
        only=only,
        own=own,
        total=sum((sheet.sheet.work for sheet in sheets), Work()),
        sold=sum((sheet.sales for sheet in sheets), Sales()),
        money=identity.holds(Right.MONEY_READ),
        files=[(name.upper(), f"/reports/agents.{name}?{spelled}{more}") for name in ("csv", "xlsx")],
        period=spelled,
        since=days.first,
        until=days.last,
        days=number,
        choices=[(text, href + more) for text, href in tabs("/reports/agents")[: _upto(MOST_DAYS)]],
        here=f"/reports/agents?{spelled}{more}",
        seconds=seconds,
        dates={day: str(day) for sheet in sheets for day, _work, _sales in sheet.days},
    )


async def send_csv(request: web.Request) -> web.Response:
    """`GET ?days= | ?since=&until=, person=`: a row an agent, or one's days, as CSV."""
    return await _file(request, "csv", "text/csv; charset=utf-8", as_csv)


async def send_xlsx(request: web.Request) -> web.Response:
    """`GET`, asked as the CSV: as a workbook."""
    return await _file(request, "xlsx", _XLSX, as_xlsx)


async def _file(
    request: web.Request, ending: str, kind: str, packed: Callable[[Sequence[Sequence[Cell]]], bytes]
) -> web.Response:
    identity, days = signed_in(request), _days(request, USUAL)
    only = _person(request) if identity.holds(Right.REPORTS_READ) else identity.person
    sheets, _seconds = await _sheets(request, days, only)
    money = identity.holds(Right.MONEY_READ)
    rows: list[list[Cell]] = [[*heads(money=money)], *rows_of(sheets, money=money, daily=only is not None)]
    headers = {
        hdrs.CONTENT_TYPE: kind,
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="agents-{days.first}-{days.last}.{ending}"',
    }
    return web.Response(body=await asyncio.to_thread(packed, rows), headers=headers)


async def _sheets(request: web.Request, days: Days, only: UUID | None) -> tuple[list[WideSheet], int]:
    """The sheets, and within how many seconds an answer was in time."""
    identity = signed_in(request)

    async def told(connection: Connection) -> tuple[list[WideSheet], int]:
        seconds = (await read_rules(connection)).answer_seconds
        sheets = await agent_sheets(connection, days, identity, seconds, only)
        return widened(sheets, await sales_days(connection, days, identity, only)), seconds

    return await read(request, told)


def _days(request: web.Request, number: int) -> Days:
    """Those asked for, at most MOST_DAYS; the latest `number` where none are. Raises InvalidInput."""
    at, zone = datetime.now(UTC), reader_of(request).timezone
    if not {"since", "until"} & set(request.query) and request.path == "/reports/agents":
        return latest(number, at, zone)
    days = asked_days(request.query, at, zone)
    if (days.after - days.first).days > MOST_DAYS:
        raise InvalidInput(Mistake("days", _("at most %(number)s days at once") % {"number": MOST_DAYS}))
    return days


async def show_callbacks(request: web.Request) -> web.Response:
    """`GET ?days=`: clients first missed in the last 1, 7, 30 or 90 days."""
    number, now = chosen(request), datetime.now(UTC)
    days = latest(number, now, reader_of(request).timezone)
    told = await read(request, partial(callbacks, days=days, reach=signed_in(request).reach(), now=now))
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
