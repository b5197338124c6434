"""The page of one import, in whatever state it is."""

import asyncio
from typing import Final

from aiohttp import web

from trunkline.contacts.looking import Look
from trunkline.contacts.problem_words import said
from trunkline.contacts.running import import_room_key
from trunkline.contacts.runs import Run, State
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page

_FIELD_NAMES: Final = {
    "phone": mark("Number"),
    "name": mark("Name"),
    "company": mark("Company"),
    "city": mark("City"),
    "class": mark("Class"),
    "responsible": mark("Responsible"),
    "deputy": mark("Deputy"),
    "vip": mark("VIP"),
    "overdue": mark("Overdue"),
    "external_id": mark("Code"),
    "email": mark("E-mail"),
    "note": mark("Note"),
}


def field_names() -> dict[str, str]:
    """The reader's words for fields."""
    return {field: _(name) for field, name in _FIELD_NAMES.items()}


async def run_page(
    request: web.Request, run: Run, path: str, status: int = 200, *, mapping: Look | None = None, mistake: str = ""
) -> web.Response:
    """The page of an import; with `mapping` its columns are asked for, and `mistake` says what is wrong with them."""
    look = mapping or (run.look if run.state is State.MAPPING else None)
    return page(
        request,
        "contacts/run.html",
        status=status,
        run=run,
        path=path,
        mapping=look,
        mistake=mistake,
        said=lambda message: said(message, _),
        field_names=field_names(),
        may_see_money=signed_in(request).holds(Right.MONEY_READ),
        has_report=await asyncio.to_thread(request.app[import_room_key].report_path(run.id).is_file),
    )
