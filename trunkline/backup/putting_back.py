"""Puts the sounds of a backup back into the folder of recordings: each whole or not at all, none over another.

It may be stopped at any point and run again: what lies there already is passed over. What is written lies in `begun`
until it is whole, where the worker throws away after a day what was left there (`recordings/leftovers.py`).
"""

import asyncio
import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final
from uuid import uuid4

import msgspec

from trunkline.backup.sounds import END, INSIDE, LIST, Sound, Sounds, Written, forget_members, of_list, room_for, taken
from trunkline.errors import InvalidInput, Mistake
from trunkline.notjson import NOT_JSON

_ASIDE: Final = "begun"
_CHUNK: Final = 1 << 20
_SPARE: Final = 64 << 20
"""Bytes that are left free beside them."""
_ASKED_AT_ONCE: Final = 16


@dataclass(slots=True)
class PutBack:
    """What came of it: how many were `put`, were `there` already, and the keys where something else lies."""

    put: int = 0
    there: int = 0
    differ: list[str] = field(default_factory=list)
    written: Written | None = None


def put_back(path: Path, folder: Path) -> PutBack:
    """Put every sound of the backup `path` into `folder`. Raises InvalidInput, NoRoom."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _ASIDE).mkdir(exist_ok=True)
    _check_room(path, folder)
    found, seen = PutBack(), 0
    with _plainly(path), room_for("make room, and restore again: what lies there already stays", folder):
        for member, content in _members(path):
            if member.name == END:
                found.written = _end_of(content)
            elif member.name.startswith(INSIDE):
                seen += 1
                _put(folder, taken(member), content, found)
    if found.written is None or found.written.sounds != seen:
        words = f"is cut: it ends after {seen} recordings; the database was not touched"
        raise InvalidInput(Mistake(str(path), words))
    return found


async def absent(path: Path, sounds: Sounds) -> tuple[int, list[str]]:
    """How many the list of the backup has, and the keys of those the store has not in that size. Raises OSError."""
    turns = asyncio.Semaphore(_ASKED_AT_ONCE)

    async def is_there(sound: Sound) -> bool:
        async with turns:
            return await sounds.size(sound.key) == sound.size

    asked, missing = 0, list[str]()
    with _plainly(path), _list_of(path) as lines:
        told = of_list(lines)
        while batch := [sound for _, sound in zip(range(1000), told, strict=False)]:
            answers = await asyncio.gather(*map(is_there, batch))
            missing += [sound.key for sound, there in zip(batch, answers, strict=True) if not there]
            asked += len(batch)
    return asked, missing


def _put(folder: Path, sound: Sound, content: IO[bytes], found: PutBack) -> None:
    place = folder / sound.key
    if place.exists() or place.is_symlink():
        if _is_same(place, sound):
            found.there += 1
        else:
            found.differ.append(sound.key)
        return
    aside = folder / _ASIDE / str(uuid4())
    try:
        _copy(content, aside, sound)
        place.parent.mkdir(parents=True, exist_ok=True)
        aside.rename(place)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    found.put += 1


def _copy(content: IO[bytes], aside: Path, sound: Sound) -> None:
    """Have it on the disk, and raise InvalidInput where it is not what its checksum says."""
    digest = hashlib.sha256()
    with aside.open("xb") as file:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != sound.sha256:
        raise InvalidInput(Mistake(sound.key, "is not what its checksum says: the backup is damaged"))


def _is_same(place: Path, sound: Sound) -> bool:
    if not place.is_file() or place.stat().st_size != sound.size:
        return False
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sound.sha256


def _check_room(path: Path, folder: Path) -> None:
    """Before anything is written; what lies there already needs none."""
    with _plainly(path), _list_of(path) as lines:
        wanted = sum(sound.size for sound in of_list(lines) if not (folder / sound.key).exists())
    free = shutil.disk_usage(folder).free - _SPARE
    if wanted > free:
        lacking = (wanted - free) / 1e6
        words = f"holds {wanted / 1e6:,.0f} MB of recordings more than {folder} has; its disk lacks {lacking:,.0f} MB"
        raise InvalidInput(Mistake(str(path), words))


@contextmanager
def _list_of(path: Path) -> Iterator[IO[bytes]]:
    with tarfile.open(path, "r:") as archive:
        while (member := archive.next()) is not None:
            if member.name == LIST and (lines := archive.extractfile(member)) is not None:
                yield lines
                return
    raise InvalidInput(Mistake(str(path), f"has no {LIST}: it is cut or was changed"))


def _members(path: Path) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    """What the archive holds, in its order; what is no file has no content, and is left to `taken`."""
    with tarfile.open(path, "r:") as archive:
        while (member := archive.next()) is not None:
            forget_members(archive)
            # A link would be followed to another member: it is refused for what it is, and never read.
            content = archive.extractfile(member) if member.isreg() else None
            if content is None and member.name.startswith(INSIDE):
                taken(member)
            if content is not None:
                yield member, content


@contextmanager
def _plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError) as error:
        words = "is cut or was changed; the database was not touched, and what was put back stays"
        raise InvalidInput(Mistake(str(path), words)) from error


def _end_of(content: IO[bytes]) -> Written:
    try:
        return msgspec.json.decode(content.read(), type=Written)
    except NOT_JSON as error:
        raise InvalidInput(Mistake(END, "cannot be read: the backup was changed")) from error
