"""What becomes of a request of the script: who it is, what he is shown, what is kept. Time is asked of a clock."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from uuid import UUID

import msgspec

from calltracking.channels.robots import is_robot
from calltracking.leases.counters import read_cookies
from calltracking.leases.granting import Granter
from calltracking.leases.ids import Grade, IdMaker
from calltracking.leases.lease import GRACE_SECONDS, Ask, Kind, Shown, without_lease
from calltracking.leases.limits import NEWCOMERS, STRANGERS, SWAPS, TAPS, Buckets
from calltracking.leases.sittings import Seats, Sittings
from calltracking.leases.wire import (
    BeatBody,
    BeatRecord,
    Ids,
    SwapAnswer,
    SwapBody,
    TapBody,
    TapRecord,
    VisitRecord,
    is_fresh,
    is_young,
)
from calltracking.sites.catalogue import Site
from calltracking.sites.reading import KeptCatalogue
from trunkline.errors import Overloaded, TrunklineError
from trunkline.geo.place import Place, nowhere
from trunkline.ids import uuid7
from trunkline.spool import Kind as Spooled
from trunkline.spool import SpoolWriter
from trunkline.web.metrics import LEASE_ANSWERS

_MOST_SEATS = 20
_CONSENT = ("none", "cookieless", "full")
LONGEST_AGENT = 300
_LONGEST_URL = 2048
_NO_IDS = Ids()


class Refused(TrunklineError):
    """What was sent is not taken: `reason` is counted, `field` is at fault."""

    def __init__(self, status: int, reason: str, error: str, field: str = "") -> None:
        super().__init__(error)
        self.status, self.reason, self.field = status, reason, field


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a request: his network (an address, or an IPv6 /64) and his browser's name for itself."""

    network: str
    agent: str


@dataclass(frozen=True, slots=True)
class Known:
    """A visit as it is known now, and whether it may be leased numbers."""

    visitor: UUID
    visit: UUID
    returns: bool
    grade: Grade
    anew: bool = False
    """The visit begins now: a number the visitor holds is leased to it from here on."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything an answer needs."""

    catalogue: KeptCatalogue
    granter: Granter
    ids: IdMaker
    spool: SpoolWriter
    clock: Callable[[], float] = time.time
    newcomers: Buckets = field(default_factory=lambda: Buckets(NEWCOMERS))
    swaps: Buckets = field(default_factory=lambda: Buckets(SWAPS))
    taps: Buckets = field(default_factory=lambda: Buckets(TAPS))
    strangers: Buckets = field(default_factory=lambda: Buckets(STRANGERS))
    sittings: Sittings = field(default_factory=Sittings)
    seats: Seats = field(default_factory=Seats)
    places: Callable[[str], Place] = nowhere
    """Where a sender's network is; in microseconds, and never raises."""

    async def swap(self, site: Site, body: SwapBody, sender: Sender) -> SwapAnswer:
        """A page is seen: keep the visit, and give a number for each placement that is asked for."""
        unknown = [name for name in body.placements if name not in site.placements]
        if unknown:
            raise Refused(
                400, "placement", f"must be placements of the site: {', '.join(site.placements)}", "placements"
            )
        consent = _weaker(site.consent, body.consent)
        if consent == "none" or is_robot(sender.agent):
            _answers("robot" if consent != "none" else "no_consent").inc()
            return SwapAnswer(None, None, self._without(site, body), site.beat_seconds)
        now = self.clock()
        known = self._known(site, body, sender, consent, now)
        if not self.swaps.take(known.visitor, now):
            raise Refused(429, "visitor_rate", "asks too often; a number stays good until its visit is over", "visitor")
        if known.grade is Grade.FULL or self.strangers.take(sender.network, now):
            self._keep_visit(site, body, sender, known, consent, now)
        numbers = self._without(site, body) if known.grade is Grade.LIMITED else await self._lease(site, body, known)
        for shown in numbers.values():
            _answers(shown.kind.value).inc()
        return SwapAnswer(known.visit, known.visitor, numbers, site.beat_seconds)

    def beat(self, site: Site, body: BeatBody) -> None:
        """The visitor is there still, or leaves."""
        self._checked(site, body.visitor, body.visit)
        now = self.clock()
        if not self.sittings.beats(body.visit, body.at, now):
            raise Refused(409, "replay", "was said before", "at")
        seconds = GRACE_SECONDS if body.leave else site.window_seconds if body.visible else 0
        if body.leave:
            self.seats.leave(body.visitor)
        elif seconds:
            self.seats.beats(body.visitor, now + seconds)
        told = BeatRecord(body.visit, body.visitor, now, body.at, seconds, body.leave, site.id, body.clash or "")
        self.spool.append(Spooled.BEAT, msgspec.msgpack.encode(told), told.at)

    def tap(self, site: Site, body: TapBody) -> None:
        """A number's link was touched; which number is the browser's word, for its table may be older than ours."""
        self._checked(site, body.visitor, body.visit)
        if body.placement not in site.placements:
            raise Refused(400, "placement", "must be a placement of the site", "placement")
        now = self.clock()
        if not self.taps.take(body.visit, now):
            raise Refused(429, "visit_rate", "touches its number too often", "visit")
        told = TapRecord(uuid7(now), body.visit, site.id, body.placement, body.number, now)
        self.spool.append(Spooled.TAP, msgspec.msgpack.encode(told), now)

    def _checked(self, site: Site, visitor: UUID, visit: UUID) -> None:
        if self.ids.visit_grade(site.id, visitor, visit) is None:
            raise Refused(403, "forged", "is no visit of this visitor that we know", "visit")
        if not is_fresh(visit, self.clock()):
            raise Refused(410, "over", "is over: ask for a number again", "visit")

    def _known(self, site: Site, body: SwapBody, sender: Sender, consent: str, now: float) -> Known:
        visitor, grade = body.visitor, None
        if visitor is not None:
            grade = self.ids.visitor_grade(site.id, visitor)
        known = grade is not None
        visit, vouched = self._going_on(site, body, now) if known else (None, False)
        if grade is not Grade.FULL or not (vouched or (visit is None and is_young(visitor, now))):
            grade = Grade.FULL if self.newcomers.take(sender.network, now) else Grade.LIMITED
        returns = known or consent == "cookieless"
        if not known:
            cookieless = consent == "cookieless"
            visitor = self._seated(site, sender, now, grade) if cookieless else self.ids.visitor(site.id, now, grade)
        assert visitor is not None
        if consent == "cookieless":
            self.seats.keep(visitor, now + site.window_seconds)
        anew = visit is None
        visit = visit or self.ids.visit(site.id, visitor, now, grade)
        self.sittings.note(visit, body.page, body.referrer, now)
        return Known(visitor, visit, returns, grade, anew and returns)

    def _going_on(self, site: Site, body: SwapBody, now: float) -> tuple[UUID | None, bool]:
        """The visit that the page belongs to, where it is one of this visitor's and goes on; whether it may lease."""
        visit, visitor = body.visit, body.visitor
        if visit is None or visitor is None or not is_fresh(visit, now):
            return None, False
        grade = self.ids.visit_grade(site.id, visitor, visit)
        if grade is None or not self.sittings.goes_on(visit, body.page, body.referrer, now):
            return None, False
        return visit, grade is Grade.FULL

    def _seated(self, site: Site, sender: Sender, now: float, grade: Grade) -> UUID:
        """Who keeps no cookie: the first of those alike who has no page open."""
        for seat in range(_MOST_SEATS):
            visitor = self.ids.daily(site.id, sender.network, sender.agent, now, grade, seat)
            if self.seats.is_free(visitor, now):
                return visitor
        return self.ids.visitor(site.id, now, grade)

    def _keep_visit(self, site: Site, body: SwapBody, sender: Sender, known: Known, consent: str, now: float) -> None:
        ids = body.ids or _NO_IDS
        counted = read_cookies(ids.cookies or ())
        place = self.places(sender.network)
        told = VisitRecord(
            known.visit,
            known.visitor,
            site.id,
            now,
            _plain(body.page[:_LONGEST_URL]),
            _plain(body.referrer[:_LONGEST_URL]),
            _plain(sender.agent),
            consent,
            counted.ym or _plain(ids.ym),
            counted.ga or _plain(ids.ga),
            body.at - int(now * 1000),
            counted.sessions,
            place.country,
            place.region,
            place.city if consent == "full" else "",  # who is known by less is placed less exactly
            body.clash or "",
        )
        self.spool.append(Spooled.VISIT, msgspec.msgpack.encode(told), now)

    async def _lease(self, site: Site, body: SwapBody, known: Known) -> dict[str, Shown]:
        numbers = self._without(site, body)
        asks = [
            Ask(pool, site, name, known.visit, known.visitor, known.returns, known.anew)
            for name in body.placements
            if (pool := self.catalogue.value.pool_of(site.placements[name]))
        ]
        if asks:
            try:
                if len(asks) == 1:  # nearly always: no task is needed
                    found = [await self.granter.ask(asks[0])]
                else:
                    found = await asyncio.gather(*map(self.granter.ask, asks))
            except Overloaded:
                _answers("late").inc()
                return numbers
            numbers |= {ask.placement: shown for ask, shown in zip(asks, found, strict=True) if shown}
        return numbers

    def _without(self, site: Site, body: SwapBody) -> dict[str, Shown]:
        return {name: without_lease(site, name, site.statics) for name in body.placements}


# Found once: finding one costs as much as counting.
_answers = cache(LEASE_ANSWERS.labels)


def _weaker(site: str, asked: str | None) -> str:
    """The more careful of what the site is set to and what the visitor agreed to."""
    if asked is None:
        return site
    if asked not in _CONSENT:
        raise Refused(400, "consent", f"must be one of: {', '.join(_CONSENT)}", "consent")
    return min(site, asked, key=_CONSENT.index)


def _plain(text: str) -> str:
    """PostgreSQL keeps no NUL in a text."""
    return text.replace("\0", "")


__all__ = ["Engine", "Kind", "Refused", "Sender"]
