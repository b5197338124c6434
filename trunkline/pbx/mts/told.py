"""What Autosecretary's events tell of a call: a table of kinds, one function each. No I/O here.

Every event carries its time with a zone, so neither delay nor order matters. Numbers come with ten digits, without the
country code; the call's id is an integer. Who has a `Virtual` is an employee, and that is his extension.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from trunkline.calls import what as w
from trunkline.calls.events import Event
from trunkline.pbx.hooks.fields import mapping_of, text_of
from trunkline.pbx.hooks.numbers import extension_in, number_of_russia
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.hooks.telling import Teller
from trunkline.pbx.hooks.times import believed, told_at

OUTSIDE: Final = "mts/outside"
"""The channel of whoever is no employee."""


def key_of(request: HookRequest) -> str:
    """What a repeat has in common: the kind, the call, the time and who it is about."""
    to = mapping_of(request.fields.get("To"))
    told = [request.text(name) for name in ("EventType", "CallID", "EventTime")]
    return "|".join((*told, text_of(to.get("DNIS")), text_of(to.get("Virtual")))) if told[0] and told[1] else ""


@dataclass(frozen=True, slots=True)
class _Party:
    number: str
    extension: str

    @property
    def channel(self) -> str:
        return f"mts/{self.extension}" if self.extension else OUTSIDE


class _Told:
    """One event: its fields in our words, and the legs it is about."""

    def __init__(self, record: HookRecord) -> None:
        request = record.request
        from_, to = (mapping_of(request.fields.get(name)) for name in ("From", "To"))
        self.call = request.text("CallID")
        self.teller = Teller(record.pbx, self.call, key_of(request), record.received)
        self.at = believed(request.text("EventTime"), record.received)
        self.caller = _Party(number_of_russia(text_of(from_.get("ANI"))), extension_in(text_of(from_.get("Virtual"))))
        self.called = _Party(number_of_russia(text_of(to.get("DNIS"))), extension_in(text_of(to.get("Virtual"))))
        trunk = text_of(to.get("TrunkId")) or request.text("Domain").partition(".")[0]
        self.line = number_of_russia(trunk) or self.called.number

    def told(self, leg: str, channel: str, what: w.AnyWhat) -> Event:
        """A step at the time the event names."""
        return told_at(self.teller, self.at, leg, channel, what)

    @property
    def to(self) -> tuple[str, str] | None:
        """The leg and channel of who is called; None while the call has only reached the line."""
        if not self.called.extension and self.called.number in ("", self.line):
            return None
        return f"{self.call}/{self.called.extension or self.called.number}", self.called.channel

    @property
    def dialled(self) -> str:
        """What the caller dialled: the line from outside, else whom he wanted."""
        return (self.called.extension or self.called.number) if self.caller.extension else self.line


def told(record: HookRecord) -> tuple[Event, ...]:
    """The steps in `record`; none of what is about no call, or of a kind we do not know."""
    tell = _EVENTS.get(record.request.text("EventType"))
    about = _Told(record)
    return () if tell is None or not about.call else tuple(tell(about))


def _began(told: _Told, what: type[w.CallStarted | w.Found]) -> Event:
    number = told.caller.extension or told.caller.number
    return told.told(told.call, told.caller.channel, what(number=number, exten=told.dialled))


def _dialed(told: _Told, to: tuple[str, str]) -> Event:
    number = told.called.extension or told.called.number
    return told.told(told.call, told.caller.channel, w.Dialed(to=to[0], channel=to[1], number=number))


def _accepted(told: _Told) -> Iterator[Event]:
    yield _began(told, w.CallStarted)
    if to := told.to:
        yield _dialed(told, to)
        yield told.told(*to, w.Ringing())


def _answered(told: _Told) -> Iterator[Event]:
    yield _began(told, w.Found)
    if to := told.to:
        yield _dialed(told, to)
        yield told.told(*to, w.Answered())
        yield told.told(told.call, told.caller.channel, w.Joined(bridge=told.call))
        yield told.told(*to, w.Joined(bridge=told.call))
        yield told.told(*to, w.Taken())


def _ended(told: _Told) -> Iterator[Event]:
    """`CallResult` is not read: only one of its values was ever seen (pbx.md §1.5)."""
    yield _began(told, w.Found)
    if to := told.to:
        yield _dialed(told, to)
    yield told.told("", "", w.Closed())


_EVENTS: Final[Mapping[str, Callable[[_Told], Iterator[Event]]]] = MappingProxyType(
    {"CallAccepted": _accepted, "CallAnswered": _answered, "EndCall": _ended}
)
