"""One call of ours from the moment it was accepted: its states, and what a look at the story makes of it. No I/O here.

    accepted → sent → ringing (the agent) → dialling (the client) → talking → ended

`sent` is stored before the PBX is told, and only an accepted dial is ever sent: what became of one whose answer was
lost is read from the story by the id of its channel, never tried again.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from trunkline.ids import call_uuid, time_of

STALE_SECONDS = 30.0
"""An accepted dial that nobody sent in this time is not sent any more: whoever asked for it has gone on."""
STORY_MARGIN = 3.0
"""The PBX's clock and ours differ at most so much."""
UNKNOWN_AFTER = 3600.0


class State(StrEnum):
    """Where a dial stands."""

    ACCEPTED = "accepted"
    SENT = "sent"
    RINGING = "ringing"
    DIALLING = "dialling"
    TALKING = "talking"
    ENDED = "ended"


class Outcome(StrEnum):
    """How it ended."""

    ANSWERED = "answered"
    """They talked."""
    NO_ANSWER = "no_answer"
    """The agent was there; the client was engaged or did not answer."""
    AGENT_NO_ANSWER = "agent_no_answer"
    NOT_DIALLED = "not_dialled"
    """The PBX made no channel: the phone is out of reach, or the order was lost on its way."""
    REFUSED = "refused"
    """The PBX said no; `why` has its words."""
    EXPIRED = "expired"
    """Nobody could send it in time."""
    STOPPED = "stopped"
    """The kill switch was pulled before it was sent."""
    UNKNOWN = "unknown"
    """Nothing was heard of it for an hour; of one of a hosted PBX, for ten minutes."""


class Told(NamedTuple):
    """What the story says of the call."""

    over: bool
    talked: bool
    client_rung: bool
    talk_seconds: int = 0


class Open(NamedTuple):
    """A dial that is not over, and what is known of its call now."""

    state: State
    at: float
    sent_at: float | None
    told: Told | None
    heard_until: float | None
    """How far the PBX's story is stored."""
    lives: bool | None
    """Whether the PBX has its channel now; None: it could not be asked."""
    patience: float = UNKNOWN_AFTER
    """Seconds without a word of it until it is given up."""


class Turn(NamedTuple):
    """What a dial becomes."""

    state: State
    outcome: str = ""
    talk_seconds: int = 0


def channel_of(dial: UUID) -> str:
    """The unique id of the agent's channel; it carries the dial's time as Asterisk's own ids do."""
    return f"dial-{int(time_of(dial))}.{dial.int & (1 << 62) - 1}"


def call_of(dial: UUID, pbx: str) -> UUID:
    """The id the story gives that call."""
    return call_uuid(pbx, channel_of(dial), 0.0)


def next_turn(dial: Open, now: float) -> Turn | None:
    """What `dial` becomes at `now`; None: it stays as it is."""
    turn = next(turn for look in _LOOKS if (turn := look(dial, now)) is not None)
    return None if turn.state is dial.state else turn


def _waiting(dial: Open, now: float) -> Turn | None:
    if dial.state is not State.ACCEPTED:
        return None
    return Turn(State.ENDED, Outcome.EXPIRED) if now - dial.at > STALE_SECONDS else Turn(State.ACCEPTED)


def _over(dial: Open, _now: float) -> Turn | None:
    told = dial.told
    if told is None or not told.over:
        return None
    if told.talked:
        return Turn(State.ENDED, Outcome.ANSWERED, told.talk_seconds)
    return Turn(State.ENDED, Outcome.NO_ANSWER if told.client_rung else Outcome.AGENT_NO_ANSWER)


def _going_on(dial: Open, _now: float) -> Turn | None:
    told = dial.told
    if told is None:
        return None
    if told.talked:
        return Turn(State.TALKING)
    return Turn(State.DIALLING if told.client_rung else State.RINGING)


def _alive(dial: Open, _now: float) -> Turn | None:
    return Turn(State.RINGING if dial.state is State.SENT else dial.state) if dial.lives else None


def _never_was(dial: Open, _now: float) -> Turn | None:
    """The story is stored beyond the moment it was sent, and neither it nor the PBX knows the channel."""
    sent_at, heard_until = dial.sent_at or dial.at, dial.heard_until
    if dial.lives is False and heard_until is not None and heard_until > sent_at + STORY_MARGIN:
        return Turn(State.ENDED, Outcome.NOT_DIALLED)
    return None


def _lost(dial: Open, now: float) -> Turn | None:
    return Turn(State.ENDED, Outcome.UNKNOWN) if now - (dial.sent_at or dial.at) > dial.patience else None


def _nothing_new(dial: Open, _now: float) -> Turn | None:
    return Turn(dial.state)


_LOOKS: tuple[Callable[[Open, float], Turn | None], ...] = (
    _waiting,
    _over,
    _going_on,
    _alive,
    _never_was,
    _lost,
    _nothing_new,
)
"""The first that has an answer has the last word; only a told talk outlives the hour of `_lost`."""
