"""Where the frames of one PBX go: the spool while this node acts for it, else a memory of the last seconds."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from trunkline.errors import SpoolFull
from trunkline.log import get_logger
from trunkline.pbx.ports import LinkRecord, Mark, pack_link, pack_run
from trunkline.spool import Kind, SpoolWriter
from trunkline.web.metrics import AMI_UNSPOOLED

log = get_logger(__name__)

_STAMP = b"\r\nTimestamp: "
_OVERLAP = 2.0  # frames of one moment are not written in the order of their stamps


@dataclass(frozen=True, slots=True)
class Hole:
    """Seconds of the PBX's clock whose frames are in no spool of ours, and why."""

    since: float
    until: float
    cause: str


@dataclass(frozen=True, slots=True)
class Memory:
    """How much a standing-by node remembers."""

    seconds: float = 30.0
    most_bytes: int = 64 << 20


class Recorder:
    """Frames of one PBX on this node; up to `covered`, by the PBX's clock, all of them were spooled here.

    `newest` is the latest moment heard of, `holes` what must be read from the PBX's journal instead.
    """

    def __init__(
        self,
        pbx: str,
        spool: SpoolWriter,
        *,
        covered: float | None = None,
        memory: Memory | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.covered = covered
        self.newest: float | None = None
        self.acting = False
        self.holes: list[Hole] = []
        self._pbx = pbx
        self._spool = spool
        self._clock = clock
        self._memory_size = memory or Memory()
        self._memory: deque[tuple[float, float, bytes]] = deque()
        self._memory_bytes = 0
        self._continuous_from: float | None = None
        self._unspooled_since: float | None = None
        self._begun: float | None = None
        self._stamps = False

    def heard(self, run: bytes) -> None:
        """Take a run of whole frames."""
        now = self._clock()
        self._begun = now if self._begun is None else self._begun
        stamped = last_stamp(run)
        if stamped is not None:
            self._stamps = True
            self.newest = stamped
            if self._continuous_from is None:
                self._continuous_from = stamped
        elif not self._stamps or self.newest is None:  # timestampevents is off, or nothing but answers came yet
            self.newest = now
        stamp = self.newest
        if self.acting:
            self._spool_run(run, stamp)
        else:
            self._remember(now, stamp, run)

    def interrupted(self) -> None:
        """The link is gone: what comes next does not continue what was heard."""
        self.acting = False
        self._begun = None
        self._forget(None)

    def lacks(self, mark: float | None) -> Hole | None:
        """What the memory would lack if we began to act from `mark`; another node may have heard it."""
        base = self._base(mark)
        heard_from = self._begun if self._continuous_from is None else self._continuous_from
        if base is None or heard_from is None or base >= heard_from:
            return None
        return Hole(base, heard_from, "nobody listened")

    def _base(self, mark: float | None) -> float | None:
        return max((moment for moment in (mark, self.covered) if moment is not None), default=None)

    def begin_acting(self, mark: float | None) -> None:
        """Spool from `mark`, the moment up to which the story is stored; what the memory lacks becomes a hole."""
        self.acting = True
        base = self._base(mark)
        if (hole := self.lacks(mark)) is not None:
            self.holes.append(hole)
        # A mark ahead of all we heard speaks of a clock that was set back: then everything is new.
        first = base - _OVERLAP if base is not None and base <= (self.newest or 0.0) else 0.0
        for _, stamp, run in self._memory:
            if stamp >= first:
                self._spool_run(run, stamp)
        self._forget(self.newest)

    def stop_acting(self) -> None:
        """Another node spools from now on."""
        self.acting = False
        self._forget(self.newest)

    def mark(self) -> Mark | None:
        """What may be called stored once all that is spooled so far is; a hole not yet filled holds it back."""
        if self.covered is None or not self.acting:
            return None
        return Mark(self._pbx, min([self.covered, *(hole.since for hole in self.holes)]))

    def spool_mark(self, mark: Mark) -> None:
        """Append a mark; a full spool does without."""
        self._append(Kind.MARK, msgspec.msgpack.encode(mark))

    def tell(self, record: LinkRecord) -> None:
        """Append what happened to the link, while this node acts."""
        if self.acting:
            self._append(Kind.LINK, pack_link(record))

    def back_fill(self, run: bytes) -> None:
        """Append frames read from the PBX's journal; raises SpoolFull, for they can be read again."""
        self._spool.append(Kind.AMI, pack_run(self._pbx, run))

    def filled(self, hole: Hole) -> None:
        """The hole is dealt with."""
        self.holes.remove(hole)

    def _append(self, kind: Kind, payload: bytes) -> bool:
        try:
            self._spool.append(kind, payload)
        except SpoolFull as error:
            if self._unspooled_since is None:
                log.warning("ami_not_spooled", pbx=self._pbx, error=str(error))
            return False
        return True

    def _spool_run(self, run: bytes, stamp: float) -> None:
        before = stamp if self.covered is None else self.covered
        if not self._append(Kind.AMI, pack_run(self._pbx, run)):
            AMI_UNSPOOLED.labels(self._pbx).inc()
            if self._unspooled_since is None:
                self._unspooled_since = before
            return
        if self._unspooled_since is not None:
            self.holes.append(Hole(self._unspooled_since, stamp, "the spool was full"))
            self._unspooled_since = None
        self.covered = max(before, stamp)

    def _remember(self, now: float, stamp: float, run: bytes) -> None:
        self._memory.append((now, stamp, run))
        self._memory_bytes += len(run)
        size = self._memory_size
        while self._memory and (self._memory[0][0] < now - size.seconds or self._memory_bytes > size.most_bytes):
            _, self._continuous_from, gone = self._memory.popleft()
            self._memory_bytes -= len(gone)

    def _forget(self, continuous_from: float | None) -> None:
        self._memory.clear()
        self._memory_bytes = 0
        self._continuous_from = continuous_from


def last_stamp(run: bytes) -> float | None:
    """The newest `Timestamp` of a run, None where `timestampevents` is off or the frames are answers."""
    found = run.rfind(_STAMP)
    if found < 0:
        return None
    start = found + len(_STAMP)
    try:
        return float(run[start : run.find(b"\r", start)])
    except ValueError:
        return None
