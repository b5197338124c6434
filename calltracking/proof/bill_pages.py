"""`/reports/proof/bills`: bills of operators, call by call; and the calls that only one side knows."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from calltracking.costs.files import MOST_BYTES, receive
from calltracking.proof.bill import NAMES
from calltracking.proof.bill_store import (
    Bill,
    compare,
    content_of,
    keep_bill,
    keep_calls,
    list_bills,
    look_at,
    remove_bill,
)
from calltracking.proof.pages import PATH, sees_everything, site_asked
from calltracking.proof.store import sites_seen
from calltracking.results.pages import asked_time
from trunkline.contacts.problem_words import said
from trunkline.errors import Forbidden, InvalidInput, NotFound
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, reader_of, redirect

BILLS: Final = f"{PATH}/bills"
_MOST_SHOWN: Final = 500
FIELD_NAMES: Final[Mapping[str, str]] = {
    "date": mark("Day, or day and time"),
    "time": mark("Time of day"),
    "number": mark("Number that was called"),
    "client": mark("Number of the caller"),
    "seconds": mark("Duration"),
    "direction": mark("Direction"),
}
_NOTHING: Mapping[str, str] = {}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(BILLS, show_bills),
        web.post(BILLS, receive_bill),
        web.get(f"{BILLS}/{{bill}}", show_bill),
        web.post(f"{BILLS}/{{bill}}/columns", take_columns),
        web.post(f"{BILLS}/{{bill}}/remove", remove),
        web.get(f"{PATH}/differences", show_differences),
    ]


def refuse_narrow(request: web.Request) -> None:
    """Raises Forbidden for who sees a part of the company: a bill is of all of it."""
    if not sees_everything(signed_in(request)):
        raise Forbidden(_("Bills are seen by who sees every line and department."))


async def show_bills(request: web.Request) -> web.Response:
    """`GET`: the bills sent lately, and the form for one."""
    refuse_narrow(request)
    return await _list(request)


async def receive_bill(request: web.Request) -> web.StreamResponse:
    """`POST`: a file is read with its columns by their headings."""
    refuse_narrow(request)
    try:
        sent = await receive(request)
        head, fields, report = await look_at(sent.content, reader_of(request).timezone, None)
    except InvalidInput as error:
        return await _list(request, mistakes_of(error))
    async with transaction(request) as connection:
        bill = await keep_bill(connection, sent, head, signed_in(request).person)
        await keep_calls(connection, bill, fields, report)
        after = {"file": sent.file_name, "calls": len(report.calls)}
        await record(connection, actor_of(request), Deed("bill.sent", "bill", str(bill), after=after), now())
    return redirect(request, f"{BILLS}/{bill}")


async def show_bill(request: web.Request) -> web.Response:
    """One bill: what it holds, and its columns."""
    refuse_narrow(request)
    return _page(request, await _asked(request))


async def take_columns(request: web.Request) -> web.StreamResponse:
    """`POST`: the columns as somebody says them; the file is read anew."""
    refuse_narrow(request)
    bill, form = await _asked(request), await request.post()
    fields = [_field(form.get(f"column-{place}")) for place in range(len(bill.head.headings))]
    async with transaction(request) as connection:
        content = await content_of(connection, bill.id)
    if content is None:
        raise NotFound(_("There is no such bill."))
    _head, said_so, report = await look_at(content, reader_of(request).timezone, fields)
    async with transaction(request) as connection:
        if await content_of(connection, bill.id) is None:  # thrown away while it was read
            raise NotFound(_("There is no such bill."))
        await keep_calls(connection, bill.id, said_so, report)
    return redirect(request, f"{BILLS}/{bill.id}", _("Read anew."))


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: throw the bill away with its calls."""
    refuse_narrow(request)
    bill = await _asked(request)
    async with transaction(request) as connection:
        name = await remove_bill(connection, bill.id)
        if name is not None:
            deed = Deed("bill.removed", "bill", str(bill.id), {"file": name, "calls": bill.calls})
            await record(connection, actor_of(request), deed, now())
    return redirect(request, BILLS, _("The bill is thrown away."))


async def show_differences(request: web.Request) -> web.Response:
    """`GET ?site=&since=&until=&number=`: the calls to a line that only one side knows."""
    refuse_narrow(request)
    days, _when = asked_time(request)
    async with transaction(request) as connection:
        site = site_asked(request, await sites_seen(connection, signed_in(request).reach()))
        lines, covered = await compare(connection, site.id, days) if site else ([], [])
    line = next((one for one in lines if one.number == request.query.get("number")), None)
    if site is None or line is None:
        raise NotFound(_("No bill of these days has such a line."))
    return page(
        request,
        "proof/differences.html",
        line=line,
        theirs=line.only_theirs[:_MOST_SHOWN],
        ours=line.only_ours[:_MOST_SHOWN],
        covered=covered,
        back=f"{PATH}?site={site.key}&since={days.first}&until={days.last}",
    )


async def _asked(request: web.Request) -> Bill:
    try:
        identifier = UUID(request.match_info["bill"])
    except ValueError:
        raise NotFound(_("There is no such bill.")) from None
    async with transaction(request) as connection:
        for bill in await list_bills(connection, reader_of(request).timezone.key, identifier):
            return bill
    raise NotFound(_("There is no such bill."))


async def _list(request: web.Request, mistakes: Mapping[str, str] = _NOTHING) -> web.Response:
    async with transaction(request) as connection:
        bills = await list_bills(connection, reader_of(request).timezone.key)
    return page(
        request,
        "proof/bills.html",
        status=422 if mistakes else 200,
        bills=bills,
        mistake=mistakes.get("file", ""),
        told=list(mistakes.items()),
        most_mb=MOST_BYTES >> 20,
        may_send=signed_in(request).holds(Right.SITES_EDIT),
    )


def _page(request: web.Request, bill: Bill) -> web.Response:
    values: dict[str, Any] = {"bill": bill, "path": f"{BILLS}/{bill.id}"}
    names = {name: _(FIELD_NAMES[name]) for name in NAMES}
    return page(request, "proof/bill.html", **values, field_names=names, said=lambda message: said(message, _))


def _field(value: object) -> str:
    return value if isinstance(value, str) and value in NAMES else ""
