"""What is asked about a file of contacts: what its columns are, whether it goes in, whether it is taken back."""

import asyncio

from aiohttp import web

from trunkline.contacts.columns import FIELDS, Layout
from trunkline.contacts.imports import ImportOptions
from trunkline.contacts.looking import mistake_of
from trunkline.contacts.maps import remember
from trunkline.contacts.run_page import field_names, find, run_page
from trunkline.contacts.running import import_room_key
from trunkline.contacts.runs import Kind, Run, State, begin_undo, cancel_run, commit_run, look_again
from trunkline.keys import settings_key
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import redirect

_TOO_LATE = mark("This import does not wait for that any more.")


def routes(path: str) -> list[web.RouteDef]:
    """Their routes, under the page of the form."""
    return [
        web.get(f"{path}/{{run}}/columns", show_columns),
        web.post(f"{path}/{{run}}/columns", take_columns),
        web.post(f"{path}/{{run}}/commit", commit),
        web.post(f"{path}/{{run}}/cancel", cancel),
        web.post(f"{path}/{{run}}/undo", undo),
    ]


async def show_columns(request: web.Request) -> web.StreamResponse:
    """The columns of a file that waits, to be said anew."""
    run = await find(request, Kind.CONTACTS)
    if run.look is None or run.moves:
        return redirect(request, _path(request, run))
    return await run_page(request, run, _form_path(request), mapping=run.look)


async def take_columns(request: web.Request) -> web.StreamResponse:
    """What each column is; then what the file would do."""
    run = await find(request, Kind.CONTACTS)
    if run.look is None or run.moves:
        return _back(request, run, in_time=False)
    form = await request.post()
    fields = tuple(_field(form.get(f"column-{place}")) for place in range(len(run.look.columns)))
    look = run.look.with_layout(Layout(fields, header="header" in form))
    if mistake := mistake_of(look.layout, field_names()):
        return await run_page(request, run, _form_path(request), 422, mapping=look, mistake=mistake)
    await _require_file(request, run)
    async with transaction(request) as connection:
        waits = await look_again(connection, run.id, look)
    if waits:
        request.app[import_room_key].preview(run.id, _options(run), look)
    return _back(request, run, in_time=waits)


async def commit(request: web.Request) -> web.StreamResponse:
    """Let in what was shown, and nothing else."""
    run = await find(request, Kind.CONTACTS)
    seen = str((await request.post()).get("fingerprint", ""))
    if run.state is not State.PREVIEWED or seen != str(run.fingerprint):
        return redirect(request, _path(request, run), _("Something else is shown by now. Look at it once more."), "bad")
    assert run.look is not None
    assert run.file_hash is not None
    assert run.fingerprint is not None
    await _require_file(request, run)
    after = {"file": run.file_name, "source": run.source, "replace": run.replace_source}
    async with transaction(request) as connection:
        waits = await commit_run(connection, run.id, run.fingerprint)
        if waits:
            await remember(connection, run.look)
            deed = Deed("contacts.imported", "import", str(run.id), after=after)
            await record(connection, actor_of(request), deed, now())
    if waits:
        options = _options(run, expected=run.fingerprint)
        request.app[import_room_key].commit(run.id, options, run.look, run.file_hash)
    return _back(request, run, in_time=waits)


async def cancel(request: web.Request) -> web.StreamResponse:
    """Leave everything as it is."""
    run = await find(request, Kind.CONTACTS)
    async with transaction(request) as connection:
        cancelled = await cancel_run(connection, run.id)
    if not cancelled:
        return _back(request, run, in_time=False)
    await request.app[import_room_key].discard(run.id)
    return redirect(request, _form_path(request), _("Nothing went in."))


async def undo(request: web.Request) -> web.StreamResponse:
    """Take back what went in."""
    run = await find(request, Kind.CONTACTS)
    async with transaction(request) as connection:
        begun = await begin_undo(connection, run.id)
    if begun:
        request.app[import_room_key].undo(run.id, actor_of(request))
    return _back(request, run, in_time=begun)


def _back(request: web.Request, run: Run, *, in_time: bool) -> web.StreamResponse:
    return redirect(request, _path(request, run), "" if in_time else _(_TOO_LATE), "ok" if in_time else "bad")


async def _require_file(request: web.Request, run: Run) -> None:
    """The file lies on the machine that received it."""
    if not await asyncio.to_thread(request.app[import_room_key].upload_path(run.id).is_file):
        here = request.app[settings_key].node
        lost = _("The file is no longer here; send it again.")
        away = _("The file lies on %(node)s; go on there, or send it again.") % {"node": run.node}
        raise web.HTTPConflict(text=lost if run.node == here else away)


def _options(run: Run, expected: int | None = None) -> ImportOptions:
    return ImportOptions(run.source, run.replace_source, expected=expected)


def _field(value: object) -> str:
    return value if isinstance(value, str) and value in FIELDS else ""


def _path(request: web.Request, run: Run) -> str:
    return f"{_form_path(request)}/{run.id}"


def _form_path(request: web.Request) -> str:
    return request.path.rpartition(f"/{request.match_info['run']}/")[0]
