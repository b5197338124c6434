"""Sounds of recordings in a backup: a list of all that was kept at the dump's moment, and when asked the sounds.

`recordings.ndjson` is the list, a line a sound; `recordings/KEY` a sound, which carries its own SHA-256 in its header;
`recordings.end.json` closes them, so that an archive cut between two sounds is known for what it is.
"""

import errno
import hashlib
import os
import re
import tarfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Protocol

import msgspec

from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, TrunklineError
from trunkline.notjson import NOT_JSON

LIST, END, INSIDE = "recordings.ndjson", "recordings.end.json", "recordings/"
_KEY: Final = re.compile(r"(?:\d{4}/\d\d/\d\d|incoming)/[0-9a-f-]{36}(?:\.[0-9A-Za-z]{1,7})?", re.ASCII)
_SHA256: Final = "TRUNKLINE.sha256"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_LONGEST_LINE: Final = 4096


class NoRoom(TrunklineError):
    """A disk is full."""


class Sound(msgspec.Struct, frozen=True):
    """One that is kept: where, how many bytes, and its SHA-256 in hex."""

    key: str
    size: int
    sha256: str


class Written(msgspec.Struct, frozen=True):
    """What came of writing them: how many, which had no file, and which are other than their rows say."""

    sounds: int
    absent: list[str]
    other: list[str]


class Sounds(Protocol):
    """Where the recordings of an installation are kept; who knows them implements it."""

    folder: Path | None
    """None: in a bucket."""

    def listed(self, connection: Connection) -> AsyncIterator[Sound]:
        """All that are kept, as the rows of this transaction say, one after the other."""
        ...

    async def size(self, key: str) -> int | None:
        """How many bytes are kept under that key; None for nothing. Raises OSError."""
        ...


def checked(sound: Sound) -> Sound:
    """The same where it may lie in a store; raises InvalidInput for a key that leads elsewhere."""
    if _KEY.fullmatch(sound.key) is None or sound.size < 0 or re.fullmatch(r"[0-9a-f]{64}", sound.sha256) is None:
        raise InvalidInput(Mistake(sound.key[:200], "is no key of a recording: the backup was changed by somebody"))
    return sound


def of_list(lines: IO[bytes]) -> Iterator[Sound]:
    """The list, a sound after the other; raises InvalidInput."""
    while line := lines.readline(_LONGEST_LINE):
        try:
            sound = msgspec.json.decode(line, type=Sound)
        except NOT_JSON as error:
            raise InvalidInput(Mistake(LIST, "cannot be read: the backup is cut or was changed")) from error
        yield checked(sound)


def add_sounds(archive: tarfile.TarFile, lines: Path, folder: Path) -> Written:
    """Write every sound of the list `lines` that `folder` has."""
    written, absent, other = 0, list[str](), list[str]()
    with lines.open("rb") as listed:
        for sound in of_list(listed):
            try:
                file = (folder / sound.key).open("rb")
            except FileNotFoundError:
                absent.append(sound.key)
                continue
            with file:  # replaced by its name alone: what is open stays as it is
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                file.seek(0)
                _add(archive, sound.key, file, digest)
            written += 1
            if digest != sound.sha256:
                other.append(sound.key)
    return Written(written, absent, other)


def taken(member: tarfile.TarInfo) -> Sound:
    """What a member of the archive says of itself; raises InvalidInput for anything but a sound."""
    if not member.isreg():
        raise InvalidInput(Mistake(member.name[:200], "is no file: the backup was changed by somebody"))
    return checked(Sound(member.name.removeprefix(INSIDE), member.size, member.pax_headers.get(_SHA256, "")))


def forget_members(archive: tarfile.TarFile) -> None:
    """It remembers every member it passed; of hundreds of thousands nobody asks by name."""
    archive.members.clear()  # type: ignore[attr-defined]  # of old, and documented nowhere


@contextmanager
def room_for(what: str, place: Path) -> Iterator[None]:
    """Says it in plain words where the disk is full meanwhile."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise NoRoom(f"the disk of {place} is full: {what}") from error


def _add(archive: tarfile.TarFile, key: str, file: IO[bytes], digest: str) -> None:
    member = tarfile.TarInfo(f"{INSIDE}{key}")
    member.size, member.mode = os.fstat(file.fileno()).st_size, 0o600
    member.pax_headers = {_SHA256: digest}
    archive.addfile(member, file)
    forget_members(archive)
