"""Mango's `events/call` in our words: which call, which of its legs, where that is and what became of it. No I/O here.

Numbers come as text or as integers, and `location` is misspelled in the vendor's own examples (pbx.md §1.3). Times are
Unix seconds; its document calls them "UTC+3", so one that is three hours ahead of us is taken back: nobody tells of
what is to come.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from trunkline.pbx.hooks.fields import mapping_of, number_of, text_of
from trunkline.pbx.hooks.numbers import extension_in, number_with_plus
from trunkline.pbx.mango.envelope import read_body

CALL, SUMMARY = "events/call", "events/summary"
APPEARED, CONNECTED, ON_HOLD, DISCONNECTED = "Appeared", "Connected", "OnHold", "Disconnected"
IVR, QUEUE, DESK = "ivr", "queue", "abonent"
DIAL: Final = "dial-"
"""How the `command_id` of a dial of ours begins."""
BLIND: Final = "blind"
_SECOND: Final = 1_000_000
_AHEAD: Final = 3 * 3600 * _SECOND
_SLACK: Final = 600 * _SECOND
_WRONG_CLOCK: Final = 86_400 * _SECOND
_MOST_SEQ: Final = 800
_SEQ_MICROS: Final = 1_000
_LONGEST_REASON: Final = 1e5


class End(msgspec.Struct, frozen=True, gc=False):
    """Who is at one end of a leg; `taken_from` is the leg the caller was on before, `holds` whether he keeps the other
    side waiting.
    """

    extension: str
    number: str
    taken_from: str
    holds: bool

    @property
    def party(self) -> str:
        """The extension, else the number."""
        return self.extension or self.number


class CallEvent(msgspec.Struct, frozen=True, gc=False):
    """One state of one leg. `at` is in µs: the second the event names, and in it the place `seq` gives it."""

    entry: str
    leg: str
    at: int
    seq: int
    state: str
    place: str
    caller: End
    called: End
    line: str
    group: str
    reason: int
    transfer: str
    ordered: bool
    """By a command, a task or a callback: not a caller who came by himself."""
    called_back: bool
    """Surely by a callback: one of its own kinds, or a dial of ours."""

    @property
    def is_first(self) -> bool:
        """Whether the call begins with this leg."""
        return self.caller.taken_from == "" and not self.ordered

    @property
    def is_call_back(self) -> bool:
        """Whether an employee is rung first, for a call that was asked for here or there: `from` is who is called next
        ("VPBX API" 1.9, the example of an initiated call).
        """
        is_first = self.ordered and self.place == DESK and self.caller.taken_from == ""
        rings_ours = self.called.extension != "" and self.caller.extension == ""
        return is_first and rings_ours and (self.called_back or self.line == "")

    @property
    def calls_out(self) -> bool:
        """Whether it is the second leg of such a call: the employee's, to the number."""
        is_ours = self.caller.extension != "" and self.called.extension == ""
        return self.ordered and self.place == DESK and self.caller.taken_from != "" and is_ours

    @property
    def is_aside(self) -> bool:
        """Whether one of ours asks a colleague while his caller waits."""
        return self.caller.extension != "" and self.caller.taken_from != "" and not self.calls_out

    @property
    def comes_in(self) -> bool:
        """Whether a caller from outside has just come to a line of ours, and nobody has answered him."""
        outside = self.caller.extension == "" and self.line != ""
        return self.state == APPEARED and self.is_first and outside and self.entry != "" and self.leg != ""


@lru_cache(maxsize=8)
def event_in(body: bytes, received: int) -> CallEvent:
    """The event in the form `body`, which came at `received` (µs); what it lacks is empty."""
    told = read_body(body)[1]
    caller, to = mapping_of(told.get("from")), mapping_of(told.get("to"))
    place = (text_of(told.get("location")) or text_of(told.get("locaton"))).lower()
    called = _end(to)
    seq = int(min(max(number_of(told.get("seq")) or 0, 0), _MOST_SEQ))
    line = number_with_plus(text_of(to.get("line_number")))
    called_back = text_of(told.get("callback_initiator")) != "" or text_of(told.get("command_id")).startswith(DIAL)
    ours = any(text_of(told.get(name)) for name in ("command_id", "task_id", "callback_initiator"))
    return CallEvent(
        text_of(told.get("entry_id")),
        text_of(told.get("call_id")),
        second(told.get("timestamp"), received) + seq * _SEQ_MICROS,
        seq,
        text_of(told.get("call_state")),
        place,
        _end(caller),
        called,
        line or (called.number if place == IVR else ""),
        text_of(to.get("acd_group")),
        reason_in(told),
        text_of(told.get("transfer")).lower(),
        ours,
        called_back,
    )


def second(value: object, received: int) -> int:
    """A time of Mango's in µs, where it can be one of a request that came at `received`; else that."""
    at = int(number_of(value) or 0) * _SECOND
    if abs(at - received - _AHEAD) < _SLACK:
        at -= _AHEAD
    return at if abs(at - received) < _WRONG_CLOCK else received


def reason_in(told: Mapping[str, Any]) -> int:
    """`disconnect_reason`; 0 where there is none."""
    return int(min(max(number_of(told.get("disconnect_reason")) or 0, 0), _LONGEST_REASON))


def _end(told: Mapping[str, Any]) -> End:
    return End(
        extension_in(text_of(told.get("extension"))),
        number_with_plus(text_of(told.get("number"))),
        text_of(told.get("taken_from_call_id")),
        text_of(told.get("hold_initiator")).lower() in ("1", "true"),
    )
