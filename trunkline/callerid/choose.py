"""Chooses what an outgoing call shows: an ordered table of steps, the first line that fits first. No I/O here.

The five usage rules are those of `virtual_phone_usage_rule` (UIS, Call API 4.0): `fixed`, `fixed_for_numa` (the same
for the same client), `random`, `regional_random`, `regional_fixed_for_numa`; where no number suits, the default one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from hashlib import blake2b

import msgspec

from trunkline.callerid.pool import Candidate, Pool, dialled
from trunkline.calls.phone import NamedKind, parse_dialled
from trunkline.pbx.port import MAX_TURNS, TraceRow, Used

MOST_FALLBACKS = MAX_TURNS - 1


class Outward(StrEnum):
    """What the PBX does with an outgoing call."""

    DIAL = "dial"
    """Dial `number` over `trunk`, showing `caller_id`."""
    PASS = "pass"  # noqa: S105 - no password
    """Leave it as it is: an emergency, a short number, or nothing of ours to show."""
    END = "end"
    """Nothing is left to try, or the call got through."""


class OutgoingFacts(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Everything a step may ask; stored with the choice."""

    client: str = ""
    """E.164, or what was dialled where that is no number."""
    kind: str = "number"
    last_line: str = ""
    """The line of ours the client was last in touch with."""
    city: str = ""
    city_from: str = ""
    """Who says so: `asker` or `crm`; empty where nobody does."""
    subjects: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    sick: tuple[str, ...] = ()
    """Trunks that are down, and `line@trunk` of numbers their operator refused a moment ago."""
    tried: tuple[str, ...] = ()
    """`line@trunk` of earlier turns of this call."""
    wanted_line: str = ""
    """The line who asked for the call wants shown."""


class Offer(msgspec.Struct, frozen=True, gc=False):
    """One way out."""

    caller_id: str
    trunk: str
    number: str
    """What to dial, as the trunk wants it."""


class Choice(msgspec.Struct, frozen=True, gc=False):
    """What to do, the ways that are left if it fails, and why."""

    action: Outward
    rule: str
    caller_id: str = ""
    trunk: str = ""
    number: str = ""
    labelled: bool = True
    """False warns: the number shown has no label with its operator."""
    fallbacks: tuple[Offer, ...] = ()
    trace: tuple[TraceRow, ...] = ()


class Step(msgspec.Struct, frozen=True):
    """A place to look for lines."""

    name: str
    look: Callable[[OutgoingFacts, Pool], tuple[Iterable[Candidate], Used]]


def _wanted(facts: OutgoingFacts, pool: Pool) -> tuple[Iterable[Candidate], Used]:
    found = pool.by_line.get(facts.wanted_line)
    return [found] if found else [], {"line": facts.wanted_line, "ours": bool(found)}


def _last_line(facts: OutgoingFacts, pool: Pool) -> tuple[Iterable[Candidate], Used]:
    found = pool.by_line.get(facts.last_line)
    labelled = found is not None and found.labelled
    return ([found] if found and labelled else []), {"line": facts.last_line, "ours": bool(found), "labelled": labelled}


def _city(facts: OutgoingFacts, pool: Pool) -> tuple[Iterable[Candidate], Used]:
    return pool.by_city.get(facts.city, ()), {"city": facts.city, "from": facts.city_from}


def _region(facts: OutgoingFacts, pool: Pool) -> tuple[Iterable[Candidate], Used]:
    found = dict.fromkeys(each for subject in facts.subjects for each in pool.by_subject.get(subject, ()))
    return found, {"subjects": ",".join(facts.subjects)}


def _district(facts: OutgoingFacts, pool: Pool) -> tuple[Iterable[Candidate], Used]:
    found = dict.fromkeys(each for where in facts.districts for each in pool.by_district.get(where, ()))
    return found, {"districts": ",".join(facts.districts)}


def _any(_facts: OutgoingFacts, pool: Pool) -> tuple[Iterable[Candidate], Used]:
    return pool.by_line.values(), {}


def _default(_facts: OutgoingFacts, pool: Pool) -> tuple[Iterable[Candidate], Used]:
    found = pool.by_line.get(pool.default)
    return [found] if found else [], {"line": pool.default, "ours": bool(found)}


WANTED = Step("wanted_line", _wanted)
LAST, CITY, REGION = Step("last_line", _last_line), Step("city", _city), Step("region", _region)
DISTRICT, ANY, DEFAULT = Step("district", _district), Step("any", _any), Step("default", _default)

STEPS: Mapping[str, tuple[Step, ...]] = {
    "fixed": (DEFAULT,),
    "fixed_for_numa": (LAST, ANY, DEFAULT),
    "random": (ANY, DEFAULT),
    "regional_random": (CITY, REGION, DISTRICT, DEFAULT),
    "regional_fixed_for_numa": (LAST, CITY, REGION, DISTRICT, DEFAULT),
}
"""Where each usage rule looks, in order."""
_BY_CHANCE = frozenset(("random", "regional_random"))


def choose(facts: OutgoingFacts, pool: Pool, chance: float) -> Choice:
    """What to show, and what next where that fails; `chance` is 0 to 1, used by the random rules."""
    if facts.kind != "number":
        return Choice(Outward.PASS, facts.kind, trace=(TraceRow(facts.kind, matched=True, used={"to": facts.client}),))
    trace: list[TraceRow] = []
    found: dict[Candidate, str] = {}
    salt = f"{chance!r}" if pool.rule in _BY_CHANCE else ""
    for step in (*((WANTED,) if facts.wanted_line else ()), *STEPS[pool.rule]):
        candidates, used = step.look(facts, pool)
        fresh = [each for each in candidates if each not in found]
        trace.append(TraceRow(step.name, matched=bool(fresh), used={**used, "lines": len(fresh)}))
        found |= dict.fromkeys(_in_turn(fresh, facts.client + salt), step.name)
    left = [each for each in found if mark(each) not in facts.tried]
    left.sort(key=lambda each: _is_sick(each, facts))
    if not left:
        return Choice(Outward.END if facts.tried else Outward.PASS, "nothing_left", trace=tuple(trace))
    first, *others = left
    offer = _offer(first, facts.client)
    return Choice(
        Outward.DIAL,
        found[first],
        offer.caller_id,
        offer.trunk,
        offer.number,
        first.labelled,
        tuple(_offer(each, facts.client) for each in others[:MOST_FALLBACKS]),
        tuple(trace),
    )


def kind_of(to: object) -> tuple[str, str]:
    """What was dialled, and its kind: `number`, or the NamedKind that passes untouched."""
    number = parse_dialled(to)
    if isinstance(number, NamedKind):
        text = str(to if to is not None else "")[:40]
        return "".join(letter if letter.isprintable() else " " for letter in text), number.value
    return number, "number"


def mark(candidate: Candidate) -> str:
    """`line@trunk`: what was tried, or refused."""
    return f"{candidate.line}@{candidate.trunk.name}"


def _in_turn(candidates: Sequence[Candidate], salt: str) -> list[Candidate]:
    """Labelled lines first; among equals the client's own order (rendezvous hashing: a line more or less moves few
    clients); after each line one of another operator, as long as there is one."""
    waiting = sorted(candidates, key=lambda each: (not each.labelled, _weight(salt, each.line)))
    ordered: list[Candidate] = []
    used: set[str] = set()
    while waiting:
        following = next((each for each in waiting if each.trunk.name not in used), None)
        if following is None:
            used.clear()
            continue
        waiting.remove(following)
        used.add(following.trunk.name)
        ordered.append(following)
    return ordered


def _weight(salt: str, line: str) -> bytes:
    return blake2b(f"{salt}|{line}".encode(), digest_size=8).digest()


def _is_sick(candidate: Candidate, facts: OutgoingFacts) -> bool:
    return candidate.trunk.name in facts.sick or mark(candidate) in facts.sick


def _offer(candidate: Candidate, client: str) -> Offer:
    return Offer(candidate.line, candidate.trunk.name, dialled(candidate.trunk, client))
