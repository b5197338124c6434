"""The ledger that a policy writes over some traffic: who was shown which number when. No I/O here."""

import heapq
from dataclasses import dataclass, field

from calltracking.simulation.policies import Given, Pool
from calltracking.simulation.traffic import Traffic, Visit

RISKY_SECONDS = 300.0


@dataclass(slots=True)
class Ledger:
    """Intervals by number, in the order of their beginnings, and what was counted."""

    held: dict[int, list[Visit]] = field(default_factory=dict)
    number: dict[int, int] = field(default_factory=dict)
    """The number of a visit by its place; a visit without one kept the page's own."""
    exclusive: int = 0
    risky: int = 0
    rested: int = 0


def lease(traffic: Traffic, pools: list[Pool]) -> Ledger:
    """Play the visits through `pools` (one a site, or one for all)."""
    ledger = Ledger()
    ends: list[tuple[float, int, int, Pool]] = []
    for visit in traffic.visits:
        while ends and ends[0][0] <= visit.at:
            at, _, number, pool = heapq.heappop(ends)
            pool.release(number, at)
        pool = pools[visit.site % len(pools)]
        given = pool.take(visit.at, visit.visitor)
        if given is None:
            continue
        _write(ledger, visit, given)
        if given.kind != "shared":
            heapq.heappush(ends, (max(visit.free_at, visit.at), visit.place, given.number, pool))
    return ledger


def _write(ledger: Ledger, visit: Visit, given: Given) -> None:
    ledger.number[visit.place] = given.number
    ledger.held.setdefault(given.number, []).append(visit)
    if given.kind == "shared":
        ledger.risky += 1
        return
    ledger.exclusive += 1
    ledger.rested += given.kind == "exclusive"
    ledger.risky += visit.at - given.rested < RISKY_SECONDS
