"""Every call of a run credited by both rules, in real time: only what was known at the call counts. No I/O here.

Phones are linked to visitors by our own earlier attributions, wrong ones too, and never by the truth.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from calltracking.attribution.attribute import Attribution, attribute
from calltracking.attribution.evidence import LINK_AT, Incoming, Showing
from calltracking.attribution.parameters import Parameters
from calltracking.simulation.leasing import Ledger
from calltracking.simulation.traffic import Ring, Traffic, Visit

NEWEST = 40
"""How many of the number's last visits are looked at; what is older is the nobody of docs/accuracy.md."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the attribution is allowed to know; the sensitivity table switches them off."""

    taps: bool = True
    regions: bool = True
    phones: bool = True


@dataclass(slots=True)
class Credited:
    """One call: its truth, and what each rule says."""

    truth: int | None
    last: int
    best: int | None
    """None: a visit that is none of the run's."""
    confidence: float


Look = Callable[[Incoming, list[Showing], int | None], None]


class Links:
    """Which phones belong to which visitors, as far as earlier calls tell."""

    def __init__(self) -> None:
        self.phones: defaultdict[int, frozenset[str]] = defaultdict(frozenset)
        self.visitors: defaultdict[str, frozenset[str]] = defaultdict(frozenset)

    def add(self, phone: str, visitor: int) -> None:
        """The phone called from the visitor's page."""
        self.phones[visitor] |= {phone}
        self.visitors[phone] |= {str(visitor)}


def credit(
    traffic: Traffic, ledger: Ledger, given: Parameters, signals: Signals | None = None, look: Look | None = None
) -> list[Credited | None]:
    """Each call in order; None where it came to the page's own number. `look` sees what every decision rested on."""
    signals, links = signals or Signals(), Links()
    starts = {number: [visit.at for visit in visits] for number, visits in ledger.held.items()}
    numbers, chance = list(starts), Random("strangers")
    done: list[Credited | None] = []
    for ring in traffic.rings:
        number = _dialled(ring, ledger, numbers, chance)
        place = bisect_right(starts[number], ring.at) if number is not None else 0
        if number is None or not place:
            done.append(None)
            continue
        held = ledger.held[number][max(0, place - NEWEST) : place]
        call = _call(ring, links, signals)
        showings = [_showing(visit, ring.at, links, signals) for visit in held]
        truth = truth_of(ring, held, traffic)
        if look:
            look(call, showings, truth)
        said = attribute(call, showings, given, traffic.mix.regions)
        _link(links, ring, said, traffic)
        best = said.best
        assert best is not None
        done.append(Credited(truth, held[-1].place, int(best.visit), best.confidence))
    return done


def _dialled(ring: Ring, ledger: Ledger, numbers: list[int], chance: Random) -> int | None:
    """The number the caller saw on his page; a stranger dials any."""
    if ring.visit is None:
        return chance.choice(numbers) if numbers else None
    return ledger.number.get(ring.visit)


def truth_of(ring: Ring, held: Sequence[Visit], traffic: Traffic) -> int | None:
    """The caller's visit; his latest, where he was shown the same number again before he called."""
    if ring.visit is None:
        return None
    person = traffic.visits[ring.visit].person
    return next((visit.place for visit in reversed(held) if visit.person == person), ring.visit)


def _call(ring: Ring, links: Links, signals: Signals) -> Incoming:
    phone = ring.phone if signals.phones else ""
    visitors = links.visitors[phone] if phone else frozenset[str]()
    return Incoming(ring.at, phone, ring.region if signals.regions else "", visitors)


def _showing(visit: Visit, at: float, links: Links, signals: Signals) -> Showing:
    return Showing(
        str(visit.place),
        str(visit.visitor),
        visit.at,
        min(visit.last_seen, at),
        visit.taps if signals.taps else (),
        visit.region if signals.regions else "",
        links.phones.get(visit.visitor, frozenset()),
    )


def _link(links: Links, ring: Ring, said: Attribution, traffic: Traffic) -> None:
    if ring.phone and said.best and said.confidence >= LINK_AT:
        links.add(ring.phone, traffic.visits[int(said.best.visit)].visitor)
