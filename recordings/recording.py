"""A recording: the stages it goes through, in order, and why one goes no further. No I/O here."""

import hashlib
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

import msgspec

from trunkline.ids import time_of, uuid7

PEAKS_A_SECOND: Final = 20
MOST_PEAKS: Final = 4000
"""Of a side: more than any screen has pixels."""


class Stage(StrEnum):
    """How far a recording came; each has a row with the time it took."""

    FOUND = "found"
    """A call says that it was recorded."""
    FETCHED = "fetched"
    """What the PBX wrote lies in our store, as it was written."""
    CHECKED = "checked"
    """It is sound, and of what kind is known."""
    CONVERTED = "converted"
    """Its Opus lies in our store."""
    KEPT = "kept"
    """It can be heard, and what the PBX wrote is in our store no more."""
    EXPIRED = "expired"
    """Its time was over: sound and words are gone."""
    REFUSED = "refused"
    """Whoever was called or called does not want it, or heard no notice: it is to be deleted, wherever it lies."""
    DELETED = "deleted"
    """It was refused, and is gone from our store and from the PBX's folder; MISSING where that had no such file."""


class Stop(StrEnum):
    """Why a recording stays at its stage."""

    NO_FOLDER = "no-folder"
    """Nobody said where this machine sees the PBX's recordings."""
    OUTSIDE = "outside"
    """Its name leads out of the PBX's folder of recordings."""
    MISSING = "missing"
    """It is not where the PBX says; looked for again until it is given up."""
    EMPTY = "empty"
    """Nothing was said: the file holds no sound."""
    UNREADABLE = "unreadable"
    """No sound is found in it."""
    FAILED = "failed"
    """The work on it failed three times; `told` says how."""
    UNDELETED = "undeleted"
    """The PBX's folder does not let it go."""
    NO_LINK = "no-link"
    """A provider has it, and nobody said how that is asked for a link."""
    LATE = "late"
    """The provider has no sound of it yet; asked for again until it is given up, as are the four below."""
    ENDED = "link-ended"
    """Its link gives nothing any more."""
    UNREACHED = "unreached"
    """The provider does not answer, or not with what it should."""
    UNAUTHORISED = "unauthorised"
    """The provider does not take our key."""
    FORBIDDEN = "forbidden"
    """Its link leads to an address that nothing is asked of."""
    TOO_LARGE = "too-large"
    """It is larger than what is taken in, or longer than what is kept."""


class Sound(msgspec.Struct, frozen=True):
    """What a file holds: `rate` in Hz; `seconds` as its own head says, which may be wrong."""

    codec: str
    rate: int
    channels: int
    seconds: float = 0.0


class Recording(msgspec.Struct, frozen=True):
    """One file of one call. `seconds`, and `peaks` (0–255, the sides one after the other), once it was converted.

    `held_why`: why no rule lets it expire. `muting`: words of it are hidden, and its sound is not silenced there yet.
    `sent`: a program sent it in, or told where a provider has it, and no PBX told of it. `gone_at`: when it was
    refused or expired, for a day.
    """

    id: UUID
    call_id: UUID
    pbx: str
    leg: str
    file: str
    stage: Stage
    stop: Stop | None = None
    told: str = ""
    tries: int = 0
    found_at: datetime | None = None
    codec: str = ""
    rate: int = 0
    channels: int = 0
    seconds: float = 0.0
    size: int = 0
    sha256: bytes = b""
    peaks: bytes = b""
    held_why: str | None = None
    muting: bool = False
    sent: bool = False
    gone_at: datetime | None = None

    @property
    def is_audible(self) -> bool:
        """Whether it may be heard by whoever may hear its call."""
        return self.is_kept and not self.muting

    @property
    def is_gone(self) -> bool:
        """Whether nothing of it may be kept any more."""
        return self.stage in {Stage.EXPIRED, Stage.REFUSED, Stage.DELETED}

    @property
    def began(self) -> float:
        """When its call began, Unix seconds."""
        return time_of(self.call_id)

    @property
    def is_kept(self) -> bool:
        """Whether its Opus is in the store."""
        return self.stage in {Stage.CONVERTED, Stage.KEPT}

    @property
    def file_name(self) -> str:
        """The file's own name, without where its PBX has it."""
        return PurePosixPath(self.file).name

    @property
    def source_key(self) -> str:
        """Where in the store what the PBX wrote lies until it is converted."""
        return f"incoming/{self.id}{suffix_of(self.file)}"

    @property
    def key(self) -> str:
        """Where in the store its Opus is: by the day of the call, UTC."""
        day = datetime.fromtimestamp(self.began, tz=UTC)
        return f"{day:%Y/%m/%d}/{self.id}.opus"

    @property
    def copy_key(self) -> str:
        """Where in the store the MP3 of this very Opus is, once somebody asked for it."""
        return f"{self.key.removesuffix('.opus')}-{self.sha256.hex()[:12]}.mp3"


def recording_id(call_id: UUID, file: str) -> UUID:
    """The id of the file `file` of a call: the same for whoever hears of it, and as old as the call."""
    return uuid7(time_of(call_id), hashlib.sha256(f"{call_id}|{file}".encode()).digest())


def suffix_of(file: str) -> str:
    """The end of a file's name that tells what is in it, `.wav`; empty where it has none that could."""
    suffix = PurePosixPath(file).suffix
    return suffix if suffix[1:].isalnum() and len(suffix) <= 8 and suffix.isascii() else ""
