"""What XSI events tell of a call: a table of kinds, one function each. No I/O here.

Each employee's telephone tells of itself: of a call within the company both ends do, of one that rings a group every
member, and of the caller outside nobody. Times are in the events, so neither delay nor order matters; a release has
the answer's time too, so a lost answer is told by it. `personality` says which end the employee is.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Final

from trunkline.calls import what as w
from trunkline.calls.events import Event
from trunkline.pbx.beeline.fields import (
    OUTSIDE,
    call_of,
    event_of,
    extension_of,
    first,
    key_of,
    kind_of,
    line_of,
    number_in,
    of_call,
    time_of,
)
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.story import Party
from trunkline.pbx.hooks.telling import Teller
from trunkline.pbx.hooks.times import told_at

_STATUSES: Final = MappingProxyType({"Busy": "BUSY", "Temporarily Unavailable": "NOANSWER", "Forbidden": "CONGESTION"})
"""`internalReleaseCause` as Asterisk's DIALSTATUS; without one the other side gave up, or a colleague took it."""
_SIDES: Final = MappingProxyType({"localRelease": True, "remoteRelease": False})


class _Told:
    """One event: its fields in our words, and the two ends of its call."""

    def __init__(self, record: HookRecord) -> None:
        self.event = event_of(record.request)
        self.call = call_of(self.event)
        self.teller = Teller(record.pbx, self.call, key_of(self.event), record.received)
        self._received = record.received
        self._settings = record.settings
        self.calls = of_call(self.event, "personality") in ("Originator", "Click-to-Dial")
        """Whether the employee it is about is the one who calls."""

    def at(self, name: str) -> int | None:
        """A time of the call, µs."""
        return time_of(of_call(self.event, name), self._received)

    @cached_property
    def own(self) -> tuple[str, str]:
        """The employee it is about: extension and number."""
        target = first(self.event, "targetId")
        number = number_in(target)
        return extension_of(target, "", self._settings), number

    @cached_property
    def other(self) -> tuple[str, str]:
        """The other end: its extension where it is a colleague, and its number."""
        address = of_call(self.event, "remoteParty/address")
        colleague = of_call(self.event, "remoteParty/callType") == "Group"
        user = of_call(self.event, "remoteParty/userId")
        return extension_of(user, address, self._settings) if colleague else "", number_in(address)

    @cached_property
    def caller(self) -> Party:
        """His leg is named after the call."""
        extension, number = self.own if self.calls else self.other
        return Party(self.call, f"beeline/{extension}" if extension else OUTSIDE, extension or number)

    @cached_property
    def party(self) -> Party:
        """Who is called."""
        extension, number = self.other if self.calls else self.own
        name = extension or ("out" if self.calls else number or "in")
        return Party(f"{self.call}/{name}", f"beeline/{extension}" if extension else OUTSIDE, extension or number)

    @cached_property
    def exten(self) -> str:
        """What the caller dialled: a number, an extension, a line of ours."""
        if self.calls or self.other[0]:
            return self.party.number
        return line_of(self.event) or self.own[1]

    @property
    def is_plain(self) -> bool:
        """Whether it can be told at all: an employee who calls must be known, else he would be taken for a client."""
        return bool(self.call) and (not self.calls or bool(self.own[0]))

    def of_caller(self, at: int | None, what: w.AnyWhat) -> Event:
        """A step of the caller's."""
        return told_at(self.teller, at, self.caller.leg, self.caller.channel, what)

    def of_party(self, at: int | None, what: w.AnyWhat) -> Event:
        """A step of who is called."""
        return told_at(self.teller, at, self.party.leg, self.party.channel, what)


def told(record: HookRecord) -> tuple[Event, ...]:
    """The steps in `record`; none of what is about no call, or of a kind we do not know."""
    about = _Told(record)
    tell = _TABLE.get(kind_of(about.event))
    return () if tell is None or not about.is_plain else tuple(tell(about))


def _begun(told: _Told) -> Iterator[Event]:
    """Every event of a call has its beginning. A telephone of a group may be the second to ring: the first counts."""
    at, number = told.at("startTime"), told.caller.number
    begins: w.AnyWhat = w.CallStarted(number=number, exten=told.exten)
    yield told.of_caller(at, begins if at is not None else w.Found(number=number, exten=told.exten))
    yield told.of_caller(at, w.Dialed(to=told.party.leg, channel=told.party.channel, number=told.party.number))


def _rings(told: _Told) -> Iterator[Event]:
    yield from _begun(told)
    if not told.calls:
        yield told.of_party(told.at("startTime"), w.Ringing())


def _answered(told: _Told) -> Iterator[Event]:
    yield from _begun(told)
    yield from _talk(told, told.at("answerTime"))


def _talk(told: _Told, at: int | None) -> Iterator[Event]:
    yield told.of_party(at, w.Answered())
    yield told.of_caller(at, w.DialEnded(to=told.party.leg, status="ANSWER"))
    yield told.of_caller(at, w.Joined(bridge=told.call))
    yield told.of_party(at, w.Joined(bridge=told.call))
    yield told.of_party(at, w.Taken())


def _released(told: _Told) -> Iterator[Event]:
    """This telephone is free. Whether the call is over only the others can tell."""
    yield from _begun(told)
    at = told.at("releaseTime")
    if told.at("answerTime") is not None:
        yield from _talk(told, told.at("answerTime"))
        if (local := _SIDES.get(of_call(told.event, "releasingParty"))) is not None:
            by_caller = local is told.calls
            yield told.of_caller(at, w.HangupAsked()) if by_caller else told.of_party(at, w.HangupAsked())
    else:
        status = _STATUSES.get(of_call(told.event, "internalReleaseCause"), "CANCEL")
        yield told.of_caller(at, w.DialEnded(to=told.party.leg, status=status))
    yield told.of_party(at, w.LetGo())


_TABLE: Final[Mapping[str, Callable[[_Told], Iterator[Event]]]] = MappingProxyType(
    {
        "CallReceivedEvent": _rings,
        "CallOriginatedEvent": _rings,
        "CallAnsweredEvent": _answered,
        "CallReleasedEvent": _released,
    }
)
