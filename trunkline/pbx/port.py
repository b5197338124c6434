"""The question every PBX asks and the answer it gets, whatever its wire: plain values, no I/O here.

An adapter (Asterisk's dialplan, a vendor's hook) turns its request into a `Question` and a `Decision` into its reply;
`router/` decides in between and knows no PBX.
"""

from enum import StrEnum
from typing import Any

import msgspec

from trunkline.pbx.notice import GivenNotice

MAX_TURNS = 8
"""Questions one call may ask; the last is answered with the line's default."""

Used = dict[str, str | int | float | bool | None]
"""The values a rule looked at, by name: short, printable, enough to say why it did or did not apply."""


class Action(StrEnum):
    """What the PBX does next."""

    QUEUE = "queue"
    """Let the caller wait in `target` for `wait_seconds` at `priority`."""
    EXTENSION = "extension"
    """Ring `target` for `ring_seconds`."""
    NUMBER = "number"
    """Call the outside number `target` for `ring_seconds`; with `confirm`, only who presses 1 there has answered."""
    TARGETS = "targets"
    """Ring all of `targets` at once for `ring_seconds`."""
    CHALLENGE = "challenge"
    """Ask the caller to press the digit `target`, and ask again with `digits`."""
    VOICEMAIL = "voicemail"
    """Record a message in the box `target`."""
    REJECT = "reject"
    """Hang up; also the answer when the talk is over and nothing is left to do."""
    PLAYBACK = "playback"
    """Play `sound`."""
    DEFAULT = "default"
    """Whatever the PBX itself holds for this line: we know nothing better."""


class Next(StrEnum):
    """Whether the PBX asks again when the action is over."""

    ASK = "ask"
    END = "end"


class Question(msgspec.Struct, frozen=True, gc=False):
    """One turn of a routing dialogue, numbers as the PBX spelled them."""

    pbx: str
    call_id: str
    """The PBX's own stable id of the call (Asterisk: linkedid)."""
    from_: str | int | float | None = None
    to: str | int | float | None = None
    state: str = ""
    """What we gave in the turn before; empty in the first."""
    status: str = ""
    """How the last action ended: DIALSTATUS or QUEUESTATUS."""
    queue: str = ""
    digits: str = ""
    at: float | None = None
    """Unix seconds when the PBX asked, where it says so."""
    context: str = ""
    """Where the call comes from, as the dialplan and no caller says: `internal` for our own telephones."""
    at_unusable: bool = False
    """A time was named, and is no moment of this era: the question is answered for now."""


class TraceRow(msgspec.Struct, frozen=True, gc=False):
    """One rule the decision looked at."""

    rule: str
    matched: bool
    used: Used


class Decision(msgspec.Struct, frozen=True, gc=False):
    """What to do with the call now, and why."""

    action: Action
    rule: str
    target: str = ""
    targets: tuple[str, ...] = ()
    ring_seconds: int = 0
    wait_seconds: int = 0
    priority: int = 0
    caller_name: str = ""
    sound: str = ""
    next: Next = Next.END
    trace: tuple[TraceRow, ...] = ()
    facts: Any = None
    """The facts used, as a value msgspec encodes (router.facts.Facts)."""
    degraded: tuple[str, ...] = ()
    """What was missing: body, directory, directory-stale, leases, presence, plan, state, reservation, spool, deadline,
    error."""
    state: str = ""
    """Signed; the PBX echoes it in the next turn. At most 200 bytes."""
    advised: "Decision | None" = None
    """Of a line in advise: what would have been answered, without facts of its own."""
    confirm: bool = False
    """`target` is an agent's mobile: who answers there must press 1, or an operator's voicemail would take the call."""
    notice: GivenNotice | None = None
    """What the caller hears before the talk, or in it; the PBX plays it once a call."""


class DecisionRecord(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One turn as it goes to the spool (Kind.DECISION, msgpack) and from there to the table `decisions`."""

    at: float
    turn: int
    caller: str
    """E.164, or the spelling the PBX sent where it is none."""
    line: str
    question: Question
    decision: Decision
    plan: int = 0
    """Version of the plan in force."""
    micros: int = 0
    """How long we took."""
