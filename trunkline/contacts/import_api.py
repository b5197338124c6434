"""`/api/v1/imports/{kind}`: a file of contacts or spam numbers sent, shown, let in, given up or taken back."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from aiohttp import hdrs, web

from trunkline.contacts import deciding
from trunkline.contacts.columns import FIELDS, Layout
from trunkline.contacts.looking import mistake_of
from trunkline.contacts.preview import Preview, SpamPreview
from trunkline.contacts.runs import Kind, Run, State, recent_runs
from trunkline.contacts.undo import Undone
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.people.pages.request import transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _

_IMPORTS = "/api/v1/imports/{kind}"
_ONE = f"{_IMPORTS}/{{id}}"
_LATE = "the import does not wait for that; its state says what it waits for"
_OTHER = "something else is shown by now: read the import and decide on its fingerprint"

_NOT_KEPT = "it cannot be undone: only an import that is done, and whose `undo` is `kept`, can be"


class ColumnsBody(msgspec.Struct, forbid_unknown_fields=True):
    """What each column of the file is (docs/directory.md), in its order; empty for one that is not used."""

    fields: Annotated[list[str], msgspec.Meta(min_length=1, max_length=200)]
    header: bool = True


class CommitBody(msgspec.Struct, forbid_unknown_fields=True):
    """The fingerprint that was read: what goes in is what was shown, or nothing."""

    fingerprint: Annotated[str, msgspec.Meta(max_length=20)]


class ProblemTold(msgspec.Struct, frozen=True):
    """What is wrong with a line; `refused`: nothing of it goes in, else it goes in without this cell."""

    line: int
    column: str
    message: str
    refused: bool


class ColumnTold(msgspec.Struct, frozen=True):
    """One column: its heading, some of its values, and what it is taken for."""

    heading: str
    samples: list[str]
    field: str


class ImportTold(msgspec.Struct, frozen=True):
    """One import. `preview` shows some of what would change, `columns` what a file of contacts is made of."""

    id: UUID
    kind: Kind
    source: str
    file_name: str
    replace_source: bool
    state: State
    done: float
    rows: int
    refused: int
    added: int
    changed: int
    unchanged: int
    removed: int
    problem_count: int
    problems: list[ProblemTold]
    ignored_columns: list[str]
    failure: str
    started_at: datetime
    ended_at: datetime | None
    header: bool | None
    columns: list[ColumnTold]
    fingerprint: str | None
    moved: bool
    contacts: Preview | None
    entries: SpamPreview | None
    undo: str
    undone_at: datetime | None
    undone: Undone | None


class ImportList(msgspec.Struct, frozen=True):
    """The newest ten, without what only the import itself tells."""

    items: list[ImportTold]


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_IMPORTS, show_imports),
        web.post(_IMPORTS, receive),
        web.get(_ONE, show_import),
        web.post(f"{_ONE}/columns", say_columns),
        web.post(f"{_ONE}/commit", commit),
        web.post(f"{_ONE}/cancel", cancel),
        web.post(f"{_ONE}/undo", undo),
    ]


async def show_imports(request: web.Request) -> web.Response:
    """`GET`: what was imported lately."""
    async with transaction(request) as connection:
        recent = await recent_runs(connection, _kind(request))
    return json_answer(ImportList([_told(request, run) for run in recent]))


async def receive(request: web.Request) -> web.Response:
    """`POST multipart/form-data` (`file`, `source`?, `replace`?): 202, and it is looked at; nothing goes in yet."""
    kind = _kind(request)
    run = await deciding.receive(request, kind)
    return await _answer(request, run, 202)


async def show_import(request: web.Request) -> web.Response:
    """`GET`: how far it is, what it would do, or what it did."""
    return json_answer(_told(request, await _find(request)))


async def say_columns(request: web.Request) -> web.Response:
    """`POST`: what the columns of a file of contacts are; it is looked at anew (202)."""
    run, body = await _find(request), await read_json(request, ColumnsBody)
    if run.look is None:
        raise web.HTTPConflict(text=_LATE)
    if len(body.fields) != len(run.look.columns):
        raise InvalidInput(Mistake("$.fields", f"must name all {len(run.look.columns)} columns, '' for one not used"))
    if strange := next((field for field in body.fields if field not in {*FIELDS, ""}), None):
        raise InvalidInput(Mistake("$.fields", f"{strange!r} must be one of {', '.join(FIELDS)}, or ''"))
    look = run.look.with_layout(Layout(tuple(body.fields), header=body.header))
    if mistake := mistake_of(look.layout):
        raise InvalidInput(Mistake("$.fields", mistake))
    if not await deciding.say_columns(request, run, look):
        raise web.HTTPConflict(text=_LATE)
    return await _answer(request, run.id, 202)


async def commit(request: web.Request) -> web.Response:
    """`POST`: let in what was shown (202). 409 where it is another thing by now."""
    run, body = await _find(request), await read_json(request, CommitBody)
    if not await deciding.let_in(request, run, body.fingerprint):
        raise web.HTTPConflict(text=_OTHER if run.state is State.PREVIEWED else _LATE)
    return await _answer(request, run.id, 202)


async def cancel(request: web.Request) -> web.Response:
    """`POST`: nothing goes in, and the file is deleted."""
    run = await _find(request)
    if not await deciding.give_up(request, run):
        raise web.HTTPConflict(text=_LATE)
    return await _answer(request, run.id, 200)


async def undo(request: web.Request) -> web.Response:
    """`POST`: take back what went in (202); what somebody has changed since stays."""
    run = await _find(request)
    if not await deciding.take_back(request, run):
        raise web.HTTPConflict(text=_NOT_KEPT)
    return await _answer(request, run.id, 202)


async def _answer(request: web.Request, run: UUID, status: int) -> web.Response:
    kind = _kind(request)
    answer = json_answer(_told(request, await deciding.find(request, kind, str(run))), status)
    answer.headers[hdrs.LOCATION] = f"/api/v1/imports/{kind}/{run}"
    return answer


async def _find(request: web.Request) -> Run:
    return await deciding.find(request, _kind(request), request.match_info["id"])


def _kind(request: web.Request) -> Kind:
    try:
        return Kind(request.match_info["kind"])
    except ValueError:
        raise NotFound(_("There are imports of contacts and of spam.")) from None


def _told(request: web.Request, run: Run) -> ImportTold:
    """The import; debts only to those who may see money."""
    look = run.look
    shown = [] if look is None else [ColumnTold(heading, samples, field) for heading, samples, field in look.shown]
    contacts = run.preview
    if not signed_in(request).holds(Right.MONEY_READ):
        contacts = None if contacts is None else _without_debts(contacts)
        shown = [_masked(column) for column in shown]
    same = {name: getattr(run, name) for name in ImportTold.__struct_fields__ if hasattr(run, name)}
    more = {
        "problems": [ProblemTold(one.line, one.column, one.message, one.refused) for one in run.problems],
        "header": None if look is None else look.header,
        "columns": shown,
        "fingerprint": None if run.state is not State.PREVIEWED else str(run.fingerprint),
        "contacts": contacts,
        "entries": run.spam_preview,
    }
    return ImportTold(**(same | more))


def _without_debts(preview: Preview) -> Preview:
    changed = [
        msgspec.structs.replace(
            one,
            before={name: value for name, value in one.before.items() if name != "overdue"},
            after={name: value for name, value in one.after.items() if name != "overdue"},
        )
        for one in preview.changed
    ]
    return msgspec.structs.replace(preview, changed=changed)


def _masked(column: ColumnTold) -> ColumnTold:
    return msgspec.structs.replace(column, samples=[]) if column.field == "overdue" else column
