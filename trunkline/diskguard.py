"""Watches the data directory's disk and the spool: says what is short before anything is refused.

The policy: the spool refuses new records at its cap (`limits.spool_mb`), which the guard announces from half of it on;
nothing accepted is ever deleted to make room.
"""

import asyncio
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trunkline.alarms.alarm import AlarmBell, Severity
from trunkline.alarms.letter import told
from trunkline.settings import Settings
from trunkline.web.i18n import gettext, mark
from trunkline.web.metrics import DISK_FREE, SPOOL_BYTES

TICK_SECONDS = 10.0
_FRESH_SECONDS = 5.0
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """Megabytes: free on the disk, and held by the spools of this node."""

    free_mb: int
    spool_mb: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """The settings' limits, in megabytes."""

    free_mb: int
    spool_mb: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """What is short; `severity` None: nothing."""

    key: str
    severity: Severity | None
    title: str
    facts: dict[str, Any]


_DISK = mark("The disk of %(node)s has only %(free_mb)s MB left")
_SPOOL = mark("The spool of %(node)s holds %(spool_mb)s of %(cap_mb)s MB: is the database answering?")

#: Share of the spool's cap from which its filling is told, the worst first.
_SPOOL_LEVELS = ((0.9, Severity.CRITICAL), (0.5, Severity.WARNING))


def judge(usage: Usage, bounds: Bounds, node: str) -> tuple[Shortage, Shortage]:
    """The state of the disk and of the spool."""
    disk = None
    if usage.free_mb < bounds.free_mb:
        disk = Severity.CRITICAL if usage.free_mb < bounds.free_mb / 4 else Severity.WARNING
    share = usage.spool_mb / bounds.spool_mb
    spool = next((severity for level, severity in _SPOOL_LEVELS if share >= level), None)
    return (
        Shortage(f"disk.free:{node}", disk, _DISK, {"node": node, "free_mb": usage.free_mb}),
        Shortage(
            f"disk.spool:{node}",
            spool,
            _SPOOL,
            {"node": node, "spool_mb": usage.spool_mb, "cap_mb": bounds.spool_mb},
        ),
    )


def measure(data_dir: Path) -> Usage:
    """Look at the disk; a spool file that is deleted meanwhile counts nothing."""
    spool = 0
    for path in (data_dir / "spool").rglob("*"):
        try:
            spool += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return Usage(shutil.disk_usage(data_dir).free // _MB, spool // _MB)


class DiskGuard:
    """One node's guard: the worker's ticks raise and clear alarms, the pages' banners work with the database down."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._data_dir = settings.data_dir
        self._node = settings.node
        self._bounds = Bounds(settings.limits.disk_free_mb, settings.limits.spool_mb)
        self._clock = clock
        self._seen: tuple[float, Sequence[Shortage]] | None = None

    def shortages(self) -> Sequence[Shortage]:
        """What is short now, looked at every few seconds at most."""
        now = self._clock()
        if self._seen is None or now - self._seen[0] > _FRESH_SECONDS:
            usage = measure(self._data_dir)
            DISK_FREE.labels(self._node).set(usage.free_mb * _MB)
            SPOOL_BYTES.labels(self._node).set(usage.spool_mb * _MB)
            self._seen = now, judge(usage, self._bounds, self._node)
        return self._seen[1]

    def warnings(self) -> list[str]:
        """A sentence for each critical shortage in the reader's language: what every page shows in red."""
        return [
            told(shortage.title, shortage.facts, gettext)
            for shortage in self.shortages()
            if shortage.severity is Severity.CRITICAL
        ]

    async def tick(self, bell: AlarmBell) -> None:
        """Raise and clear the alarms of this node."""
        for shortage in await asyncio.to_thread(self.shortages):
            await bell.set(
                shortage.severity is not None,
                shortage.key,
                shortage.severity or Severity.WARNING,
                shortage.title,
                shortage.facts,
            )
