"""Which ways out failed a moment ago, as the dialplan told on its next turn, and which the PBX calls unreachable.

It is in memory and may be lost: a sick way is tried last, never left out, so that a wrong belief costs a turn at most.
"""

from collections.abc import Callable

from trunkline.callerid.failure import Failure
from trunkline.callerid.pool import Candidate, Pool
from trunkline.pbx.devices import OUT_OF_REACH, DeviceState

DeviceStates = Callable[[str, str], DeviceState]
"""State of (pbx, device)."""
DOWN_SECONDS = 60.0
REFUSED_SECONDS = 600.0
_MOST = 10_000


class TrunkHealth:
    """Failures by PBX; a way out that works again is forgotten when its time is over."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}

    def note(self, pbx: str, candidate: Candidate, failure: Failure, now: float) -> None:
        """`candidate` was tried, and this became of it."""
        trunk = candidate.trunk.name
        if failure is Failure.NONE:
            self._until.pop((pbx, trunk), None)
            self._until.pop((pbx, f"{candidate.line}@{trunk}"), None)
            return
        if len(self._until) >= _MOST:
            self._until = {way: until for way, until in self._until.items() if until > now}
        if failure is Failure.DOWN:
            self._until[pbx, trunk] = now + DOWN_SECONDS
        else:
            self._until[pbx, f"{candidate.line}@{trunk}"] = now + REFUSED_SECONDS

    def sick(self, pbx: str, pool: Pool, states: DeviceStates, now: float) -> tuple[str, ...]:
        """Names of trunks, and `line@trunk`, to be tried last."""
        trunks = {each.trunk.name for each in pool.by_line.values()}
        failed = [way for (owner, way), until in self._until.items() if owner == pbx and until > now]
        return (*failed, *sorted(name for name in trunks if states(pbx, name) in OUT_OF_REACH))
