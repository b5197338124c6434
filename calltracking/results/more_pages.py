"""Behind the report on advertising: the calls of a row, and the report as a file."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
from aiohttp import hdrs, web

from calltracking.costs.asking import sees_costs
from calltracking.results.api import told
from calltracking.results.asking import Question, asked
from calltracking.results.calls import CreditedCall, Cursor, calls_of
from calltracking.results.exporting import columns, table
from calltracking.results.pages import NAMES, PATH, address, asked_kindly, asked_time, named, when_of
from calltracking.results.result import Results
from trunkline.calls.attribution_words import channel_in_words
from trunkline.people.identity import Identity
from trunkline.people.pages.request import now
from trunkline.people.roles import Right
from trunkline.reports.days import Days, asked_days
from trunkline.reports.reading import read
from trunkline.spreadsheet import Cell, as_csv, as_xlsx
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer
from trunkline.web.i18n import gettext, mark
from trunkline.web.paging import decode_cursor, encode_cursor, page_size
from trunkline.web.render import page, reader_of

_SIZE: Final = 50
HEADS: Final[Mapping[str, str]] = {
    "visits": mark("Visits"),
    "calls": mark("Calls"),
    "answered": mark("Answered"),
    "missed": mark("Missed"),
    "unique": mark("Unique"),
    "target": mark("Target calls"),
    "unique_target": mark("Unique target calls"),
    "leads": mark("Leads"),
    "deals": mark("Deals"),
    "revenue": mark("Revenue"),
    "cost": mark("Costs"),
    "cost_per_lead": mark("A lead costs"),
    "romi": "ROMI",
}
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class CreditedCalls(msgspec.Struct, frozen=True):
    """Calls of a row; a page may be short and yet not the last: `next` is null on that."""

    items: list[CreditedCall]
    next: str | None


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(f"{PATH}/calls", show_calls),
        web.get(f"{PATH}.csv", send_csv),
        web.get(f"{PATH}.xlsx", send_xlsx),
        web.get(f"/api/v1{PATH}/calls", tell_calls),
    ]


async def show_calls(request: web.Request) -> web.Response:
    """`GET` the report's address with `&key=&cursor=`: the calls that a row is given something of."""
    days, when = asked_time(request)
    question, key = asked_kindly(request.query), _key(request)
    cursor = decode_cursor(request.query.get("cursor"), Cursor)
    found, following = await _read_calls(request, days, question, key, cursor, _SIZE)
    more = {"key": key} if key else {}
    here = f"{PATH}/calls"
    return page(
        request,
        "results/calls.html",
        calls=found,
        title=(named(question.by)(key) or gettext("not told")) if key is not None else gettext("All rows"),
        rows=gettext(NAMES[question.by]),
        days=days,
        back=address(PATH, when, question),
        next_url=_page(address(here, when, question, **more), key, following) if following else None,
        first_url=_page(address(here, when, question, **more), key, None) if cursor else None,
        shares=question.shares,
        channel_name=channel_in_words,
        may_listen=signed_in(request).holds(Right.RECORDINGS_LISTEN),
    )


async def tell_calls(request: web.Request) -> web.Response:
    """`GET` the same for programs; without `key` those of every row."""
    days = asked_days(request.query, now(), reader_of(request).timezone)
    question, key = asked(request.query), _key(request)
    size, cursor = page_size(request.query.get("limit")), decode_cursor(request.query.get("cursor"), Cursor)
    viewer = signed_in(request)
    found, following = await _read_calls(request, days, question, key, cursor, size)
    if not viewer.holds(Right.RECORDINGS_LISTEN):
        found = [msgspec.structs.replace(one, recorded=False) for one in found]
    return json_answer(CreditedCalls(found, encode_cursor(following) if following else None))


async def _read_calls(
    request: web.Request, days: Days, question: Question, key: str | None, cursor: Cursor | None, size: int
) -> tuple[list[CreditedCall], Cursor | None]:
    reach = signed_in(request).reach()
    return await read(request, lambda connection: calls_of(connection, days, question, key, cursor, size, reach))


async def send_csv(request: web.Request) -> web.Response:
    """`GET` the report's address: its rows as CSV."""
    return await _file(request, "csv", "text/csv; charset=utf-8", as_csv)


async def send_xlsx(request: web.Request) -> web.Response:
    """`GET` the report's address: its rows as a workbook."""
    return await _file(request, "xlsx", _XLSX, as_xlsx)


async def _file(
    request: web.Request, ending: str, kind: str, packed: Callable[[Sequence[Sequence[Cell]]], bytes]
) -> web.Response:
    days = asked_days(when_of(request.query), datetime.now(UTC), reader_of(request).timezone)
    question = asked(request.query)  # a file of other days than were asked for would be taken for right
    found, _before = await told(request, days, question)
    rows = rows_of(found, question, signed_in(request))
    body = await asyncio.to_thread(packed, rows)
    name = f"{question.by.value}-{days.first}-{days.last}.{ending}"
    headers = {
        hdrs.CONTENT_TYPE: kind,
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"',
        hdrs.CACHE_CONTROL: "no-store",
    }
    return web.Response(body=body, headers=headers)


def rows_of(found: Results, question: Question, viewer: Identity) -> list[list[Cell]]:
    """The report as rows of a file, as far as the viewer sees money."""
    money, costs = viewer.holds(Right.MONEY_READ), sees_costs(viewer)
    heads = [gettext(NAMES[question.by]), *(gettext(HEADS[one]) for one in columns(money=money, costs=costs))]
    words = named(question.by)
    rows = table(found, question.by, heads, money=money, costs=costs)
    body = [[words(str(row[0])) or gettext("not told"), *row[1:]] for row in rows[1:-1]]
    return [rows[0], *body, [gettext("All rows"), *rows[-1][1:]]]


def _key(request: web.Request) -> str | None:
    """The row's key; None for the sum of all."""
    key = request.query.get("key")
    return None if key is None else key.replace("\0", "")


def _page(here: str, key: str | None, cursor: Cursor | None) -> str:
    """An address with its cursor; an empty key is one, too: what says nothing."""
    key_part = "&key=" if key == "" else ""
    return f"{here}{key_part}" + (f"&cursor={encode_cursor(cursor)}" if cursor else "")
