"""The port between two features that do not know each other: who keeps recordings implements `Recorded` and says
`Settled`; who tells an outside system of them listens and asks.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from trunkline.db.types import Connection
from trunkline.recorded.talk import Line, RecordedTalk


class SoundGone(Exception):
    """It may not be heard any more, or it is another by now."""


class SoundLater(Exception):
    """Where recordings are kept does not answer, or this machine has no room: a later try may have it."""


class SoundBroken(Exception):
    """No MP3 can be made of it."""


class Recorded(Protocol):
    """Recordings, as those who tell of them see them."""

    async def of_call(self, connection: Connection, call_id: UUID) -> Sequence[RecordedTalk]:
        """All of a call, in the order they were told of."""
        ...

    def mp3(self, recording: UUID, version: str) -> AbstractAsyncContextManager[Path]:
        """Its MP3 in a file of this machine; entering raises SoundGone, SoundLater and SoundBroken."""
        ...

    async def link(self, connection: Connection, recording: UUID, name: str, now: datetime) -> str | None:
        """Where whoever has the address hears its MP3 without signing in, for half a year at least.

        What was given out under `name` is given again. None where nobody outside reaches us; raises SoundGone where it
        was taken back, or the recording is not here any more.
        """
        ...

    async def lines(self, connection: Connection, recording: UUID) -> Sequence[Line]:
        """What was said, with card numbers hidden; nothing where it has no text any more."""
        ...


Settled = Callable[[Connection, UUID], Awaitable[None]]
"""Called with a call's id in the transaction in which one of its recordings comes to READY or STAYS."""


Linking = Callable[[Connection, UUID, str], Awaitable[str]]
"""Gives an address where whoever has it hears a recording, the same again to the same name; raises SoundGone."""


async def nobody_asks(_connection: Connection, _call_id: UUID) -> None:
    """Nothing outside is told of recordings."""
