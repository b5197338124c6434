"""A call in full, as the API, the page and the stored story show it. No I/O here."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from trunkline.calls.call import Call
from trunkline.calls.leg import Leg
from trunkline.calls.summary import Summary, party_of
from trunkline.calls.talks import seconds_of
from trunkline.pbx.notice import NoticeState, NoticeWhen, Way

_ANSWERED_ELSEWHERE = 26
_A_MOMENT = 500_000  # µs

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Role(StrEnum):
    """Who is at the end of a leg."""

    CALLER = "caller"
    DESK = "desk"
    OUTSIDE = "outside"
    MACHINE = "machine"


class Span(msgspec.Struct, frozen=True):
    """From one moment to another; None while it goes on."""

    since: datetime
    until: datetime | None


class LegDetail(msgspec.Struct, frozen=True):
    """One leg: who, and what happened to it. `elsewhere`: it rang in vain because another took the call.

    `post_dial_seconds` passed in silence between dialling it and the first sign of it: ringing, a tone, the answer.
    """

    id: str
    channel: str
    role: Role
    party: str
    number: str
    name: str
    started_at: datetime
    ringing_at: datetime | None
    rang: bool
    elsewhere: bool
    talk_seconds: float
    answered_at: datetime | None
    ended_at: datetime | None
    dialled_by: str
    dial_status: str
    forwarded_to: str
    cause: int
    vanished: bool
    bridged: tuple[Span, ...]
    held: tuple[Span, ...]
    post_dial_seconds: float | None = None


class TalkDetail(msgspec.Struct, frozen=True):
    """Who heard whom."""

    since: datetime
    until: datetime
    legs: tuple[str, ...]
    parties: tuple[str, ...]


class TransferDetail(msgspec.Struct, frozen=True):
    """Who passed the call on, and to whom."""

    at: datetime
    how: str
    by: str
    to: str
    result: str
    consult: str


class PickupDetail(msgspec.Struct, frozen=True):
    """Who took the call that rang at whose desk."""

    at: datetime
    by: str
    of: str


class QueueDetail(msgspec.Struct, frozen=True):
    """How long the caller waited in a queue."""

    queue: str
    since: datetime
    until: datetime | None
    abandoned: bool


class OfferDetail(msgspec.Struct, frozen=True):
    """Whom the queue rang, and whether the agent took it."""

    queue: str
    agent: str
    name: str
    since: datetime
    until: datetime | None
    took: bool | None


class GapDetail(msgspec.Struct, frozen=True):
    """When the link was lost; `filled` when the PBX's journal has told what happened."""

    since: datetime
    until: datetime
    filled: bool


class NoticeDetail(msgspec.Struct, frozen=True):
    """The notice of `line` that was to be played, and what came of it; `party` is who was to hear it."""

    way: Way
    line: str
    version: int
    when: NoticeWhen
    party: str
    state: NoticeState
    since: datetime | None
    until: datetime | None


class Story(msgspec.Struct, frozen=True):
    """All of it."""

    legs: tuple[LegDetail, ...]
    talks: tuple[TalkDetail, ...]
    transfers: tuple[TransferDetail, ...]
    pickups: tuple[PickupDetail, ...]
    queues: tuple[QueueDetail, ...]
    offers: tuple[OfferDetail, ...]
    recordings: tuple[str, ...]
    gaps: tuple[GapDetail, ...]
    notice: NoticeDetail | None = None


def story_of(call: Call, summary: Summary) -> Story:
    """The story of `call`, legs in the order they came."""
    order = sorted(call.legs.values(), key=lambda leg: (leg.started_at or leg.seen_at, leg.id))
    return Story(
        legs=tuple(_leg(leg, call, summary) for leg in order),
        talks=tuple(
            TalkDetail(moment(talk.since), moment(talk.until), talk.legs, tuple(_party(call, leg) for leg in talk.legs))
            for talk in summary.talks
        ),
        transfers=tuple(
            TransferDetail(
                moment(t.at), t.how, _party(call, t.by), t.exten or _party(call, t.target), t.result, t.consult
            )
            for t in call.transfers
        ),
        pickups=tuple(PickupDetail(moment(p.at), _party(call, p.by), _party(call, p.of)) for p in call.pickups),
        queues=tuple(QueueDetail(q.queue, moment(q.since), _maybe(q.until), q.abandoned) for q in call.queues),
        offers=tuple(
            OfferDetail(o.queue, _party(call, o.to) or o.agent, o.name, moment(o.at), _maybe(o.until), o.took)
            for o in call.offers
        ),
        recordings=tuple(recording.file for recording in call.recordings),
        gaps=tuple(GapDetail(moment(gap.since), moment(gap.until), gap.filled) for gap in call.gaps),
        notice=_notice(call),
    )


def moment(micros: int) -> datetime:
    """µs since the epoch as a time, to the microsecond."""
    return _EPOCH + timedelta(microseconds=micros)


def micros(at: datetime) -> int:
    """Undo `moment`."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def _maybe(at: int | None) -> datetime | None:
    return None if at is None else moment(at)


def _notice(call: Call) -> NoticeDetail | None:
    if (one := call.notice) is None:
        return None
    told = (one.way, one.line, one.version, one.when, _party(call, one.leg), one.state)
    return NoticeDetail(*told, _maybe(one.since), _maybe(one.until))


def _party(call: Call, leg_id: str) -> str:
    leg = call.legs.get(leg_id)
    return party_of(leg) if leg else ""


def _leg(leg: Leg, call: Call, summary: Summary) -> LegDetail:
    talks = [talk for talk in summary.talks if leg.id in talk.legs]
    rang = _rang(leg, call)
    return LegDetail(
        id=leg.id,
        channel=leg.channel,
        role=_role(leg, summary.caller_leg),
        party=party_of(leg),
        number=leg.number,
        name=leg.name,
        started_at=moment(leg.started_at or leg.seen_at),
        ringing_at=_maybe(leg.ringing_at),
        rang=rang,
        elsewhere=rang and not talks and _taken_from(leg, summary),
        talk_seconds=round(seconds_of(talks), 3),
        answered_at=_maybe(leg.up_at),
        ended_at=_maybe(leg.ended_at),
        dialled_by=leg.dialed_by,
        dial_status=leg.dial_status,
        forwarded_to=leg.forward,
        cause=leg.cause,
        vanished=leg.vanished,
        bridged=_spans([(one.since, one.until) for one in leg.presences]),
        held=_spans([(one.since, one.until) for one in leg.holds]),
        post_dial_seconds=_post_dial(leg, call),
    )


def _rang(leg: Leg, call: Call) -> bool:
    """Whether its phone rang; of one that began in another call only its answer was told here."""
    picked = any(pickup.by == leg.id for pickup in call.pickups)
    return leg.ringing_at is not None or (leg.started_at is None and leg.dial_status == "ANSWER" and not picked)


def _post_dial(leg: Leg, call: Call) -> float | None:
    """None where it was not dialled, gave no sign, or its first sign may be one of those that were not heard."""
    signs = [at for at in (leg.ringing_at, leg.progress_at) if at is not None]
    if not signs and leg.up_at is not None and not call.gaps and not call.has_ledger:
        signs = [leg.up_at]
    if leg.dialed_at is None or not signs:
        return None
    return round(max(0, min(signs) - leg.dialed_at) / 1e6, 3)


def _taken_from(leg: Leg, summary: Summary) -> bool:
    """Whether it stopped ringing because the call was answered: Q.931 cause 26, or at that very moment."""
    if leg.cause == _ANSWERED_ELSEWHERE:
        return True
    answered, ended = summary.answered_at, leg.ended_at
    return answered is not None and ended is not None and abs(ended - answered) < _A_MOMENT


def _role(leg: Leg, caller: str) -> Role:
    if leg.id == caller:
        return Role.CALLER
    if leg.is_machine:
        return Role.MACHINE
    return Role.DESK if leg.extension else Role.OUTSIDE


def _spans(spans: Sequence[tuple[int, int | None]]) -> tuple[Span, ...]:
    return tuple(Span(moment(since), _maybe(until)) for since, until in spans)
