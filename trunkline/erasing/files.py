"""What lies beside the database: uploads and problem files of imports, which go; spool segments, logs and the packed
directory, which are told of.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from trunkline.calls.phone import Number
from trunkline.directory.follow import FOLDER
from trunkline.directory.values import number_key
from trunkline.erasing.packed import stream_holds
from trunkline.erasing.spelling import Spelling

_SKIPPED: Final = frozenset(("postgres", "valkey", "runtime", "run", "models", "recordings", "metrics"))
"""The servers' own files and programs, which they alone may change; recordings go by their rows."""


class Held(NamedTuple):
    """A file with the number in it."""

    path: Path
    kind: str
    """The folder of the data directory it lies in; `log` for what lies in none."""


def held_in(data_dir: Path, spelling: Spelling) -> list[Held]:
    """The files of the data directory that hold the number in any spelling; nothing is changed."""
    return [
        Held(path, path.relative_to(data_dir).parts[0] if path.parent != data_dir else "log")
        for path in _files(data_dir)
        if _holds(path, spelling) or spelling.holds(path.name)
    ]


def forget_files(held: list[Held]) -> int:
    """Delete what was written for people to look at once: problem files of imports and their uploads."""
    gone = [one for one in held if one.kind == "imports"]
    for one in gone:
        one.path.unlink(missing_ok=True)
    return len(gone)


def directory_holds(data_dir: Path, number: Number) -> bool:
    """Whether the packed directory, or the log of its changes, has the number: as a key there, not as a text."""
    key = number_key(number)
    keys = (key.to_bytes(8, sys.byteorder), key.to_bytes(8, "big"))  # of the file, and of msgpack
    return any(_has_key(path, keys) for path in sorted((data_dir / FOLDER).glob("*")) if path.is_file())


def _has_key(path: Path, keys: Sequence[bytes]) -> bool:
    before = b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                if any(key in before + chunk for key in keys):
                    return True
                before = chunk[-7:]
    except FileNotFoundError:
        pass
    return False


def _files(data_dir: Path) -> Iterator[Path]:
    if not data_dir.is_dir():
        return
    for entry in sorted(data_dir.iterdir()):
        if entry.name in _SKIPPED:
            continue
        if entry.is_dir():
            yield from (path for path in sorted(entry.rglob("*")) if path.is_file())
        elif entry.is_file():
            yield entry


def _holds(path: Path, spelling: Spelling) -> bool:
    """A file that goes meanwhile holds nothing."""
    try:
        with path.open("rb") as file:
            return stream_holds(file, spelling)
    except FileNotFoundError:
        return False
