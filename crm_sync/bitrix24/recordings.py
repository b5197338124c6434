"""Delivers recordings and their texts to the portals, once their turn in the call's stream has come.

What is to be sent is looked at anew: it may have been refused or held back meanwhile, or another recording of the
call hold more of the talk.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar
from uuid import UUID

import asyncpg

from crm_sync.bitrix24.call import STATISTIC
from crm_sync.bitrix24.deliverer import SYNC_RESERVE, begin, bucket_of, connector_of
from crm_sync.bitrix24.news import RECORD, TRANSCRIPT
from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.bitrix24.record import ATTACH_RECORD, ATTACH_TEXT, attached, file_name, text_params, transcript_of
from crm_sync.bitrix24.uploading import UPLOAD_SECONDS, Uploads
from crm_sync.bitrix24.wire import Bad
from crm_sync.connector import Connector
from crm_sync.delivering import Untold, outcome_of
from crm_sync.untold import LATER_SECONDS, SQL, NotYet, to_tell, wanted
from trunkline.db.types import Connection, Pool
from trunkline.outbox.event import (
    Absent,
    Account,
    Delivered,
    Event,
    Failed,
    Fault,
    KindPolicy,
    Outcome,
    Refusal,
    Sent,
    Verdict,
)
from trunkline.recorded.port import Recorded, SoundBroken, SoundGone, SoundLater
from trunkline.recorded.talk import RecordedTalk

_SOUND: Final = KindPolicy(max_attempts=300, time_limit=UPLOAD_SECONDS + 600, backoff_cap=300.0)
"""Beside the upload, to make the MP3 of hours of sound on a busy machine."""
_TEXT: Final = KindPolicy(max_attempts=300, time_limit=90.0, backoff_cap=300.0)
_AT_ONCE: Final = 3
"""Recordings of a process on their way: each is on this machine's disk, and shares its uplink."""
_TURN_SECONDS: Final = 10.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an event is about, as it is now; `state` is the row of `state` in records.sql."""

    known: Connector
    call: UUID
    state: asyncpg.Record
    one: RecordedTalk


class RecordDeliverer:
    """Delivers them to every Bitrix24 that is connected."""

    kinds: Mapping[str, KindPolicy] = {RECORD: _SOUND, TRANSCRIPT: _TEXT}

    def __init__(self, pool: Pool, portals: Portals, recorded: Recorded) -> None:
        self._pool = pool
        self._portals = portals
        self._recorded = recorded
        self._uploads = Uploads(portals)
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def account(self, event: Event) -> Account:
        return bucket_of(event, SYNC_RESERVE)

    async def verify(self, event: Event) -> Verdict:
        """A recording that is sent again takes its own place; a text would be there twice, so it is looked for."""
        begin(event, verifying=True)
        return Absent() if event.kind == RECORD else await outcome_of(self._told(event, self._find_text))

    async def deliver(self, event: Event) -> Outcome:
        """By its kind."""
        begin(event)
        return await outcome_of(self._told(event, self._sound if event.kind == RECORD else self._text))

    async def _told(self, event: Event, tell: Callable[[_Asked], Awaitable[T]]) -> T:
        known = await connector_of(self._pool, event)
        async with self._pool.acquire() as connection:
            asked = await self._asked(connection, known, event)
        return await tell(asked)

    async def _asked(self, connection: Connection, known: Connector, event: Event) -> _Asked:
        call, recording = UUID(event.payload["call"]), UUID(event.payload["recording"])
        if known.by_webhook:
            raise Untold("by a webhook the portal takes no recordings", is_usual=True)
        state = wanted(await connection.fetchrow(SQL["state"], known.id, call), text=event.kind == TRANSCRIPT)
        if state["finished_at"] is not None and state["remote_id"] is None:
            raise Untold("the portal was told of the call by webhook, and takes no recording of it", is_usual=True)
        if state["finished_at"] is None:
            words = "the portal was not told that the call is over: that was given up, and comes first"
            raise Refused(ATTACH_RECORD, Bad(Fault(words, Sent.NO, refusal=Refusal.NEVER)))
        return _Asked(known, call, state, to_tell(recording, await self._recorded.of_call(connection, call)))

    async def _sound(self, asked: _Asked) -> Outcome:
        one, state = asked.one, asked.state
        if (state["record_id"], state["record_version"]) == (one.id, one.version):
            return Delivered("told before")
        if self._turns.locked():
            raise NotYet("other recordings are on their way", _TURN_SECONDS)
        try:
            async with self._turns, self._recorded.mp3(one.id, one.version) as path:
                name = file_name(asked.call)
                file_id = await self._uploads.attach(asked.known, state["remote_id"], name, path)
        except SoundGone:
            raise Untold("the recording may not be heard any more; nothing was sent") from None
        except SoundLater as error:
            raise NotYet(f"the recording cannot be read now: {error}", LATER_SECONDS) from error
        except SoundBroken as error:
            words = f"no MP3 could be made of the recording: {error}"
            return Failed(Fault(words[:500], Sent.NO, refusal=Refusal.NEVER))
        told = (asked.known.id, asked.call, one.id, one.version, self._now())
        await self._pool.execute(SQL["record_told"], *told)
        return Delivered(f"FILE {file_id}")

    async def _text(self, asked: _Asked) -> Outcome:
        if asked.state["transcript_id"]:
            return Delivered("told before")
        async with self._pool.acquire() as connection:
            lines = await self._recorded.lines(connection, asked.one.id)
        params = text_params(asked.state["remote_id"], lines)
        if not params["MESSAGES"]:
            raise Untold("there is no text of the recording any more; nothing was sent")
        try:
            result = (await self._portals.ask(asked.known, ATTACH_TEXT, params)).result
        except Refused as refused:
            raise Refused(ATTACH_TEXT, attached(refused.bad)) from None
        return await self._note_text(asked, transcript_of(result) or "?")

    async def _find_text(self, asked: _Asked) -> Verdict:
        said = {"FILTER": {"CALL_ID": asked.state["remote_id"]}}
        told = (await self._portals.ask(asked.known, STATISTIC, said)).result
        found = next(filter(None, map(transcript_of, told if isinstance(told, list) else ())), "")
        return await self._note_text(asked, found) if found else Absent()

    async def _note_text(self, asked: _Asked, transcript: str) -> Delivered:
        await self._pool.execute(SQL["transcript_told"], asked.known.id, asked.call, transcript, self._now())
        return Delivered(f"TRANSCRIPT {transcript}")

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._portals.clock(), UTC)
