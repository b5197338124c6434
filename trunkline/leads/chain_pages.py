"""`/leads/chain`: what breaks off between call, lead, deal and payment; as a page, as CSV and as a workbook."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from aiohttp import hdrs, web

from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.leads.chain import CHAIN, GOES_ON, MOST_DAYS, MOST_ROWS, Asked, CameTo, Link, chain
from trunkline.leads.words import BEGUN, ENDS, REASONS
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.people.roles import Right
from trunkline.reports.days import asked_days
from trunkline.spreadsheet import Cell, as_csv, as_xlsx
from trunkline.web.auth import signed_in
from trunkline.web.human import phone
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import decode_cursor, first_url
from trunkline.web.render import page, reader_of

HERE: Final = "/leads/chain"
_CHOICES: Final = (1, 7, 30)
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def routes() -> list[web.RouteDef]:
    """The routes of this module; they stand before `/leads/{id}`."""
    return [web.get(HERE, show), web.get(f"{HERE}.csv", send_csv), web.get(f"{HERE}.xlsx", send_xlsx)]


async def show(request: web.Request) -> web.Response:
    """`GET ?days= | ?since=&until=, department=, line=, to=, cursor=`: how many came how far, and which."""
    asked, came_to = _asked(request), _came_to(request)
    after = decode_cursor(request.query.get("cursor"), tuple[datetime, UUID])
    async with transaction(request) as connection:
        found = await chain(connection, asked, came_to, after)
        departments, lines = await _scopes(connection, asked)
    days, query = asked.days, {key: value for key, value in request.query.items() if key not in {"cursor", "to"}}
    url = request.rel_url.with_query(query)
    return page(
        request,
        "leads/chain.html",
        ends=[(one, str(url.update_query(to=one.came_to.value))) for one in found.ends],
        every=str(url),
        total=sum(one.links for one in found.ends),
        broken=sum(one.links for one in found.ends if one.came_to not in GOES_ON),
        links=found.links.rows,
        came_to=came_to.value if came_to else "",
        words={end.value: _(word) for end, word in ENDS.items()},
        goes_on={end.value for end in GOES_ON},
        begun={kind: _(word) for kind, word in BEGUN.items()},
        reasons={key.value: _(word) for key, word in REASONS.items()},
        money=asked.money,
        departments=departments,
        lines=lines,
        values={name: request.query.get(name, "") for name in ("department", "line")},
        days=(days.after - days.first).days,
        choices=[(str(number), _("%(number)s days") % {"number": number}) for number in _CHOICES],
        since=days.first,
        until=days.last,
        files=[]
        if not signed_in(request).holds(Right.CALLS_EXPORT)
        else [(f"{HERE}.csv?{request.query_string}", "CSV"), (f"{HERE}.xlsx?{request.query_string}", "XLSX")],
        next_url=found.links.next_url(request.rel_url),
        first_url=first_url(request.rel_url),
    )


async def send_csv(request: web.Request) -> web.Response:
    """`GET`, asked as the page: the list as CSV."""
    return await _file(request, "csv", "text/csv; charset=utf-8", as_csv)


async def send_xlsx(request: web.Request) -> web.Response:
    """`GET`, asked as the page: the list as a workbook."""
    return await _file(request, "xlsx", _XLSX, as_xlsx)


async def _file(
    request: web.Request, ending: str, kind: str, packed: Callable[[Sequence[Sequence[Cell]]], bytes]
) -> web.Response:
    asked = _asked(request)
    async with transaction(request) as connection:
        found = (await chain(connection, asked, _came_to(request), None, MOST_ROWS)).links
        after = {
            "since": str(asked.days.first),
            "until": str(asked.days.last),
            "rows": len(found.rows),
            "format": ending,
        }
        await record(connection, actor_of(request), Deed("chain.exported", "chain", "leads", None, after), now())
    heads = [_("When"), _("Began with"), _("Number"), _("Our line"), _("Came to"), _("Deal"), _("Paid")]
    rows: list[list[Cell]] = [[*heads], *(_row(one, asked) for one in found.rows)]
    rows = rows if asked.money else [row[:-1] for row in rows]
    headers = {
        hdrs.CONTENT_TYPE: kind,
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="chain-{asked.days.first}-{asked.days.last}.{ending}"',
    }
    return web.Response(body=await asyncio.to_thread(packed, rows), headers=headers)


def _row(one: Link, asked: Asked) -> list[Cell]:
    at = one.at.astimezone(asked.days.zone).strftime("%Y-%m-%d %H:%M")
    return [at, _(BEGUN[one.kind]), phone(one.phone), one.line, _(ENDS[one.came_to]), one.deal, one.paid]


def _asked(request: web.Request) -> Asked:
    """What is asked for; raises InvalidInput."""
    identity = signed_in(request)
    days = asked_days(request.query, datetime.now(UTC), reader_of(request).timezone)
    if (days.after - days.first).days > MOST_DAYS:
        raise InvalidInput(Mistake("days", _("at most %(number)s days at once") % {"number": MOST_DAYS}))
    money = identity.holds(Right.MONEY_READ)
    return Asked(days, identity.reach(), money, _uuid(request, "department"), _uuid(request, "line"))


def _came_to(request: web.Request) -> CameTo | None:
    text = request.query.get("to", "")
    return CameTo(text) if text in set(CameTo) else None


def _uuid(request: web.Request, name: str) -> UUID | None:
    try:
        return UUID(request.query[name]) if request.query.get(name) else None
    except ValueError:
        raise InvalidInput(Mistake(name, _("choose one"))) from None


async def _scopes(connection: Connection, asked: Asked) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Departments and lines to choose from: those of the asker."""
    reach = asked.reach
    every = [("", _("all"))]
    departments = await connection.fetch(CHAIN["departments"], reach.departments)
    lines = await connection.fetch(CHAIN["lines"], reach.lines)
    spelled = [[(str(row["id"]), row["name"]) for row in rows] for rows in (departments, lines)]
    return every + spelled[0], every + spelled[1]
