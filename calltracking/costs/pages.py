"""`/reports/costs`: what advertising cost, day by day, and files of costs on their way in."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from calltracking.channels.source import Channel
from calltracking.costs.asking import refuse_others
from calltracking.costs.cost import FIELDS, lawful_vat
from calltracking.costs.files import MOST_BYTES, keep_file, look_again, look_at, receive
from calltracking.costs.store import (
    CostFile,
    content_of,
    drop_file,
    find_file,
    let_in,
    list_costs,
    recent_files,
    show_file,
    some_staged,
    sum_costs,
    undo_file,
)
from trunkline.calls.attribution_words import channel_in_words
from trunkline.contacts.problem_words import said
from trunkline.errors import InvalidInput, NotFound
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.people.roles import Right
from trunkline.reports.days import latest
from trunkline.reports.pages import chosen, tabs
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.paging import decode_cursor, first_url, page_of
from trunkline.web.render import page, reader_of, redirect

PATH: Final = "/reports/costs"
_SIZE: Final = 50
_TOO_LATE: Final = mark("This file is no longer waiting. Look at what became of it.")
FIELD_NAMES: Final[Mapping[str, str]] = {
    "date": mark("Day"),
    "source": mark("Source"),
    "channel": mark("Channel"),
    "campaign": mark("Campaign"),
    "keyword": mark("Keyword"),
    "city": mark("City"),
    "gross": mark("Amount with VAT"),
    "net": mark("Amount without VAT"),
    "vat": mark("Rate of VAT"),
}
_NOTHING: Mapping[str, str] = {}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(PATH, show_costs),
        web.post(f"{PATH}/files", receive_file),
        web.get(f"{PATH}/files/{{file}}", show_one),
        web.post(f"{PATH}/files/{{file}}/columns", take_columns),
        web.post(f"{PATH}/files/{{file}}/commit", commit),
        web.post(f"{PATH}/files/{{file}}/cancel", cancel),
        web.post(f"{PATH}/files/{{file}}/undo", undo),
    ]


async def show_costs(request: web.Request) -> web.Response:
    """`GET ?days=&cursor=`: costs, the latest day first, and the form for a file."""
    refuse_others(request)
    return await _list(request)


async def receive_file(request: web.Request) -> web.StreamResponse:
    """`POST`: look at a file; nothing of it goes in yet."""
    refuse_others(request)
    sent = None
    try:
        sent = await receive(request)
        looked = await look_at(sent)
        async with transaction(request) as connection:
            file = await keep_file(connection, sent, looked, signed_in(request).person)
    except InvalidInput as error:
        return await _list(request, mistakes_of(error), sent.fields if sent else _NOTHING)
    return redirect(request, f"{PATH}/files/{file}")


async def show_one(request: web.Request) -> web.Response:
    """One file: what it would bring in, or what it did."""
    refuse_others(request)
    return await _page(request, await _asked(request))


async def take_columns(request: web.Request) -> web.StreamResponse:
    """`POST`: the columns and the rate as somebody says them."""
    refuse_others(request)
    file, form = await _asked(request), await request.post()
    fields = [_field(form.get(f"column-{place}")) for place in range(len(file.head.headings))]
    async with transaction(request) as connection:
        content = await content_of(connection, file.id)
    if content is None:
        return _back(request, file, in_time=False)
    try:
        looked = await look_again(file, content, fields, str(form.get("vat", "")).replace("\0", "").strip())
    except InvalidInput as error:
        return await _page(request, file, mistakes_of(error))
    async with transaction(request) as connection:
        here = await content_of(connection, file.id) is not None
        if here:
            await show_file(connection, file.id, fields, looked.defaults.vat, looked.found, looked.failure)
    return _back(request, file, in_time=here)


async def commit(request: web.Request) -> web.StreamResponse:
    """`POST`: let in what was shown."""
    refuse_others(request)
    file = await _asked(request)
    if file.failure or not file.rows:
        return _back(request, file, in_time=False)
    async with transaction(request) as connection:
        effect = await let_in(connection, file.id)
        if effect is not None:
            after = {"file": file.file_name, "rows": file.rows, "added": effect.added, "changed": effect.changed}
            await record(connection, actor_of(request), Deed("costs.let_in", "costs", str(file.id), after=after), now())
    return _back(request, file, in_time=effect is not None)


async def cancel(request: web.Request) -> web.StreamResponse:
    """`POST`: leave everything as it is."""
    refuse_others(request)
    file = await _asked(request)
    async with transaction(request) as connection:
        dropped = await drop_file(connection, file.id)
    return redirect(request, PATH, _("Nothing went in.")) if dropped else _back(request, file, in_time=False)


async def undo(request: web.Request) -> web.StreamResponse:
    """`POST`: take back what went in."""
    refuse_others(request)
    file = await _asked(request)
    async with transaction(request) as connection:
        kept = await undo_file(connection, file.id)
        if kept is not None:
            after = {"file": file.file_name, "kept": kept}
            await record(connection, actor_of(request), Deed("costs.undone", "costs", str(file.id), after=after), now())
    return _back(request, file, in_time=kept is not None)


async def _asked(request: web.Request) -> CostFile:
    try:
        identifier = UUID(request.match_info["file"])
    except ValueError:
        raise NotFound(_("There is no such file.")) from None
    async with transaction(request) as connection:
        file = await find_file(connection, identifier)
    if file is None:
        raise NotFound(_("There is no such file."))
    return file


async def _list(
    request: web.Request, mistakes: Mapping[str, str] = _NOTHING, sent: Mapping[str, str] = _NOTHING
) -> web.Response:
    days = latest(chosen(request), datetime.now(UTC), reader_of(request).timezone)
    after = decode_cursor(request.query.get("cursor"), tuple[date, UUID])
    async with transaction(request) as connection:
        found = page_of(await list_costs(connection, days, after, _SIZE + 1), _SIZE, lambda row: (row.day, row.mark))
        gross, net, rows = await sum_costs(connection, days)
        files = await recent_files(connection)
    fields = ("file", "source", "channel", "city", "vat")
    return page(
        request,
        "costs/list.html",
        status=422 if mistakes else 200,
        rows=found.rows,
        next_url=found.next_url(request.url),
        first_url=first_url(request.url),
        gross=gross / 100,
        net=net / 100,
        total=rows,
        files=files,
        periods=tabs(PATH),
        here=f"{PATH}?days={chosen(request)}",
        channels=[("", _("as the file says")), *((one.value, channel_in_words(one)) for one in Channel)],
        channel_name=channel_in_words,
        sent={name: sent.get(name, f"{lawful_vat(days.last)} %" if name == "vat" else "") for name in fields},
        mistakes={name: mistakes.get(name, "") for name in fields},
        told=[(name, message) for name, message in mistakes.items()],
        most_mb=MOST_BYTES >> 20,
        may_tell=signed_in(request).holds(Right.SITES_EDIT),
    )


async def _page(request: web.Request, file: CostFile, mistakes: Mapping[str, str] = _NOTHING) -> web.Response:
    async with transaction(request) as connection:
        some = await some_staged(connection, file.id)
    values: dict[str, Any] = {"file": file, "rows": some, "told": list(mistakes.items())}
    return page(
        request,
        "costs/file.html",
        status=422 if mistakes else 200,
        **values,
        path=f"{PATH}/files/{file.id}",
        vat_mistake=mistakes.get("vat", ""),
        field_names={name: _(word) for name, word in FIELD_NAMES.items()},
        channel_name=channel_in_words,
        said=lambda message: said(message, _),
        may_tell=signed_in(request).holds(Right.SITES_EDIT),
    )


def _back(request: web.Request, file: CostFile, *, in_time: bool) -> web.StreamResponse:
    return redirect(request, f"{PATH}/files/{file.id}", "" if in_time else _(_TOO_LATE), "ok" if in_time else "bad")


def _field(value: object) -> str:
    return value if isinstance(value, str) and value in FIELDS.values() else ""
