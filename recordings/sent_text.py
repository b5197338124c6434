"""`PUT /api/v1/recordings/{id}/transcript`: words that an engine of the company's own wrote down."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec
from aiohttp import web

from recordings.keeping_text import TextKeeper
from recordings.listening import within_reach
from recordings.recording import Stage
from recordings.transcript import Piece, Transcript, Word
from trunkline.errors import InvalidInput, Mistake
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.keys import pool_key, redis_key, settings_key
from trunkline.outbox.wake import JOBS_WAKE, wake
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
_LANGUAGE: Final = re.compile(r"[a-z]{2}")
_MOST_WORDS: Final = 100_000
"""About ten hours of talk without a pause."""
_LONGEST_WORD: Final = 100
_LEEWAY_SECONDS: Final = 1.0
"""An engine may end the last word behind the sound, which it filled up to a whole window."""


class WordSent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A word; times in seconds of the recording, `sure` from 0 to 1."""

    text: str
    start: float
    end: float
    sure: float = 1.0


class PieceSent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one side said without a longer pause. `side` counts the channels from 0; null: nobody knows."""

    words: list[WordSent]
    side: int | None = None


class TranscriptSent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that was said, by its begin; names in small Latin letters, `language` by ISO 639-1."""

    engine: str
    model: str
    language: str
    pieces: list[PieceSent]


class TextTaken(msgspec.Struct, frozen=True):
    """How many words are kept."""

    words: int


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.put("/api/v1/recordings/{id}/transcript", receive)]


async def receive(request: web.Request) -> web.Response:
    """`PUT` a TranscriptSent: its words are kept in place of those there are; 409 while its sound is not kept."""
    one = await within_reach(request)
    sent = await read_json(request, TranscriptSent)
    if mistakes := list(mistakes_of(sent, one.channels, one.seconds)):
        raise InvalidInput(*mistakes[:20])
    jobs = PgQueuerJobs(request.app[pool_key], request.app[redis_key])
    keeper = TextKeeper(request.app[pool_key], jobs, request.app[settings_key].recordings.redact)
    if one.stage is not Stage.KEPT or not await keeper.keep(one, None, transcript_of(sent), 0.0):
        raise web.HTTPConflict(text=_("Its sound is not kept: there are no words of what is not here yet, or no more."))
    words = sum(len(piece.words) for piece in sent.pieces)
    async with transaction(request) as connection:
        after = {"call": str(one.call_id), "engine": sent.engine, "words": words}
        deed = Deed("recording.text_sent", "recording", str(one.id), after=after)
        await record(connection, actor_of(request), deed, now())
    await wake(request.app[redis_key], JOBS_WAKE)
    return json_answer(TextTaken(words))


def mistakes_of(sent: TranscriptSent, channels: int, seconds: float) -> Iterator[Mistake]:
    """What is wrong with it, of a recording of so many channels and seconds. No I/O."""
    for field in ("engine", "model"):
        if not _NAME.fullmatch(getattr(sent, field)):
            yield Mistake(field, _("must be 1 to 60 small Latin letters, digits, dots, dashes or underscores"))
    if not _LANGUAGE.fullmatch(sent.language):
        yield Mistake("language", _("must be two letters, as ru"))
    if not sent.pieces or sum(len(piece.words) for piece in sent.pieces) > _MOST_WORDS:
        yield Mistake("pieces", _("must hold 1 to %(most)s words") % {"most": _MOST_WORDS})
    before = 0.0
    for place, piece in enumerate(sent.pieces):
        at = f"pieces[{place}]"
        if piece.side is not None and not 0 <= piece.side < channels:
            yield Mistake(f"{at}.side", _("must be a channel of the sound, counted from 0, or null"))
        yield from _mistakes_of_words(piece, at, before, seconds + _LEEWAY_SECONDS)
        before = piece.words[0].start if piece.words else before


def _mistakes_of_words(piece: PieceSent, at: str, begin: float, end: float) -> Iterator[Mistake]:
    if not piece.words:
        yield Mistake(f"{at}.words", _("must hold a word"))
    for place, word in enumerate(piece.words):
        where = f"{at}.words[{place}]"
        if not 0 < len(word.text) <= _LONGEST_WORD or not word.text.isprintable() or " " in word.text:
            yield Mistake(
                f"{where}.text", _("must be one word of at most %(most)s characters") % {"most": _LONGEST_WORD}
            )
        if not begin <= word.start <= word.end <= end:
            yield Mistake(where, _("must lie within the sound, behind the word before it"))
        if not 0 <= word.sure <= 1:
            yield Mistake(f"{where}.sure", _("must be from 0 to 1"))
        begin = max(begin, word.start)


def transcript_of(sent: TranscriptSent) -> Transcript:
    """The same as it is kept. No I/O."""
    pieces = (
        Piece(piece.side, tuple(Word(word.text, word.start, word.end, word.sure) for word in piece.words))
        for piece in sent.pieces
    )
    return Transcript(sent.engine, sent.model, sent.language, tuple(pieces))
