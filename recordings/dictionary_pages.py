"""`/recordings/dictionaries`: phrases that give recordings their tags; a dictionary is tried before it is saved."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from aiohttp import web

from recordings.analyses import SQL, try_dictionary
from recordings.dictionaries import find_dictionary, list_dictionaries, move_up, remove_dictionary, save_dictionary
from recordings.dictionary import ANY, LONGEST_NAME, LONGEST_TAG, Dictionary
from recordings.reading import SPEAKERS
from recordings.store import list_recordings
from trunkline.errors import InvalidInput, NotFound
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.keys import pool_key
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_HERE: Final = "/recordings/dictionaries"
_TRIED: Final = 200
"""The newest recordings that a dictionary is tried on: some two seconds of work at most."""
_SHOWN: Final = 10
_NAMES: Final = {
    "name": mark("Name"),
    "tag": mark("Tag"),
    "category": mark("Category"),
    "side": mark("Who says it"),
    "said": mark("Said: one of"),
    "also": mark("And also: one of"),
    "unsaid": mark("And none of"),
}
_Outcome = Mapping[str, object]
_UNTRIED: _Outcome = {"found": None, "tried": 0}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_HERE, show_list),
        web.post(_HERE, save),
        web.get(f"{_HERE}/{{dictionary}}", show_one),
        web.post(f"{_HERE}/{{dictionary}}", save),
        web.post(f"{_HERE}/{{dictionary}}/up", put_before),
        web.post(f"{_HERE}/{{dictionary}}/remove", remove),
    ]


async def show_list(request: web.Request) -> web.Response:
    """`GET`: all, the first that decides the category first."""
    async with transaction(request) as connection:
        dictionaries = await list_dictionaries(connection)
        waiting = await connection.fetchval(SQL["count_outdated"])
    return page(request, "recordings/dictionaries.html", dictionaries=dictionaries, waiting=waiting, sides=_sides())


async def show_one(request: web.Request) -> web.Response:
    """`GET`: the form of one, or at `/new` of a new one."""
    if request.match_info["dictionary"] == "new":
        return _form(request, Dictionary("", ""))
    async with transaction(request) as connection:
        one = await find_dictionary(connection, _id(request))
    if one is None:
        raise _nothing()
    return _form(request, one)


async def save(request: web.Request) -> web.StreamResponse:
    """`POST` the fields of a form: save it, or with `try` tell which of the newest recordings it would tag."""
    sent = await request.post()
    fields = {name: str(sent.get(name, "")).replace("\0", "").replace("\r\n", "\n").strip() for name in _NAMES}
    one = Dictionary(**fields, id=_id(request) if "dictionary" in request.match_info else UUID(int=0))
    try:
        if "try" in sent:
            return _form(request, one, outcome=await _tried(request, one))
        await _save(request, one)
    except InvalidInput as error:
        return _form(request, one, mistakes_of(error))
    return redirect(request, _HERE, _("Saved. Recordings are tagged anew, the newest first."))


async def put_before(request: web.Request) -> web.StreamResponse:
    """`POST`: it decides the category before the one above it."""
    async with transaction(request) as connection:
        if await move_up(connection, _jobs(request), _id(request)):
            deed = Deed("dictionary.moved", "dictionary", request.match_info["dictionary"])
            await record(connection, actor_of(request), deed, now())
    return redirect(request, _HERE, _("Saved. Recordings are tagged anew, the newest first."))


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: its tag goes from recordings, unless another one gives it."""
    async with transaction(request) as connection:
        name = await remove_dictionary(connection, _jobs(request), _id(request))
        if name is None:
            raise _nothing()
        deed = Deed("dictionary.removed", "dictionary", request.match_info["dictionary"], before={"name": name})
        await record(connection, actor_of(request), deed, now())
    return redirect(request, _HERE, _("Removed. Recordings are tagged anew, the newest first."))


async def _save(request: web.Request, one: Dictionary) -> None:
    told = {name: getattr(one, name) for name in _NAMES}
    async with transaction(request) as connection:
        before = await find_dictionary(connection, one.id)
        identifier = await save_dictionary(connection, _jobs(request), one, now().timestamp())
        if identifier is None:
            raise _nothing()
        was = None if before is None else {name: getattr(before, name) for name in _NAMES}
        action = "dictionary.added" if before is None else "dictionary.changed"
        await record(connection, actor_of(request), Deed(action, "dictionary", str(identifier), was, told), now())


async def _tried(request: web.Request, one: Dictionary) -> _Outcome:
    async with transaction(request) as connection:
        newest = await list_recordings(connection, signed_in(request).reach(), None, _TRIED)
        found = await try_dictionary(connection, one, [listed.recording for listed in newest])
    at = {listed.recording.id: listed.started_at for listed in newest}
    shown = [(recording, tag, at[recording.id]) for recording, tag in found[:_SHOWN]]
    return {"found": len(found), "tried": len(newest), "shown": shown}


def _form(
    request: web.Request, one: Dictionary, mistakes: Mapping[str, str] | None = None, outcome: _Outcome = _UNTRIED
) -> web.Response:
    wrong = mistakes or {}
    return page(
        request,
        "recordings/dictionary.html",
        status=422 if wrong else 200,
        one=one,
        is_new=not one.id.int,
        sides=_sides(),
        longest_name=LONGEST_NAME,
        longest_tag=LONGEST_TAG,
        mistakes=wrong,
        told=[(name, f"{_(_NAMES[name])}: {message}") for name, message in wrong.items()],
        **outcome,
    )


def _sides() -> list[tuple[str, str]]:
    return [(ANY, _("anybody")), *((end.value, _(word)) for end, word in SPEAKERS.items())]


def _jobs(request: web.Request) -> PgQueuerJobs:
    return PgQueuerJobs(request.app[pool_key], None)


def _id(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["dictionary"])
    except ValueError:
        raise _nothing() from None


def _nothing() -> NotFound:
    return NotFound(_("There is no such dictionary."))
