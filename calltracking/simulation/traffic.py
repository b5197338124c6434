"""Visits and calls with a known truth, drawn from a seed. No I/O here."""

import math
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from calltracking.simulation.mix import Mix
from calltracking.simulation.shapes import DAY, Shape, arrivals


@dataclass(slots=True)
class Visit:
    """A session of a person on a site."""

    place: int
    at: float
    until: float
    last_seen: float
    free_at: float
    """When its number may go to somebody else."""
    person: int
    visitor: int
    channel: str
    region: str
    site: int
    taps: tuple[float, ...] = ()


@dataclass(slots=True)
class Ring:
    """A call, the visit that truly made it (None: nobody's), and what the PBX sees."""

    at: float
    visit: int | None
    phone: str
    region: str
    later: bool


@dataclass(frozen=True, slots=True)
class Traffic:
    """Everything that happens in one run, each list in the order of time."""

    visits: list[Visit]
    rings: list[Ring]
    mix: Mix
    days: float


class _Draw:
    """One of several names by their shares."""

    def __init__(self, shares: dict[str, float], chance: Random) -> None:
        self._names = list(shares)
        self._bounds = list(accumulate(shares.values()))
        self._chance = chance

    def __call__(self) -> str:
        return self._names[min(bisect(self._bounds, self._chance.random() * self._bounds[-1]), len(self._names) - 1)]


def traffic(
    seed: int, *, per_hour: float, days: float, shape: Shape = "flat", mix: Mix | None = None, sites: int = 1
) -> Traffic:
    """The traffic of `seed`: the same arguments give the same traffic, on any machine."""
    return _Maker(Random(f"visits {seed}"), Random(f"times {seed}"), mix or Mix(), sites).make(per_hour, days, shape)


class _Maker:
    def __init__(self, chance: Random, times: Random, mix: Mix, sites: int) -> None:
        self._chance, self._times, self._mix, self._sites = chance, times, mix, sites
        self._region = _Draw(mix.regions, chance)
        self._channel = _Draw(mix.channels, chance)
        self._homes: list[str] = []
        self._phone_regions: list[str] = []
        self._visitors = 0
        self._visits: list[Visit] = []
        self._rings: list[Ring] = []

    def make(self, per_hour: float, days: float, shape: Shape) -> Traffic:
        back = self._mix.return_days * 24 * per_hour
        for at in arrivals(shape, per_hour, days, self._times):
            visit = self._visit(at, back)
            self._visits.append(visit)
            self._calls(visit)
        self._call_strangers(days)
        end = days * DAY
        self._rings = [ring for ring in self._rings if ring.at < end]
        self._rings.sort(key=lambda ring: ring.at)
        return Traffic(self._visits, self._rings, self._mix, days)

    def _visit(self, at: float, back: float) -> Visit:
        chance, mix = self._chance, self._mix
        until = at + chance.expovariate(1 / (60 * mix.dwell_minutes))
        earlier = self._earlier(at, back)
        if earlier is None:
            person, home = len(self._homes), self._region()
            self._homes.append(home)
            self._phone_regions.append(home if chance.random() < mix.region_true else self._region())
        else:
            person = earlier.person
        if earlier is None or chance.random() < mix.forgotten:
            self._visitors += 1
            visitor = self._visitors
        else:
            visitor = earlier.visitor
        last_seen, free_at = until, until
        if chance.random() >= mix.beacons:
            last_seen = at + math.floor((until - at) / mix.beat_seconds) * mix.beat_seconds
            free_at = last_seen + mix.hold_after_silence
        region = self._homes[person] if chance.random() < mix.region_true else self._region()
        if chance.random() < mix.region_unknown:
            region = ""
        site = chance.randrange(self._sites)
        return Visit(len(self._visits), at, until, last_seen, free_at, person, visitor, self._channel(), region, site)

    def _earlier(self, at: float, back: float) -> Visit | None:
        """Whose visit this one repeats, half an hour later at the soonest; None for somebody new."""
        if self._chance.random() >= self._mix.returning:
            return None
        place = len(self._visits) - 1 - int(self._chance.expovariate(1 / back))
        if place < 0 or self._visits[place].until + 1800 > at:
            return None
        return self._visits[place]

    def _calls(self, visit: Visit) -> None:
        chance, mix = self._chance, self._mix
        drawn = chance.random()
        during = (1 - mix.later) * mix.calls
        later_only = mix.later * (1 - mix.again) * mix.calls
        if drawn < during:
            self._call_during(visit)
            if chance.random() * (1 - mix.later) < mix.later * mix.again:
                self._call_later(visit)
        elif drawn < during + later_only:
            self._call_later(visit)
        elif chance.random() < mix.idle_taps:
            visit.taps = (chance.uniform(visit.at, visit.until),)

    def _call_during(self, visit: Visit) -> None:
        at = self._chance.uniform(visit.at, visit.until)
        if self._chance.random() < self._mix.taps:
            # The share of the tap in the wait is what a person needs to press «call» in the dialler.
            tap = at - self._chance.expovariate(1 / self._mix.tap_seconds)
            visit.taps = (max(tap, visit.at),)
        self._rings.append(self._ring(at, visit, later=False))

    def _call_later(self, visit: Visit) -> None:
        delay = self._mix.later_median * math.exp(self._mix.later_sigma * self._chance.gauss(0, 1))
        self._rings.append(self._ring(visit.until + 60 * delay, visit, later=True))

    def _ring(self, at: float, visit: Visit, *, later: bool) -> Ring:
        chance, mix = self._chance, self._mix
        if chance.random() < mix.hidden:
            return Ring(at, visit.place, "", "", later)
        if chance.random() < mix.other_phone:
            return Ring(at, visit.place, f"o{visit.place}-{at:.0f}", self._region(), later)
        return Ring(at, visit.place, f"p{visit.person}", self._phone_regions[visit.person], later)

    def _call_strangers(self, days: float) -> None:
        count = round(len(self._rings) * self._mix.strangers / (1 - self._mix.strangers))
        for place in range(count):
            at = self._chance.uniform(0, days * DAY)
            self._rings.append(Ring(at, None, f"s{place}", self._region(), later=False))


def channel_of(visits: Sequence[Visit], place: int | None) -> str:
    """The channel of a visit; empty for nobody's."""
    return visits[place].channel if place is not None else ""
