"""`/api/v1/recordings`: the list and the search over what was said, one recording, and its words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from aiohttp import hdrs, web

from recordings.analyses import tags_of
from recordings.asking import parse_asked
from recordings.dictionary import Tag, Tagged
from recordings.exporting import TranscriptTold, told_of
from recordings.hiding import Kind
from recordings.listening import note_exported, readable, within_reach
from recordings.paused import paused_in
from recordings.reading import text_of
from recordings.recording import Recording, Stage, Stop
from recordings.redactions import hidden_in
from recordings.references import Asked, asked_for
from recordings.search_store import Hit, search
from recordings.store import Listed, list_recordings
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.people.pages.request import now, transaction
from trunkline.reports.reading import read
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer
from trunkline.web.i18n import gettext
from trunkline.web.paging import decode_cursor, encode_cursor, page_of, page_size

_FIELDS: Final = ("q", "by", "tag", "category", "limit", "cursor")
_MOST_HITS: Final = 50


class Excerpt(msgspec.Struct, frozen=True):
    """Where it was said first, in seconds, and the words around it."""

    at: float
    text: str


class RecordingRow(msgspec.Struct, frozen=True):
    """A recording and what tells of its call. `found`: where what was searched for was said."""

    id: UUID
    call_id: UUID
    started_at: datetime
    direction: str
    client: str
    dialled: str
    answered_by: str
    stage: Stage
    stop: Stop | None
    seconds: float
    channels: int
    size: int
    found: Excerpt | None = None
    category: str = ""
    tags: list[str] = []


class RecordingPage(msgspec.Struct, frozen=True):
    """A page of the list. With `back_to` a search stopped there for time: `next` goes on, whatever was found."""

    items: list[RecordingRow]
    next: str | None
    back_to: datetime | None = None


class HiddenTold(msgspec.Struct, frozen=True):
    """How many numbers of cards and codes are hidden; `muting`: nobody may hear it until it is silenced there."""

    card: int
    code: int
    muting: bool


class PauseTold(msgspec.Struct, frozen=True):
    """From which second to which it was paused: there is silence."""

    since: float
    until: float


class RecordingDetail(msgspec.Struct, frozen=True):
    """One recording; `sha256` of its Opus in hex, empty until it is kept."""

    id: UUID
    call_id: UUID
    pbx: str
    leg: str
    file: str
    stage: Stage
    stop: Stop | None
    told: str
    codec: str
    rate: int
    channels: int
    seconds: float
    size: int
    sha256: str
    category: str
    tags: list[Tag]
    hidden: HiddenTold
    paused: list[PauseTold]
    asked_for: Asked | None = None
    """Where a provider has it."""


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/api/v1/recordings", show_list),
        web.get("/api/v1/recordings/{id}", show_one),
        web.get("/api/v1/recordings/{id}/transcript", show_transcript),
    ]


async def show_list(request: web.Request) -> web.Response:
    """`GET q=&by=&tag=&category=&limit=&cursor=`: a page of recordings within reach."""
    if unknown := sorted(set(request.query) - set(_FIELDS)):
        known = ", ".join(_FIELDS)
        raise InvalidInput(*(Mistake(name, gettext("is not known; there are %s") % known) for name in unknown))
    asked, limit = parse_asked(request.query), page_size(request.query.get("limit"))
    before, reach = decode_cursor(request.query.get("cursor"), UUID), signed_in(request).reach()
    sought = asked.sought
    if sought is None:
        async with transaction(request) as connection:
            listed = await list_recordings(connection, reach, before, limit + 1, asked.labels)
            rows = page_of(listed, limit, lambda one: one.recording.id)
            tagged = await tags_of(connection, [one.recording.id for one in rows.rows])
        return json_answer(RecordingPage([_row(one, tagged) for one in rows.rows], rows.next_cursor))
    most = min(limit, _MOST_HITS)
    found = await read(
        request, lambda connection: search(connection, sought, asked.end, reach, before, now(), most, asked.labels)
    )
    async with transaction(request) as connection:
        tagged = await tags_of(connection, [hit.listed.recording.id for hit in found.hits])
    following = None if found.before is None else encode_cursor(found.before)
    return json_answer(RecordingPage(_hits(found.hits, tagged), following, found.back_to))


async def show_one(request: web.Request) -> web.Response:
    """`GET`: one recording."""
    one = await within_reach(request)
    async with transaction(request) as connection:
        return json_answer(await detail_of(connection, one))


async def show_transcript(request: web.Request) -> web.Response:
    """`GET`: its words, which the log of changes tells."""
    return json_answer(await _transcript(request))


async def _transcript(request: web.Request) -> TranscriptTold:
    one = await readable(request)
    async with transaction(request) as connection:
        text = await text_of(connection, one)
        if text is None:
            raise NotFound(gettext("This recording was not written down."))
        if request.method == hdrs.METH_GET:
            await note_exported(connection, request, one, "json")
    return told_of(one, text)


def _hits(hits: Sequence[Hit], tagged: Mapping[UUID, Tagged]) -> list[RecordingRow]:
    return [
        _row(hit.listed, tagged, Excerpt(hit.snippet.at, " ".join(words for words, _ in hit.snippet.parts)))
        for hit in hits
    ]


def _row(one: Listed, tagged: Mapping[UUID, Tagged], found: Excerpt | None = None) -> RecordingRow:
    kept = one.recording
    told = tagged.get(kept.id, Tagged())
    return RecordingRow(
        kept.id,
        kept.call_id,
        one.started_at,
        one.direction,
        one.client,
        one.dialled,
        one.answered_by,
        kept.stage,
        kept.stop,
        kept.seconds,
        kept.channels,
        kept.size,
        found,
        told.category,
        [tag.tag for tag in told.tags],
    )


async def detail_of(connection: Connection, one: Recording) -> RecordingDetail:
    """As it is told."""
    tagged = (await tags_of(connection, [one.id])).get(one.id, Tagged())
    hidden = (await hidden_in(connection, [one.id])).get(one.id, {})
    same = {name: getattr(one, name) for name in RecordingDetail.__struct_fields__ if hasattr(one, name)}
    same["sha256"] = "" if one.is_gone else one.sha256.hex()
    told = HiddenTold(hidden.get(Kind.CARD, 0), hidden.get(Kind.CODE, 0), one.muting)
    paused = [PauseTold(*span) for span in await paused_in(connection, one)]
    asked = (await asked_for(connection, [one.id])).get(one.id) if one.sent else None
    same["asked_for"] = asked
    return RecordingDetail(**same, category=tagged.category, tags=list(tagged.tags), hidden=told, paused=paused)
