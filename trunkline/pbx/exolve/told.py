"""What Exolve's question and call events tell of a call: a table of event letters, one function each. No I/O here.

The letters are those of a public program (pbx.md names none): `b` begins, `s` the other side answered, `d` metrics in
ms, `e` the end. Whom our own reply had rung is read back from it, so that the answer has a name.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from trunkline.calls import what as w
from trunkline.calls.events import Event
from trunkline.pbx.exolve.fields import asked, call_of, extension_of, is_event, is_question
from trunkline.pbx.exolve.replies import rung
from trunkline.pbx.hooks.fields import number_of
from trunkline.pbx.hooks.numbers import number_of_russia
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.hooks.telling import Teller
from trunkline.pbx.hooks.times import believed, told_at

_OUTSIDE: Final = "exolve/outside"
_LONGEST_TALK_MS: Final = 86_400_000


def key_of(request: HookRequest) -> str:
    """What a repeat has in common: the question or the event's letter, the call, the time."""
    call = call_of(request)
    told = ("?",) if is_question(request) else (request.text("type"), request.text("date_time"))
    return "|".join((call, *told)) if call else ""


class _Told:
    """One request: its fields in our words, and the legs it is about."""

    def __init__(self, record: HookRecord) -> None:
        request = record.request
        self.call = call_of(request)
        self.teller = Teller(record.pbx, self.call, key_of(request), record.received)
        self.at = believed(request.text("date_time"), record.received)
        caller = asked(request, "numberA") or request.text("from") or request.text("calling_number")
        line = asked(request, "sip_id") or request.text("to") or request.text("called_number")
        self.caller, self.line = number_of_russia(caller), number_of_russia(line)
        self.other = f"{self.call}/b"
        self.talked = int(min(max(number_of(request.text("talk_time")) or 0, 0), _LONGEST_TALK_MS) * 1000)

    def told(self, leg: str, what: w.AnyWhat, channel: str = "") -> Event:
        """A step at the time the event names, else at when it came."""
        return told_at(self.teller, self.at, leg, channel, what)

    def from_(self, what: w.AnyWhat) -> Event:
        """A step of the caller's."""
        return self.told(self.call, what, _OUTSIDE)


def told(record: HookRecord) -> tuple[Event, ...]:
    """The steps in `record`; none of what is about no call, or of a letter we do not know."""
    request = record.request
    if not call_of(request):
        return ()
    if is_question(request):
        return tuple(_question(record))
    tell = _EVENTS.get(request.text("type")) if is_event(request) else None
    return () if tell is None else tuple(tell(_Told(record)))


def _question(record: HookRecord) -> Iterator[Event]:
    """The beginning, and who is rung where our reply named one: of several nobody tells which answers."""
    about, numbers = _Told(record), rung(record.answered)
    yield from _began(about)
    if len(numbers) == 1:
        extension = extension_of(numbers[0], record.settings)
        channel = f"exolve/{extension}" if extension else _OUTSIDE
        number = extension or number_of_russia(numbers[0])
        yield about.from_(w.Dialed(to=about.other, channel=channel, number=number))
        yield about.told(about.other, w.Ringing(), channel)


def _began(told: _Told) -> Iterator[Event]:
    yield told.from_(w.CallStarted(number=told.caller, exten=told.line))


def _answered(told: _Told) -> Iterator[Event]:
    yield told.from_(w.Found(number=told.caller))
    yield told.told(told.other, w.Answered())
    yield told.from_(w.Joined(bridge=told.call))
    yield told.told(told.other, w.Joined(bridge=told.call))


def _measured(told: _Told) -> Iterator[Event]:
    yield told.from_(w.Found(number=told.caller))
    until = told.teller.at if told.at is None else told.at
    if told.talked:
        yield told.from_(w.Settled(until=until, since=until - told.talked, to=told.other))
    else:
        yield told.from_(w.Settled(until=until))


def _ended(told: _Told) -> Iterator[Event]:
    yield told.from_(w.Found(number=told.caller))
    yield told.told("", w.Closed())


_EVENTS: Final[Mapping[str, Callable[[_Told], Iterator[Event]]]] = MappingProxyType(
    {"b": _began, "s": _answered, "d": _measured, "e": _ended}
)
