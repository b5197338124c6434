"""What is decided about a file, by people and programs alike: sent, columns said, let in, given up, taken back."""

import asyncio
import time
from uuid import UUID

from aiohttp import web

from trunkline.contacts.imports import ImportOptions
from trunkline.contacts.looking import Look
from trunkline.contacts.maps import remember
from trunkline.contacts.running import import_room_key
from trunkline.contacts.runs import (
    Kind,
    Run,
    State,
    begin_undo,
    cancel_run,
    commit_run,
    find_run,
    look_again,
    start_run,
)
from trunkline.contacts.upload import Upload, receive_upload
from trunkline.ids import uuid7
from trunkline.keys import settings_key
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _


async def receive(request: web.Request, kind: Kind) -> UUID:
    """Take the file of a multipart form and begin to look at it; raises InvalidInput and leaves nothing."""
    room, run = request.app[import_room_key], uuid7(time.time())
    most = request.app[settings_key].limits.upload_mb << 20
    upload = await receive_upload(request, room.folder / f"{run}.upload", most)
    await _start(request, run, kind, upload)
    room.preview(run, kind, upload.options)
    return run


async def find(request: web.Request, kind: Kind, identifier: str) -> Run:
    """One import of this kind; raises HTTPNotFound."""
    try:
        wanted = UUID(identifier)
    except ValueError as error:
        raise web.HTTPNotFound(text=_("There is no such import.")) from error
    async with transaction(request) as connection:
        run = await find_run(connection, wanted, kind)
    if run is None:
        raise web.HTTPNotFound(text=_("There is no such import."))
    return run


async def say_columns(request: web.Request, run: Run, look: Look) -> bool:
    """What its columns are; then it is looked at anew. False where nobody waits for that."""
    if run.look is None or run.moves:
        return False
    await _require_file(request, run)
    async with transaction(request) as connection:
        waits = await look_again(connection, run.id, look)
    if waits:
        request.app[import_room_key].preview(run.id, run.kind, _options(run), look)
    return waits


async def let_in(request: web.Request, run: Run, fingerprint: str) -> bool:
    """Let in what was shown, and nothing else. False where something else is shown by now, or nothing."""
    if run.state is not State.PREVIEWED or run.fingerprint is None or fingerprint != str(run.fingerprint):
        return False
    assert run.file_hash is not None
    await _require_file(request, run)
    after = {"file": run.file_name, "source": run.source, "replace": run.replace_source}
    async with transaction(request) as connection:
        waits = await commit_run(connection, run.id, run.fingerprint)
        if waits:
            if run.look is not None:
                await remember(connection, run.look)
            deed = Deed(f"{run.kind}.imported", "import", str(run.id), after=after)
            await record(connection, actor_of(request), deed, now())
    if waits:
        options = _options(run, expected=run.fingerprint)
        request.app[import_room_key].commit(run.id, run.kind, options, run.look, run.file_hash)
    return waits


async def give_up(request: web.Request, run: Run) -> bool:
    """Leave everything as it is. False where it is too late for that."""
    async with transaction(request) as connection:
        cancelled = await cancel_run(connection, run.id)
    if cancelled:
        await request.app[import_room_key].discard(run.id)
    return cancelled


async def take_back(request: web.Request, run: Run) -> bool:
    """Take back what went in. False where it cannot be, or is already."""
    async with transaction(request) as connection:
        begun = await begin_undo(connection, run.id)
    if begun:
        request.app[import_room_key].undo(run.id, actor_of(request))
    return begun


async def _start(request: web.Request, run: UUID, kind: Kind, upload: Upload) -> None:
    try:
        async with transaction(request) as connection:
            await start_run(
                connection,
                run,
                kind,
                upload.options,
                file_name=upload.file_name,
                person=signed_in(request).person,
                node=request.app[settings_key].node,
            )
    except BaseException:
        await asyncio.to_thread(upload.path.unlink, missing_ok=True)
        raise


async def _require_file(request: web.Request, run: Run) -> None:
    """The file lies on the machine that received it."""
    if not await asyncio.to_thread(request.app[import_room_key].upload_path(run.id).is_file):
        here = request.app[settings_key].node
        lost = _("The file is no longer here; send it again.")
        away = _("The file lies on %(node)s; go on there, or send it again.") % {"node": run.node}
        raise web.HTTPConflict(text=lost if run.node == here else away)


def _options(run: Run, expected: int | None = None) -> ImportOptions:
    return ImportOptions(run.source, run.replace_source, expected=expected)
