"""Memory of the processes of an installation, and what is said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import psutil

from tests.serving import Serving
from trunkline.supervise import PROCESSES

OURS = ("supervisor", *PROCESSES)
"""Whose memory has to be flat; PostgreSQL's and Valkey's is shown beside it."""
_MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Sample:
    """Megabytes of PSS by process, `at` seconds from the load's begin; who was not there is not in it."""

    at: float
    megabytes: dict[str, float]

    @property
    def ours(self) -> float | None:
        """Of our processes together; None where one of them was just away."""
        if not self.megabytes.keys() >= set(OURS):
            return None
        return sum(self.megabytes[name] for name in OURS)


def growth(samples: Sequence[Sample], since: float) -> float | None:
    """By how many percent our processes grew after `since`: the last quarter of that time against the first.

    None where too little was measured.
    """
    judged = [(one.at, one.ours) for one in samples if one.at >= since and one.ours is not None]
    if len(judged) < 8:
        return None
    begun, quarter = judged[0][0], (judged[-1][0] - judged[0][0]) / 4
    first = [size for at, size in judged if at <= begun + quarter]
    last = [size for at, size in judged if at >= judged[-1][0] - quarter]
    return 100 * (fmean(last) / fmean(first) - 1)


def measure(serving: Serving, at: float) -> Sample:
    """What they hold now."""
    megabytes: dict[str, float] = {}
    for name, family in _families(serving).items():
        sizes = [size for pid in family if (size := pss(pid)) is not None]
        if sizes:
            megabytes[name] = sum(sizes) / _MEGABYTE
    return Sample(at, megabytes)


def whole(serving: Serving) -> float:
    """Megabytes of all processes of the installation: whatever the supervisor started, PostgreSQL's own included."""
    assert serving.process is not None
    family = {*_with_children(serving.process.pid), *_with_children(serving.postmaster().pid), serving.valkey().pid}
    return sum(pss(pid) or 0 for pid in family) / _MEGABYTE


def pss(pid: int) -> int | None:
    """Bytes of memory that process answers for; None where there is none, or it is just beginning."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (OSError, ProcessLookupError):
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), None)


def _families(serving: Serving) -> dict[str, list[int]]:
    """The pids of each; a worker's children are its own."""
    assert serving.process is not None
    families = {"supervisor": [serving.process.pid]}
    families |= {name: _with_children(state.pid) for name, state in serving.states().items()}
    try:
        families["postgres"] = _with_children(serving.postmaster().pid)
        families["valkey"] = [serving.valkey().pid]
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        pass  # it is just away
    return families


def _with_children(pid: int) -> list[int]:
    try:
        return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.NoSuchProcess:
        return []
