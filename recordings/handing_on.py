"""Hands recordings on to whoever tells outside systems of them: the port `Recorded`."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from recordings.copying import Copies, NoCopy
from recordings.links import Dead, Link, lasting_link
from recordings.recording import Recording
from recordings.search_store import call_ends
from recordings.sending import NotThere
from recordings.sides import End
from recordings.standing import Facts, standing_of, talk_in
from recordings.store import find
from recordings.transcripts import read_transcript
from recordings.vault import Vault
from trunkline.calls.call import Call
from trunkline.calls.store import load_calls
from trunkline.calls.summary import Summary, summary_of
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.errors import Overloaded
from trunkline.recorded.port import SoundBroken, SoundGone, SoundLater
from trunkline.recorded.talk import Line, RecordedTalk, Side

SQL: Final = load_queries("recordings", "handing_on.sql")
_SIDES: Final = {End.AGENT: Side.OURS, End.CLIENT: Side.CLIENT}


@dataclass(frozen=True, slots=True)
class HandingOn:
    """`workshop` is a folder of this machine for what is being sent.

    `address_of` gives the address of a link on the public listener; None while nobody outside reaches it.
    """

    pool: Pool
    vault: Vault
    copies: Copies
    workshop: Path
    address_of: Callable[[Link], str] | None = None

    async def of_call(self, connection: Connection, call_id: UUID) -> Sequence[RecordedTalk]:
        rows = await connection.fetch(SQL["of_call"], call_id)
        call = await _call(connection, call_id) if rows else None
        return [_talk(row, call) for row in rows]

    @asynccontextmanager
    async def mp3(self, recording: UUID, version: str) -> AsyncIterator[Path]:
        one = await self._audible(recording, version)
        await asyncio.to_thread(self.workshop.mkdir, mode=0o700, parents=True, exist_ok=True)
        folder = await asyncio.to_thread(tempfile.TemporaryDirectory, dir=self.workshop)
        try:
            path = Path(folder.name, "sound.mp3")
            await self._fetch(one, path)
            await self._audible(recording, version)  # refused while it was fetched
            yield path
        finally:
            await asyncio.to_thread(folder.cleanup)

    async def link(self, connection: Connection, recording: UUID, name: str, now: datetime) -> str | None:
        if self.address_of is None:
            return None
        one = await find(connection, recording)
        if one is None or not one.is_audible:
            raise SoundGone
        try:
            link = await lasting_link(connection, one, name, now)
        except Dead:
            raise SoundGone from None
        return f"{self.address_of(link)}.mp3"

    async def lines(self, connection: Connection, recording: UUID) -> Sequence[Line]:
        one = await find(connection, recording)
        transcript = await read_transcript(connection, recording)
        if one is None or transcript is None:
            return ()
        ends = await call_ends(connection, one)
        return [
            Line(
                None if ends is None or piece.side not in {0, 1} else _SIDES[ends[piece.side]],
                *(piece.start, piece.end, piece.text),
            )
            for piece in transcript.pieces
        ]

    async def _audible(self, recording: UUID, version: str) -> Recording:
        async with self.pool.acquire() as connection:
            one = await find(connection, recording)
        if one is None or not one.is_audible or _version(one.sha256) != version:
            raise SoundGone
        return one

    async def _fetch(self, one: Recording, path: Path) -> None:
        try:
            file = await self.copies.mp3(one)
            await self.vault.fetch(file.key, path)
        except (NotThere, FileNotFoundError):
            raise SoundGone from None
        except NoCopy as error:
            raise SoundBroken(str(error)) from error
        except (Overloaded, OSError) as error:  # TimeoutError too: a machine that is too busy for ffmpeg
            raise SoundLater(str(error) or type(error).__name__) from error


def _talk(row: asyncpg.Record, call: tuple[Call, Summary] | None) -> RecordedTalk:
    facts = msgspec.convert(dict(row), Facts)
    return RecordedTalk(
        id=row["id"],
        standing=standing_of(facts),
        talk=talk_in(*call, row["leg"], row["file"], row["seconds"]) if call else 0.0,
        seconds=row["seconds"],
        version=_version(row["sha256"]),
        has_text=row["has_pieces"] and not facts.is_text_unread,
    )


def _version(sha256: bytes) -> str:
    return sha256.hex()[:12]


async def _call(connection: Connection, call_id: UUID) -> tuple[Call, Summary] | None:
    """The call as its steps tell it; None where nobody heard of it."""
    row = await connection.fetchrow(SQL["key_of_call"], call_id)
    if row is None:
        return None
    key = (row["pbx"], row["linkedid"])
    call = (await load_calls(connection, {key: call_id}))[key]
    return (call, summary_of(call)) if call.legs else None
