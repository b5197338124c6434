"""What others may know of a recording: how much of the talk it holds, whether more of it is to be silenced, its words.

No I/O here.
"""

from enum import StrEnum
from uuid import UUID

import msgspec


class Standing(StrEnum):
    """Whether a recording may be told."""

    READY = "ready"
    """It can be heard, and nothing more of it is to be silenced: its text was looked through, or none is made."""
    AHEAD = "ahead"
    """The work on it, or on its text, goes on."""
    STAYS = "stays"
    """It is not here, holds no sound, or is held back since what it says could not be hidden. That may be mended."""
    GONE = "gone"
    """It was refused, or its time was over."""


class RecordedTalk(msgspec.Struct, frozen=True):
    """One recording of a call. `talk`: seconds of it in which people of the call talked; `seconds`: all it lasts.

    `version` tells its sound from what it was before more of it was silenced.
    """

    id: UUID
    standing: Standing
    talk: float
    seconds: float
    version: str
    has_text: bool


class Side(StrEnum):
    """Who speaks."""

    OURS = "ours"
    CLIENT = "client"


class Line(msgspec.Struct, frozen=True):
    """What one side said without a longer pause; times in seconds of the recording. `side` None: nobody knows."""

    side: Side | None
    start: float
    end: float
    text: str
