"""What lies beside the database: problem files of imports, which go; spool segments and logs, which are told of."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

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
