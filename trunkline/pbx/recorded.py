"""Where this machine sees what a PBX recorded, and whether the PBX is done with it."""

import asyncio
import os
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

MONITOR: Final = "/var/spool/asterisk/monitor"
"""Where Asterisk's MixMonitor writes names without a leading / (asterisk.conf, astspooldir)."""
SETTLED_SECONDS: Final = 1.0
"""A file that was not written to for so long is whole: MixMonitor writes to it every 20 ms."""
_LONG_AGO: Final = 60.0
"""What was written last so long ago is whole at first sight, though the clock of another host may differ."""


class Outside(Exception):
    """The name leads out of the folder."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A PBX's folder of recordings: as the PBX names it (`at`), and where this machine has it (`seen`)."""

    at: str
    seen: Path

    def path_of(self, file: str) -> Path:
        """Where `file` is here; raises Outside. Links are followed, but not out of the folder."""
        name = PurePosixPath(self.at, file)
        try:
            inside = name.relative_to(self.at)
        except ValueError:
            raise Outside(f"{file} is not in {self.at}") from None
        root = self.seen.resolve()
        path = (root / inside).resolve()
        if not path.is_relative_to(root):
            raise Outside(f"{file} leads out of {self.at}")
        return path


def folder_of(settings: Mapping[str, Any]) -> Folder | None:
    """The folder of a PBX's row; None where nobody said where it is seen."""
    seen = settings.get("recordings_seen")
    return Folder(str(settings.get("recordings_at") or MONITOR), Path(str(seen))) if seen else None


def told_of(folder: Folder | None) -> dict[str, str]:
    """What a PBX's row says of it; the other way round than `folder_of`."""
    return {"recordings_at": folder.at if folder else "", "recordings_seen": str(folder.seen) if folder else ""}


class Written(NamedTuple):
    """A file that nobody writes to any more: its bytes, and when the last of them came, by its host's clock."""

    size: int
    at: float


async def settled(path: Path) -> Written | None:
    """The file once nobody writes to it any more; None where there is none."""
    before: tuple[int, int] | None = None
    while True:
        try:
            found = await asyncio.to_thread(os.stat, path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not stat.S_ISREG(found.st_mode):
            return None
        now = found.st_size, found.st_mtime_ns
        if now == before or time.time() - found.st_mtime > _LONG_AGO:
            return Written(found.st_size, found.st_mtime)
        before = now
        await asyncio.sleep(SETTLED_SECONDS)
