"""What can happen to a call, in our words: one small frozen value a kind, whatever the PBX. No I/O here."""

from enum import StrEnum
from typing import ClassVar

import msgspec

from trunkline.pbx.notice import NoticeState, NoticeWhen, Way


class TransferKind(StrEnum):
    """How a call was passed on."""

    BLIND = "blind"
    ATTENDED = "attended"
    BLONDE = "blonde"
    """Attended, but given up while the new party still rang."""


class What(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind"):
    """One thing that happened. `rank` orders what happened in the same microsecond: causes before effects."""

    rank: ClassVar[int] = 5


class LegStarted(What, frozen=True, tag="leg_started"):
    """A channel was made; `exten` is what it dialled in `context`."""

    rank: ClassVar[int] = 0
    number: str = ""
    name: str = ""
    exten: str = ""
    context: str = ""
    account: str = ""


class CallStarted(LegStarted, frozen=True, tag="call_started"):
    """The first channel of a call was made: the one its linkedid is named after."""


class Dialed(What, frozen=True, tag="dialed"):
    """This leg made the PBX ring `to`; an empty leg means the PBX rang it by itself (click-to-call)."""

    rank: ClassVar[int] = 1
    to: str
    channel: str = ""
    number: str = ""
    string: str = ""
    seat: str = ""
    """The extension of the mobile employee whose number was dialled; ours, no PBX says so."""


class DialEnded(What, frozen=True, tag="dial_ended"):
    """Ringing `to` came to an end: ANSWER, NOANSWER, BUSY, CANCEL, CHANUNAVAIL, CONGESTION, ABORT or CONTINUE."""

    rank: ClassVar[int] = 4
    to: str
    status: str = ""
    forward: str = ""


class Ringing(What, frozen=True, tag="ringing"):
    """The leg's phone rings."""

    rank: ClassVar[int] = 2


class Progressed(What, frozen=True, tag="progressed"):
    """The leg's network plays something before the answer (SIP 183): whoever dialled hears that it works."""

    rank: ClassVar[int] = 2


class Answered(What, frozen=True, tag="answered"):
    """The leg is up: its phone was picked up, or the PBX itself answered the caller."""

    rank: ClassVar[int] = 3


class Found(What, frozen=True, tag="found"):
    """The leg was there when the PBX was asked who is: what a stream that begins in mid-call knows of it."""

    number: str = ""
    name: str = ""
    exten: str = ""


class Named(What, frozen=True, tag="named"):
    """The leg's caller ID was set anew, or `exten` is what it dialled: the dialplan knows better than the trunk."""

    number: str = ""
    name: str = ""
    exten: str = ""


class Joined(What, frozen=True, tag="joined"):
    """The leg entered a bridge: it hears whoever else is in there."""

    bridge: str
    technology: str = ""
    number: str = ""
    name: str = ""


class Left(What, frozen=True, tag="left"):
    """The leg left a bridge."""

    rank: ClassVar[int] = 8
    bridge: str


class Held(What, frozen=True, tag="held"):
    """The leg put the other side on hold."""


class Unheld(What, frozen=True, tag="unheld"):
    """The leg took the other side off hold."""

    rank: ClassVar[int] = 6


class Queued(What, frozen=True, tag="queued"):
    """The leg began to wait in a queue."""

    queue: str
    position: int = 0


class QueueLeft(What, frozen=True, tag="queue_left"):
    """The leg waits in the queue no more, whatever the reason."""

    rank: ClassVar[int] = 7
    queue: str


class Abandoned(What, frozen=True, tag="abandoned"):
    """The leg hung up while waiting in the queue."""

    queue: str
    waited: int = 0


class AgentCalled(What, frozen=True, tag="agent_called"):
    """The queue rings a member for this waiting leg."""

    queue: str
    agent: str
    name: str = ""
    to: str = ""


class AgentConnected(What, frozen=True, tag="agent_connected"):
    """The queue's member took this waiting leg; times in seconds."""

    queue: str
    agent: str
    name: str = ""
    to: str = ""
    waited: int = 0
    rang: int = 0


class AgentMissed(What, frozen=True, tag="agent_missed"):
    """The queue's member let it ring."""

    queue: str
    agent: str
    name: str = ""
    to: str = ""


class Transferred(What, frozen=True, tag="transferred"):
    """The leg passed the call on: to `exten` (blind) or to the leg `target` in `bridge`, called before in `consult`."""

    how: TransferKind
    result: str = ""
    exten: str = ""
    target: str = ""
    channel: str = ""
    number: str = ""
    name: str = ""
    bridge: str = ""
    consult: str = ""


class Merged(What, frozen=True, tag="merged"):
    """This call went on as a part of the call `into`: after an attended transfer, or a pick-up."""

    rank: ClassVar[int] = 9
    into: str
    why: str = "transfer"


class PickedUp(What, frozen=True, tag="picked_up"):
    """The leg took the call that was ringing at `of`."""

    of: str
    channel: str = ""
    number: str = ""
    name: str = ""


class Forwarded(What, frozen=True, tag="forwarded"):
    """The ringing phone sent the call on to another number."""

    to: str


class Recorded(What, frozen=True, tag="recorded"):
    """The PBX writes what this leg says and hears to a file."""

    file: str


class NoticeTold(What, frozen=True, tag="notice_told"):
    """What came so far of the notice of `line`, version `version`, on this leg; `seconds` is how long it may take."""

    state: NoticeState
    way: Way
    line: str
    version: int
    when: NoticeWhen
    seconds: int


class HangupAsked(What, frozen=True, tag="hangup_asked"):
    """The leg's own side wants to end it: this is who hung up."""

    cause: int = 0


class Ended(What, frozen=True, tag="ended"):
    """The leg is over; `cause` is Q.931, `source` the channel that ended it where the PBX says so."""

    rank: ClassVar[int] = 9
    cause: int = 0
    source: str = ""


class Taken(What, frozen=True, tag="taken"):
    """The leg took the call, so whoever else was rung is rung no more: of PBXs that tell of no leg's end."""

    rank: ClassVar[int] = 6


class Closed(What, frozen=True, tag="closed"):
    """The whole call is over, whatever of it was heard: of PBXs that tell no more of its end. `cause` is Q.931."""

    rank: ClassVar[int] = 9
    cause: int = 0


class TookOver(What, frozen=True, tag="took_over"):
    """The leg talks on instead of whoever of our people had the call: of PBXs that tell no more of a transfer."""

    rank: ClassVar[int] = 6


class Settled(What, frozen=True, tag="settled"):
    """The PBX's own reckoning after the call: over at `until`; where `to` is named, the leg had talked with it from
    `since` on (µs). What was heard of the talk while it went on stands. Neither is later than the event.
    """

    rank: ClassVar[int] = 9
    until: int
    since: int = 0
    to: str = ""


class LetGo(What, frozen=True, tag="let_go"):
    """The leg is over. Where no other is rung or talks, so is the caller's, until another is heard of after all: of
    PBXs that tell of each telephone and never of the caller.
    """

    rank: ClassVar[int] = 9
    cause: int = 0


class GapSeen(What, frozen=True, tag="gap_seen"):
    """Events of this call may be missing from `since` (µs) to the event's own time."""

    since: int


class GapFilled(What, frozen=True, tag="gap_filled"):
    """The PBX's journal has told what happened from `since` (µs) to the event's own time."""

    rank: ClassVar[int] = 6
    since: int


class Vanished(What, frozen=True, tag="vanished"):
    """The PBX knows this leg no more (an empty leg: the whole call); how it ended was not heard."""

    rank: ClassVar[int] = 9


# fmt: off
AnyWhat = (
    TookOver | Settled | LetGo
    | CallStarted | LegStarted | Found | Named | Dialed | DialEnded | Ringing | Progressed | Answered | Joined | Left
    | Held | Unheld | Queued | QueueLeft | Abandoned | AgentCalled | AgentConnected | AgentMissed | Transferred
    | Merged | PickedUp | Forwarded | Recorded | NoticeTold | HangupAsked | Ended | Taken | Closed | GapSeen | GapFilled
    | Vanished
)
# fmt: on
