"""`/settings/mailboxes`: which mailboxes are read, how that goes, and what was read of each."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import secret_box_key
from trunkline.mailboxes.mailbox import Mailbox, MailboxFields
from trunkline.mailboxes.problem import WORDS
from trunkline.mailboxes.store import (
    SQL,
    find_mailbox,
    letters_of,
    list_mailboxes,
    remove_mailbox,
    save_mailbox,
)
from trunkline.mailboxes.words import RULES
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_HERE: Final = "/settings/mailboxes"
_LONGEST_FIELD: Final = 20_000
_NAMES: Final = {
    "name": mark("Name"),
    "host": mark("IMAP server"),
    "port": mark("Port"),
    "tls": mark("TLS"),
    "login": mark("Login"),
    "secret": mark("Password"),
    "folder": mark("Folder"),
    "direction": mark("Brand"),
    "department_id": mark("Department"),
    "ignored": mark("Ignored senders"),
    "active": mark("Read"),
}
_EMPTY: Final = dict.fromkeys(_NAMES, "") | {"port": "993", "tls": "on", "folder": "INBOX", "active": "on"}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_HERE, show_list),
        web.post(_HERE, add),
        web.get(f"{_HERE}/{{mailbox}}", show),
        web.post(f"{_HERE}/{{mailbox}}", change),
        web.post(f"{_HERE}/{{mailbox}}/remove", remove),
    ]


async def show_list(request: web.Request) -> web.Response:
    """Every mailbox, and the form for one more."""
    return await _list(request, _EMPTY)


async def add(request: web.Request) -> web.StreamResponse:
    """`POST`: one more; what comes from now on is read."""
    sent = await _sent(request)
    try:
        async with transaction(request) as connection:
            identifier = await _save(request, connection, None, sent)
    except InvalidInput as error:
        return await _list(request, sent, mistakes_of(error))
    return redirect(request, f"{_HERE}/{identifier}", _("Saved. What comes from now on is read, every minute."))


async def show(request: web.Request) -> web.Response:
    """One, with what was read last."""
    return await _page(request)


async def change(request: web.Request) -> web.StreamResponse:
    """`POST`: all of it; an empty password stays as it was."""
    sent = await _sent(request)
    try:
        async with transaction(request) as connection:
            known = await find_mailbox(connection, _asked(request))
            await _save(request, connection, known, sent)
    except InvalidInput as error:
        return await _page(request, sent, mistakes_of(error))
    return redirect(request, f"{_HERE}/{known.id}", _("Saved."))


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: it is read no more; its leads stay."""
    async with transaction(request) as connection:
        await remove_mailbox(connection, await find_mailbox(connection, _asked(request)), actor_of(request), now())
    return redirect(request, _HERE, _("Nothing is read there any more."))


async def _save(request: web.Request, connection: Connection, known: Mailbox | None, sent: Mapping[str, str]) -> UUID:
    told = _fields(sent)
    return await save_mailbox(connection, request.app[secret_box_key], known, told, actor_of(request), now())


async def _sent(request: web.Request) -> dict[str, str]:
    form = await request.post()
    return {name: str(form.get(name, "")).replace("\0", "").strip()[:_LONGEST_FIELD] for name in _NAMES}


def _fields(sent: Mapping[str, str]) -> MailboxFields:
    port = sent["port"]
    department = None
    if sent["department_id"]:
        try:
            department = UUID(sent["department_id"])
        except ValueError:
            raise InvalidInput(Mistake("department_id", _("choose one"))) from None
    return MailboxFields(
        **{name: sent[name] for name in ("name", "host", "login", "secret", "folder", "direction")},
        port=int(port) if port.isascii() and port.isdigit() and len(port) < 6 else 0,
        tls=bool(sent["tls"]),
        department_id=department,
        ignored=tuple(sent["ignored"].split()),
        active=bool(sent["active"]),
    )


def _shown(row: Mailbox) -> dict[str, str]:
    """What the fields show of one."""
    spelled = {name: str(getattr(row, name) or "") for name in _NAMES if name not in {"secret", "ignored"}}
    spelled |= {"tls": "on" if row.tls else "", "active": "on" if row.active else ""}
    return spelled | {"secret": "", "ignored": "\n".join(row.ignored)}


async def _list(
    request: web.Request, values: Mapping[str, str], mistakes: Mapping[str, str] | None = None
) -> web.Response:
    async with transaction(request) as connection:
        rows = await list_mailboxes(connection)
        shared = await _shared(connection, values, mistakes or {})
    return page(request, "mailboxes/list.html", status=422 if mistakes else 200, rows=rows, **shared)


async def _page(
    request: web.Request, sent: Mapping[str, str] | None = None, mistakes: Mapping[str, str] | None = None
) -> web.Response:
    async with transaction(request) as connection:
        row = await find_mailbox(connection, _asked(request))
        letters = await letters_of(connection, row.id)
        shared = await _shared(connection, sent or _shown(row), mistakes or {})
    return page(
        request,
        "mailboxes/mailbox.html",
        status=422 if mistakes else 200,
        row=row,
        letters=letters,
        rules={name: _(word) for name, word in RULES.items()},
        may_see_leads=signed_in(request).holds(Right.LEADS_READ),
        **shared,
    )


async def _shared(connection: Connection, values: Mapping[str, str], mistakes: Mapping[str, str]) -> dict[str, Any]:
    departments = await connection.fetch(SQL["departments"])
    return {
        "values": values,
        "mistakes": {name: mistakes.get(name, "") for name in _NAMES},
        "told": [(name, f"{_(_NAMES[name])}: {said}") for name, said in mistakes.items()],
        "labels": {name: _(word) for name, word in _NAMES.items()},
        "departments": [("", _("none: everybody's")), *((str(row["id"]), row["name"]) for row in departments)],
        "problems": {problem.value: _(word) for problem, word in WORDS.items()},
    }


def _asked(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["mailbox"])
    except ValueError:
        raise NotFound(_("There is no such mailbox.")) from None
