"""What onlinePBX's webhooks tell of a call: a table of the four events, one function each. No I/O here.

An event happened when it came: whether `date` of an end is the end's or the call's is not documented. An end says for
how long it was talked, so a lost `call_answered` costs nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from trunkline.calls import what as w
from trunkline.calls.events import Event
from trunkline.pbx.hooks.fields import number_of
from trunkline.pbx.hooks.numbers import extension_in, number_with_plus
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.hooks.telling import Teller

OUTSIDE: Final = "onlinepbx/outside"
"""The channel of whoever is no extension."""
_LONGEST_TALK: Final = 86_400
CANCELLED: Final = "ORIGINATOR_CANCEL"
STATUSES: Final = MappingProxyType(
    {
        CANCELLED: "CANCEL",
        "USER_BUSY": "BUSY",
        "NO_ANSWER": "NOANSWER",
        "NO_USER_RESPONSE": "NOANSWER",
        "ALLOTTED_TIMEOUT": "NOANSWER",
        "CALL_REJECTED": "CONGESTION",
        "USER_NOT_REGISTERED": "CHANUNAVAIL",
        "SUBSCRIBER_ABSENT": "CHANUNAVAIL",
        "UNALLOCATED_NUMBER": "CHANUNAVAIL",
        "DESTINATION_OUT_OF_ORDER": "CHANUNAVAIL",
    }
)
"""FreeSWITCH's hang-up causes as Asterisk's DIALSTATUS; any other says that nobody answered."""


def key_of(request: HookRequest) -> str:
    """What a repeat has in common: the event, the call and both parties."""
    told = [request.text(name) for name in ("event", "uuid", "caller", "callee")]
    return "|".join(told) if told[0] and told[1] else ""


class _Told:
    """One webhook: its fields in our words, and the legs it is about."""

    def __init__(self, record: HookRecord) -> None:
        request = record.request
        self.call = request.text("uuid")
        self.teller = Teller(record.pbx, self.call, key_of(request), record.received)
        self.direction = request.text("direction").lower()
        self.caller = number_with_plus(request.text("caller"))
        self.callee = number_with_plus(request.text("callee"))
        self.line = number_with_plus(request.text("gateway"))
        self.cause = request.text("hangup_cause").upper()
        seconds = number_of(request.text("dialog_duration")) or 0
        self.talked = int(min(max(seconds, 0), _LONGEST_TALK) * 1_000_000)

    @property
    def is_incoming(self) -> bool:
        """Also where it is not said: nobody outside has a number as short as an extension's."""
        return self.direction == "inbound" or (not self.direction and not extension_in(self.caller))

    @property
    def is_nobodys(self) -> bool:
        """Whether one of ours calls, and nobody knows who: as a call from outside it would be told wrong."""
        return not self.is_incoming and not extension_in(self.caller)

    @property
    def from_(self) -> tuple[str, str]:
        """The caller's leg and channel."""
        return self.call, _channel("" if self.is_incoming else self.caller)

    @property
    def to(self) -> tuple[str, str] | None:
        """The leg and channel of who is called; None while an incoming call has only reached its line."""
        if self.is_incoming and self.callee in ("", self.line):
            return None
        return f"{self.call}/{self.callee}", _channel(self.callee)


def told(record: HookRecord) -> tuple[Event, ...]:
    """The steps in `record`; none of what is about no call, or of an event we do not know.

    Of a call of nobody only that it is over, should another webhook have named who calls.
    """
    event = record.request.text("event")
    tell = _EVENTS.get(event)
    about = _Told(record)
    if tell is None or not about.call:
        return ()
    if about.is_nobodys:
        return (about.teller.now("", "", w.Closed()),) if event == "call_end" else ()
    return tuple(tell(about))


def _channel(party: str) -> str:
    return f"onlinepbx/{party}" if extension_in(party) else OUTSIDE


def _began(told: _Told, what: type[w.CallStarted | w.Found]) -> Event:
    dialled = told.line if told.is_incoming else told.callee
    return told.teller.now(*told.from_, what(number=told.caller, exten=dialled))


def _dialed(told: _Told, to: tuple[str, str]) -> Event:
    return told.teller.now(*told.from_, w.Dialed(to=to[0], channel=to[1], number=told.callee))


def _start(told: _Told) -> Iterator[Event]:
    yield _began(told, w.CallStarted)
    if to := told.to:
        yield _dialed(told, to)
        yield told.teller.now(*to, w.Ringing())


def _answered(told: _Told) -> Iterator[Event]:
    yield _began(told, w.Found)
    if to := told.to:
        yield _dialed(told, to)
        yield told.teller.now(*to, w.Answered())
        yield told.teller.now(*told.from_, w.Joined(bridge=told.call))
        yield told.teller.now(*to, w.Joined(bridge=told.call))
        yield told.teller.now(*to, w.Taken())


def _end(told: _Told) -> Iterator[Event]:
    """It is over, whatever was heard; how long it was talked is told where somebody did."""
    yield _began(told, w.Found)
    if to := told.to:
        yield _dialed(told, to)
        if told.talked:
            since = told.teller.at - told.talked
            yield told.teller.now(*told.from_, w.Settled(until=told.teller.at, since=since, to=to[0]))
        elif told.cause in STATUSES:
            yield from _unanswered(told, to)
    yield told.teller.now("", "", w.Closed())


def _missed(told: _Told) -> Iterator[Event]:
    """The end of a call nobody answered; should a colleague talk, it is not meant."""
    yield _began(told, w.Found)
    if to := told.to:
        yield _dialed(told, to)
        yield from _unanswered(told, to)
    elif told.cause == CANCELLED:
        yield told.teller.now(*told.from_, w.HangupAsked())
    yield told.teller.now(*told.from_, w.Settled(until=told.teller.at))


def _unanswered(told: _Told, to: tuple[str, str]) -> Iterator[Event]:
    yield told.teller.now(*told.from_, w.DialEnded(to=to[0], status=STATUSES.get(told.cause, "NOANSWER")))
    if told.cause == CANCELLED:
        yield told.teller.now(*told.from_, w.HangupAsked())


_EVENTS: Final[Mapping[str, Callable[[_Told], Iterator[Event]]]] = MappingProxyType(
    {"call_start": _start, "call_answered": _answered, "call_end": _end, "call_missed": _missed}
)
