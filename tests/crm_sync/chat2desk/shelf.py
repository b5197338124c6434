"""Recordings of calls, as the port between features tells of them."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

from trunkline.db.types import Connection
from trunkline.recorded.port import SoundGone
from trunkline.recorded.talk import Line, RecordedTalk, Standing

SITE = "https://site.example.com"
WORDS = "No more:"


@dataclass
class Shelf:
    """`outside`: somebody outside reaches us."""

    kept: dict[UUID, RecordedTalk] = field(default_factory=dict)
    outside: bool = True

    def add(self, seconds: float, standing: Standing = Standing.READY) -> UUID:
        one = RecordedTalk(uuid4(), standing, seconds, seconds, "1", False)
        self.kept[one.id] = one
        return one.id

    async def of_call(self, _connection: Connection, _call_id: UUID) -> Sequence[RecordedTalk]:
        return list(self.kept.values())

    def mp3(self, _recording: UUID, _version: str) -> AbstractAsyncContextManager[Path]:
        raise SoundGone  # Chat2Desk is given links alone

    async def link(self, _connection: Connection, recording: UUID, _name: str, _now: datetime) -> str | None:
        if recording not in self.kept:
            raise SoundGone
        return f"https://calls.example.com/r/{recording}.mp3" if self.outside else None

    async def lines(self, _connection: Connection, _recording: UUID) -> Sequence[Line]:
        return ()
