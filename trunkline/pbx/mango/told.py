"""What Mango's events tell of a call: a table by place and state, one function each. No I/O here.

A call is an `entry_id`, its legs are `call_id`s, and each state of a leg has its second and its `seq`: steps are told
at those, so neither order nor repeats matter, and what is older than what came already changes nothing. Legs before a
menu or in a queue are the caller's own; a leg at an employee or a number outside is the other party.

Which side ended a talk is not told: in the vendor's own example a caller who hangs up gets the code of the other side.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from trunkline.calls import what as w
from trunkline.calls.events import Event
from trunkline.pbx.hooks.fields import mapping_of, number_of, text_of
from trunkline.pbx.hooks.numbers import extension_in, number_with_plus
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.story import Party
from trunkline.pbx.hooks.telling import Teller
from trunkline.pbx.mango.envelope import kind_of, told_in
from trunkline.pbx.mango.event import (
    APPEARED,
    BLIND,
    CALL,
    CONNECTED,
    DESK,
    DISCONNECTED,
    IVR,
    ON_HOLD,
    QUEUE,
    SUMMARY,
    CallEvent,
    event_in,
    reason_in,
    second,
)

OUTSIDE: Final = "mango/outside"
CALLER_GAVE_UP: Final = 1110
_STATUSES: Final = MappingProxyType(
    {1110: "CANCEL", 1111: "NOANSWER", 1121: "BUSY", 1122: "BUSY", 1123: "BUSY", 1182: "CANCEL", 1183: "CANCEL"}
)
"""Ends of unanswered legs as Asterisk's DIALSTATUS (the table of `mango-vpbx: src/messages.js`)."""
_UNREACHABLE: Final = range(1130, 1200)
_OUTGOING: Final = "2"
_LAST_MICROS: Final = 900_000
"""Steps of the summary come after those of its last second."""


class _Told:
    """One state of a leg: its legs in our words."""

    def __init__(self, event: CallEvent, record: HookRecord) -> None:
        self.event = event
        self.teller = Teller(record.pbx, event.entry, "", record.received)
        first, other = (event.called, event.caller) if event.is_call_back else (event.caller, event.called)
        self.caller = _party(event.entry, first.extension, first.number)
        self.party = _party(f"{event.entry}/{event.leg}", other.extension, other.number)
        places = record.settings.get("places")
        known = places if isinstance(places, dict) else {}
        self._queues = {str(there): str(ours) for ours, there in known.items()}

    def at(self, party: Party, what: w.AnyWhat) -> Event:
        """A step of one of the two, when the event says it was."""
        return self.teller.then(self.event.at, party.leg, party.channel, what)

    def begins(self) -> Event:
        """Who called what: the call's beginning where it begins with this leg and this state."""
        event = self.event
        if event.is_call_back:
            return self.at(self.caller, w.CallStarted(number=self.caller.number, exten=self.party.number))
        dialled = event.line or event.called.party
        if event.calls_out:
            return self.at(self.caller, w.Found(number=self.caller.number, exten=event.called.party))
        if event.is_first and event.state == APPEARED:
            return self.at(self.caller, w.CallStarted(number=self.caller.number, exten=dialled))
        exten = dialled if event.is_first or event.line else ""
        return self.at(self.caller, w.Found(number=self.caller.number, exten=exten))

    def dialed(self) -> Event:
        """The party is called; by whom it is does not matter to who called first."""
        party = self.party
        return self.at(self.caller, w.Dialed(to=party.leg, channel=party.channel, number=party.number))

    @property
    def queue(self) -> str:
        """The group the caller waits for, by our name where it has one."""
        event = self.event
        there = event.group or event.called.party
        return self._queues.get(there, there)


def told(record: HookRecord) -> tuple[Event, ...]:
    """The steps in `record`; none of what is about no call, or of an event we do not know."""
    kind, said = kind_of(record.request), told_in(record.request)
    if not text_of(said.get("entry_id")):
        return ()
    if kind == SUMMARY:
        return tuple(_summary(said, record))
    event = event_in(record.body, record.received)
    tell = _TABLE.get((event.place, event.state)) if kind == CALL and event.leg else None
    if tell and event.is_call_back:
        tell = _called_back
    return tuple(tell(_Told(event, record))) if tell else ()


def status_of(reason: int) -> str:
    """How an unanswered leg ended, as Asterisk's DIALSTATUS."""
    return _STATUSES.get(reason, "CHANUNAVAIL" if reason in _UNREACHABLE else "NOANSWER")


def _party(leg: str, extension: str, number: str) -> Party:
    return Party(leg, f"mango/{extension}" if extension else OUTSIDE, extension or number)


def _menu(told: _Told) -> Iterator[Event]:
    yield told.begins()


def _menu_answers(told: _Told) -> Iterator[Event]:
    yield told.begins()
    yield told.at(told.caller, w.Answered())


def _called_back(told: _Told) -> Iterator[Event]:
    """An employee is rung for a call he has asked for: it is his, and nobody talks before the number is called.

    The end of this leg says nothing: the next one follows, or the summary.
    """
    if told.event.state != DISCONNECTED:
        yield told.begins()


def _waits(told: _Told) -> Iterator[Event]:
    yield told.begins()
    yield told.at(told.caller, w.Queued(queue=told.queue))


def _waits_no_more(told: _Told) -> Iterator[Event]:
    yield told.begins()
    yield told.at(told.caller, w.QueueLeft(queue=told.queue))


def _rings(told: _Told) -> Iterator[Event]:
    """A colleague who is asked aside is rung by the caller's call all the same."""
    event = told.event
    if not event.is_aside:
        yield told.begins()
    if event.transfer == BLIND and event.caller.taken_from:
        passer = Party(f"{event.entry}/{event.caller.taken_from}", "", "")
        yield told.at(passer, w.Transferred(how=w.TransferKind.BLIND, exten=event.called.party))
    yield told.dialed()
    yield told.at(told.party, w.Ringing())


def _talks(told: _Told) -> Iterator[Event]:
    """The caller and the party hear each other. Who is asked aside is with a colleague, and not with the caller yet."""
    event, party = told.event, told.party
    yield told.dialed()
    yield told.at(party, w.Answered())
    if event.is_aside:
        yield told.at(party, w.Joined(bridge=event.leg))
        return
    yield told.begins()
    yield told.at(told.caller, w.DialEnded(to=party.leg, status="ANSWER"))
    yield told.at(told.caller, w.Joined(bridge=event.entry))
    yield told.at(party, w.Joined(bridge=event.entry))
    yield told.at(party, w.Taken())
    if event.caller.taken_from and not event.calls_out:
        yield told.at(party, w.TookOver())
    if event.seq > 2:
        yield told.at(told.caller, w.Unheld())
        yield told.at(party, w.Unheld())


def _held(told: _Told) -> Iterator[Event]:
    """Where it is not said who holds, the employee does."""
    by_caller = told.event.caller.holds or (told.event.caller.extension != "" and not told.event.called.holds)
    if not told.event.is_aside:
        yield told.at(told.caller if by_caller else told.party, w.Held())


def _ends(told: _Told) -> Iterator[Event]:
    """The party's leg is over; of one that answered the status changes nothing."""
    status = status_of(told.event.reason)
    yield told.dialed()
    yield told.at(told.caller, w.DialEnded(to=told.party.leg, status=status))
    yield told.at(told.party, w.Ended())


def _summary(said: Mapping[str, Any], record: HookRecord) -> Iterator[Event]:
    """The whole call at once: it closes it, and a talk of which nothing else was heard is told."""
    entry, received = text_of(said.get("entry_id")), record.received
    frm, to = mapping_of(said.get("from")), mapping_of(said.get("to"))
    if text_of(said.get("call_direction")) == _OUTGOING and to.get("extension") and not frm.get("extension"):
        frm, to = to, frm  # a call he was called back for, told as his first leg
    end = second(said.get("end_time"), received)
    start = min(second(said.get("create_time"), end), end)
    caller = _party(entry, extension_in(text_of(frm.get("extension"))), number_with_plus(text_of(frm.get("number"))))
    called = _party(
        f"{entry}/answered", extension_in(text_of(to.get("extension"))), number_with_plus(text_of(to.get("number")))
    )
    teller = Teller(record.pbx, entry, "", received)
    line = number_with_plus(text_of(said.get("line_number")))
    comes_in = caller.channel == OUTSIDE
    begun = w.CallStarted(number=caller.number, exten=(line if comes_in else "") or called.number)
    yield teller.then(start, caller.leg, caller.channel, begun)
    last = end + _LAST_MICROS
    if answered := number_of(said.get("talk_time")):
        since = min(second(answered, end), end)
        yield teller.then(last, called.leg, called.channel, w.Found(number=called.number))
        yield teller.then(last, caller.leg, caller.channel, w.Settled(until=end, since=since, to=called.leg))
        return
    if reason_in(said) == CALLER_GAVE_UP:
        yield teller.then(last, caller.leg, caller.channel, w.HangupAsked())
    yield teller.then(last, caller.leg, caller.channel, w.Settled(until=end))


_TABLE: Final[Mapping[tuple[str, str], Callable[[_Told], Iterator[Event]]]] = MappingProxyType(
    {
        (IVR, APPEARED): _menu,
        (IVR, CONNECTED): _menu_answers,
        (IVR, DISCONNECTED): _menu,
        (QUEUE, APPEARED): _waits,
        (QUEUE, CONNECTED): _waits,
        (QUEUE, DISCONNECTED): _waits_no_more,
        (DESK, APPEARED): _rings,
        (DESK, CONNECTED): _talks,
        (DESK, ON_HOLD): _held,
        (DESK, DISCONNECTED): _ends,
    }
)
