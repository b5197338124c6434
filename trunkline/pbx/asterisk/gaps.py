"""Filling a hole in what was heard with the rows of CEL, and marking it in the story either way."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from trunkline.errors import SpoolFull
from trunkline.log import get_logger
from trunkline.pbx.asterisk.backfill import CelUnreadable, Tally, runs_between
from trunkline.pbx.asterisk.recorder import Hole, Recorder
from trunkline.pbx.ports import Gap
from trunkline.web.metrics import AMI_BACKFILLED, AMI_GAPS

log = get_logger(__name__)

_SPOOL_RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class GapTiming:
    """Seconds to wait for rows still being written, and how far back to read at most."""

    settle: float = 1.0
    longest: float = 7 * 86400.0


class GapFiller:
    """Fills the holes of one recorder from one CEL file, or from none."""

    def __init__(self, pbx: str, node: str, recorder: Recorder, cel_file: Path | None, timing: GapTiming) -> None:
        self._pbx = pbx
        self._node = node
        self._recorder = recorder
        self._cel_file = cel_file
        self._timing = timing

    async def fill(self, hole: Hole) -> None:
        """Spool the rows of the hole and then the gap itself; stays a hole when we cease to act meanwhile."""
        await asyncio.sleep(self._timing.settle)
        since = max(hole.since, hole.until - self._timing.longest)
        rows = None if self._cel_file is None else await self._read(self._cel_file, since, hole.until)
        if not self._recorder.acting:
            return
        gap = Gap(
            pbx=self._pbx,
            node=self._node,
            at=time.time(),
            since=since,
            until=hole.until,
            cause=hole.cause,
            rows=rows,
        )
        log.warning("pbx_gap", pbx=self._pbx, since=since, until=hole.until, cause=hole.cause, rows=rows)
        AMI_GAPS.labels(self._pbx).inc()
        self._recorder.tell(gap)
        self._recorder.filled(hole)

    async def _read(self, file: Path, since: float, until: float) -> int | None:
        tally = Tally()
        runs = runs_between(file, since, until, tally)
        try:
            while (run := await asyncio.to_thread(next, runs, None)) is not None:
                await self._spool(run)
        except CelUnreadable as error:
            log.warning("cel_unreadable", pbx=self._pbx, error=str(error))
            return None
        if tally.strange:
            log.warning("cel_lines_strange", pbx=self._pbx, file=str(file), lines=tally.strange)
        AMI_BACKFILLED.labels(self._pbx).inc(tally.rows)
        return tally.rows

    async def _spool(self, run: bytes) -> None:
        while True:
            try:
                return self._recorder.back_fill(run)
            except SpoolFull:
                await asyncio.sleep(_SPOOL_RETRY_SECONDS)
