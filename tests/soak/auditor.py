"""What was sent held against what came back: every call, question, visit, lease, recording and delivery. No I/O here.

It knows nothing of the inside: what was sent is the load's word, what came back is what the API, the answers and the
CRM's receiver said. Each rule returns sentences, one for each kind of fault with the first of those concerned.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

LONGEST_ANSWER_MS = 400.0
DARK_SECONDS = 15.0
"""How long after its kill nobody may be there to answer a question: the PBX then takes the line's fallback."""
_EXCLUSIVE = frozenset({"exclusive", "cooling"})
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class SentCall:
    """A call that the wire said to its end."""

    linkedid: str
    direction: str
    client: str
    outcome: str
    told: bool
    recorded: bool


@dataclass(frozen=True, slots=True)
class SeenCall:
    """A row of `/api/v1/calls`."""

    id: str
    linkedid: str
    direction: str
    client: str
    outcome: str
    ended: bool
    gap: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the PBX at Unix seconds `at`; `status` 0: nobody answered."""

    linkedid: str
    at: float
    ms: float
    status: int


@dataclass(frozen=True, slots=True)
class Visit:
    """A visitor: shown `number` of this kind from `since` on, his until `until` by all that he was answered."""

    visit: str
    visitor: str
    number: str
    kind: str
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Lease:
    """A row of `/api/v1/leases`."""

    visitor: str
    number: str


@dataclass
class Evidence:
    """All of one soak."""

    sent: Sequence[SentCall] = ()
    seen: Sequence[SeenCall] = ()
    questions: Sequence[Question] = ()
    question_kills: Sequence[float] = ()
    visits: Sequence[Visit] = ()
    statuses: Counter[int] = field(default_factory=Counter)
    """Of everything the script asked, by the answer's status; 0: none came."""
    kept_visits: Sequence[str] = ()
    leases: Sequence[Lease] = ()
    delivered: Sequence[str] = ()
    """Keys of what the CRM took, one for each time it came: `CALL:call.ended`."""
    recordings: Sequence[str] = ()
    """The calls of the recordings that can be heard, one for each of them."""
    waiting: dict[str, float] = field(default_factory=dict)
    """What still waits when all should be done."""


def findings(evidence: Evidence) -> list[str]:
    """What is wrong; empty when everything is accounted for."""
    rules = (_calls, _questions, _visits, _overlaps, _leases, _deliveries, _recordings, _queues)
    return [sentence for rule in rules for sentence in rule(evidence)]


def _calls(evidence: Evidence) -> Iterator[str]:
    seen = defaultdict(list)
    for row in evidence.seen:
        seen[row.linkedid].append(row)
    sent = {one.linkedid: one for one in evidence.sent}
    yield from _told("calls lost", sent.keys() - seen.keys())
    yield from _told("calls double", (linkedid for linkedid, rows in seen.items() if len(rows) > 1))
    yield from _told("calls that nobody made", seen.keys() - sent.keys())
    both = [(sent[linkedid], rows[0]) for linkedid, rows in seen.items() if linkedid in sent]
    yield from _told("calls without an end", (row.linkedid for _, row in both if not row.ended))
    yield from _told(
        "calls told otherwise than they were",
        (
            f"{row.linkedid} ({row.direction} {row.client} {row.outcome}, "
            f"not {was.direction} {was.client} {was.outcome})"
            for was, row in both
            if row.ended and (row.direction, row.client, row.outcome) != (was.direction, was.client, was.outcome)
        ),
    )


def _questions(evidence: Evidence) -> Iterator[str]:
    def dark(at: float) -> bool:
        return any(kill - 1.0 <= at <= kill + DARK_SECONDS for kill in evidence.question_kills)

    asked = [one for one in evidence.questions if not dark(one.at)]
    yield from _told("questions with nobody there", (one.linkedid for one in asked if one.status == 0))
    yield from _told(
        "questions answered wrongly",
        (f"{one.linkedid} ({one.status})" for one in evidence.questions if one.status not in (0, 200)),
    )
    slow = (f"{one.linkedid} ({one.ms:.0f} ms)" for one in asked if one.status == 200 and one.ms > LONGEST_ANSWER_MS)
    yield from _told(f"questions answered later than {LONGEST_ANSWER_MS:.0f} ms", slow)


def _visits(evidence: Evidence) -> Iterator[str]:
    kept = Counter(evidence.kept_visits)
    yield from _told("visits lost", {one.visit for one in evidence.visits} - kept.keys())
    yield from _told("visits double", (visit for visit, times in kept.items() if times > 1))
    broken = {status: times for status, times in evidence.statuses.items() if status >= 500 and status != 503}
    yield from _told("the script was answered with a fault", (f"{status} ×{times}" for status, times in broken.items()))


def _overlaps(evidence: Evidence) -> Iterator[str]:
    """A number that two visitors were shown as theirs at one time."""
    by_number = defaultdict(list)
    for one in evidence.visits:
        if one.kind in _EXCLUSIVE:
            by_number[one.number].append(one)
    doubles = []
    for number, shown in by_number.items():
        longest = None
        for one in sorted(shown, key=lambda visit: visit.since):
            if longest is not None and one.since < longest.until and one.visitor != longest.visitor:
                doubles.append(
                    f"{number} ({longest.visit} until {longest.until:.2f}, {one.visit} from {one.since:.2f})"
                )
            if longest is None or one.until > longest.until:
                longest = one
    yield from _told("numbers shown to two visitors at one time", doubles)


def _leases(evidence: Evidence) -> Iterator[str]:
    """Every number that was shown as somebody's own stands in the ledger, as often as it was given."""
    shown = Counter((one.visitor, one.number) for one in evidence.visits if one.kind in _EXCLUSIVE)
    kept = Counter((one.visitor, one.number) for one in evidence.leases)
    yield from _told("leases lost", (f"{visitor} {number}" for visitor, number in (shown - kept)))
    double = (
        f"{visitor} {number}" for (visitor, number), times in kept.items() if times > max(1, shown[visitor, number])
    )
    yield from _told("leases double", double)


def _deliveries(evidence: Evidence) -> Iterator[str]:
    """A delivery may be repeated under its key where its answer was lost; each call has one key."""
    told = {one.linkedid for one in evidence.sent if one.told}
    wanted = {f"{row.id}:call.ended" for row in evidence.seen if row.linkedid in told}
    came = set(evidence.delivered)
    yield from _told("deliveries lost", wanted - came)
    yield from _told("deliveries that nobody wanted", came - wanted)


def _recordings(evidence: Evidence) -> Iterator[str]:
    recorded = {one.linkedid for one in evidence.sent if one.recorded}
    wanted = {row.id for row in evidence.seen if row.linkedid in recorded}
    heard = Counter(evidence.recordings)
    yield from _told("recordings lost", wanted - heard.keys())
    yield from _told("recordings double", (call for call, times in heard.items() if times > 1))
    yield from _told("recordings that nobody made", heard.keys() - wanted)


def _queues(evidence: Evidence) -> Iterator[str]:
    yield from _told("not drained", (f"{name} {value:.0f}" for name, value in evidence.waiting.items() if value))


def _told(what: str, those: Iterable[str]) -> Iterator[str]:
    if named := sorted(those):
        more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
        yield f"{len(named)} {what}: {', '.join(named[:_SHOWN])}{more}"


def sure_until(since: float, signs: Sequence[tuple[float, bool]], window: float) -> float:
    """Until when a number is a visitor's: `window` seconds after his last sign that was taken, or until he leaves.

    `signs` are moments he was sent a beat at, and whether he left with it; only those that were taken.
    """
    until = since + window
    for at, leaves in signs:
        until = at if leaves else max(until, at + window)
    return until
