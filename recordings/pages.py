"""`/recordings`: what was recorded or where it was said, the newest first; and a call's recordings on its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web

from recordings.analyses import tags_of
from recordings.asking import Asked, parse_asked
from recordings.bundling import MOST
from recordings.dictionaries import SQL
from recordings.paused import paused_in
from recordings.reading import SPEAKERS, text_of
from recordings.recording import Recording, Stage, Stop
from recordings.references import asked_for
from recordings.search_store import Found, Hit, search
from recordings.store import Listed, list_recordings, of_call
from recordings.waveform import waveform_of
from trunkline.calls.api import full_call
from trunkline.errors import InvalidInput
from trunkline.people.pages.request import now, transaction
from trunkline.people.roles import Right
from trunkline.reports.reading import read
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext, mark
from trunkline.web.paging import decode_cursor, encode_cursor, first_url, page_of
from trunkline.web.render import page

_SIZE: Final = 50
WHYS: Final = {
    Stop.NO_FOLDER: mark("nobody said where this machine sees the PBX's recordings"),
    Stop.OUTSIDE: mark("its file is not in the PBX's folder of recordings"),
    Stop.MISSING: mark("its file is not there"),
    Stop.EMPTY: mark("the file holds no sound"),
    Stop.UNREADABLE: mark("no sound is found in the file"),
    Stop.FAILED: mark("the work on it failed three times"),
    Stop.UNDELETED: mark("the PBX's folder does not let its file go"),
    Stop.NO_LINK: mark("nobody said how the provider is asked for its link"),
    Stop.LATE: mark("the provider has no sound of it yet"),
    Stop.ENDED: mark("the provider's link to it has ended"),
    Stop.UNREACHED: mark("the provider does not answer as it should"),
    Stop.UNAUTHORISED: mark("the provider does not take our key"),
    Stop.FORBIDDEN: mark("its link leads to an address that nothing is asked of"),
    Stop.TOO_LARGE: mark("it is larger or longer than what is taken in"),
}
_DELETED: Final = mark("it was refused, or its notice not played: what was recorded is deleted")
_NEVER_THERE: Final = mark("it was refused, or its notice not played; the PBX's folder had no such file for a day")


_WAITS: Final = frozenset({Stop.MISSING, Stop.NO_FOLDER, Stop.NO_LINK, Stop.LATE, Stop.UNREACHED})
_NOTHING: Final = Found(())


@dataclass(frozen=True, slots=True)
class _Shown:
    """A page of the list, None where it was searched, and what the search found."""

    rows: Sequence[Listed] | None = None
    found: Found = _NOTHING
    next_url: str | None = None

    @property
    def ids(self) -> list[UUID]:
        """The recordings on it."""
        return [one.recording.id for one in self.rows or [hit.listed for hit in self.found.hits]]


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/recordings", show_list), web.get("/calls/{id}/recordings", show_of_call)]


async def show_list(request: web.Request) -> web.Response:
    """`GET cursor=&q=&by=&tag=&category=`: recordings within reach: all, or where it was said."""
    before = decode_cursor(request.query.get("cursor"), UUID)
    mistakes: dict[str, str] = {}
    shown = _Shown()
    try:
        shown = await _shown(request, parse_asked(request.query), before)
    except InvalidInput as error:
        mistakes = {mistake.path: mistake.message for mistake in error.mistakes}
    async with transaction(request) as connection:
        tags = [row["tag"] for row in await connection.fetch(SQL["tags"])]
        categories = [row["category"] for row in await connection.fetch(SQL["categories"])]
        tagged = await tags_of(connection, shown.ids)
    return page(
        request,
        "recordings/list.html",
        status=400 if mistakes else 200,
        q=request.query.get("q", ""),
        by=request.query.get("by", ""),
        tag=request.query.get("tag", ""),
        tags=[("", gettext("any tag or none")), *((tag, tag) for tag in tags)],
        category=request.query.get("category", ""),
        categories=[("", gettext("any category or none")), *((one, one) for one in categories)],
        tagged=tagged,
        sides=[("", gettext("anybody")), *((end.value, gettext(word)) for end, word in SPEAKERS.items())],
        mistakes=mistakes,
        most=MOST,
        rows=shown.rows,
        found=shown.found,
        place_of=lambda hit: _place(request, hit),
        state_of=state_in_words,
        next_url=shown.next_url,
        first_url=first_url(request.rel_url),
    )


async def _shown(request: web.Request, asked: Asked, before: UUID | None) -> _Shown:
    """What is asked for, older than the recording `before`; raises InvalidInput."""
    reach, sought = signed_in(request).reach(), asked.sought
    if sought is None:
        async with transaction(request) as connection:
            recent = await list_recordings(connection, reach, before, _SIZE + 1, asked.labels)
        rows = page_of(recent, _SIZE, lambda one: one.recording.id)
        return _Shown(rows.rows, next_url=rows.next_url(request.rel_url))
    found = await read(
        request,
        lambda connection: search(connection, sought, asked.end, reach, before, now(), _SIZE, asked.labels),
    )
    if found.before is None:
        return _Shown(found=found)
    return _Shown(found=found, next_url=str(request.rel_url.update_query(cursor=encode_cursor(found.before))))


def _place(request: web.Request, hit: Hit) -> str:
    """The address of the second of the call's page at which it was said."""
    one = hit.listed.recording
    query = {"said": request.query["q"], "by": request.query.get("by", ""), "recording": str(one.id)}
    told = {name: value for name, value in query.items() if value} | {"at": f"{hit.snippet.at:.2f}"}
    return f"/calls/{one.call_id}?{urlencode(told)}#recordings"


async def show_of_call(request: web.Request) -> web.Response:
    """`GET said=&by=&recording=&at=`: a part of the call's page, the words marked, that recording at its second."""
    full = await full_call(request, signed_in(request))
    try:
        asked = parse_asked(request.query, "said")
    except InvalidInput:  # an address that somebody changed: the recordings all the same
        asked = Asked(None, None)
    async with transaction(request) as connection:
        found = await of_call(connection, full.call.id)
        paused = {one.id: await paused_in(connection, one) for one in found}
        asks = await asked_for(connection, [one.id for one in found if one.sent])
        texts = {one.id: await text_of(connection, one, asked.sought, asked.end) for one in found}
    return page(
        request,
        "recordings/of_call.html",
        call=full.call,
        recordings=found,
        texts=texts,
        paused=paused,
        asks=asks,
        begins=_begins(request, found),
        may_hold=Right.SETTINGS_EDIT in signed_in(request).rights,
        may_share=Right.CALLS_EXPORT in signed_in(request).rights,
        state_of=state_in_words,
        waveform_of=waveform_of,
    )


def _begins(request: web.Request, found: Sequence[Recording]) -> dict[UUID, float]:
    """The second at which the recording that the address names begins."""
    try:
        at = float(request.query.get("at", ""))
    except ValueError:
        return {}
    named = [one for one in found if str(one.id) == request.query.get("recording")]
    return {one.id: at for one in named if 0 <= at <= one.seconds}


def state_in_words(one: Recording) -> tuple[str, str]:
    """How it stands, and of which kind the badge is."""
    if one.stage is Stage.EXPIRED:
        return gettext("its time was over: sound and words are gone"), "plain"
    if one.stage is Stage.DELETED:
        return gettext(_NEVER_THERE if one.stop is Stop.MISSING else _DELETED), "plain"
    if one.stage is Stage.REFUSED and one.stop in {None, Stop.MISSING}:
        return gettext("it was refused, or its notice not played: it is being deleted"), "info"
    if one.muting:
        return gettext("a card's number is being hidden in it"), "info"
    if one.stop is not None:
        return gettext(WHYS[one.stop]), "warn" if one.stop in _WAITS else "bad"
    return ("", "ok") if one.is_audible else (gettext("is made ready"), "info")
