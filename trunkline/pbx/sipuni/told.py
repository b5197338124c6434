"""What Sipuni's events tell of a call: a table of the four, one function each. No I/O here.

Times are Unix seconds of its clock. The end's `call_answer_timestamp` is there for calls nobody answered too, and lies
before the beginning for calls the API ordered: it counts with the status ANSWER and after the beginning only, and event
3 knows better.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Final

from trunkline.calls import what as w
from trunkline.calls.events import Event
from trunkline.pbx.hooks.numbers import number_with_plus
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.story import Party, Story
from trunkline.pbx.hooks.telling import Teller
from trunkline.pbx.sipuni.fields import (
    INNER,
    OUTSIDE,
    bare,
    call_of,
    extension_of,
    key_of,
    last_called,
    line_of,
    time_of,
)

_STATUSES: Final = frozenset({"BUSY", "NOANSWER", "CANCEL", "CONGESTION", "CHANUNAVAIL"})
_SECOND: Final = 1_000_000


class _Told:
    """One event: its fields in our words, and the parties it is about."""

    def __init__(self, record: HookRecord) -> None:
        self.request = record.request
        self.call = call_of(self.request)
        self.event = self.request.text("event")
        self.at = time_of(self.request, "timestamp") or record.received
        self.status = self.request.text("status").upper()
        self.teller = Teller(record.pbx, self.call, key_of(self.request), self.at)

    @cached_property
    def start(self) -> int | None:
        """When the call began, µs: the first event happens then."""
        start = time_of(self.request, "call_start_timestamp")
        return start if start is None else min(start, self.at)

    @cached_property
    def story(self) -> Story | None:
        """None where one of ours calls and his extension is not told: as a call from outside it would be told wrong."""
        if self.request.text("src_type") != INNER:
            return Story(
                self.teller, Party(self.call, OUTSIDE, number_with_plus(self.request.text("src_num").lstrip("+")))
            )
        desk = extension_of(self.request, "src")
        return Story(self.teller, Party(self.call, f"sipuni/{desk}", desk)) if desk else None

    @cached_property
    def outgoing(self) -> bool:
        """By one of ours, to whomever."""
        return self.request.text("src_type") == INNER

    @cached_property
    def exten(self) -> str:
        """What the caller dialled: a line of ours, a number, an extension."""
        return self.desk if self.outgoing and self.desk else line_of(self.request)

    @cached_property
    def desk(self) -> str:
        """The extension called."""
        return extension_of(self.request, "dst")

    @cached_property
    def party(self) -> Party | None:
        """Whoever is called; None while that is the line alone."""
        if self.desk:
            return self.at_desk(self.desk)
        if self.outgoing:
            return Party(f"{self.call}/out", OUTSIDE, line_of(self.request))
        return None

    @cached_property
    def last(self) -> Party | None:
        """Who had the call last, of the end."""
        last = "" if self.outgoing else last_called(self.request)
        return self.at_desk(last) if last else self.party

    @cached_property
    def passer(self) -> Party | None:
        """Who passed the call on."""
        desk = bare(self.request, self.request.text("transfer_from"))
        return self.at_desk(desk) if desk and not self.outgoing else None

    @cached_property
    def talked(self) -> int:
        """For how long, µs; of a beginning that cannot be, the last second."""
        answer = time_of(self.request, "call_answer_timestamp")
        if answer is None or not (self.start or 0) < answer <= self.at:
            return _SECOND
        return self.at - answer

    def at_desk(self, desk: str) -> Party:
        """An extension's leg."""
        return Party(f"{self.call}/{desk}", f"sipuni/{desk}", desk)


def told(record: HookRecord) -> tuple[Event, ...]:
    """The steps in `record`; none of what is about no call, or of an event we do not know."""
    about = _Told(record)
    tell = _TABLE.get(about.event)
    return () if tell is None or not about.call or about.story is None else tuple(tell(about, about.story))


def _call(told: _Told, story: Story) -> Iterator[Event]:
    """The beginning, and once more for each extension that is rung."""
    yield story.begins(told.exten, told.at) if told.exten else story.goes_on("")
    if told.party:
        yield from story.rings(told.party)


def _answer(told: _Told, story: Story) -> Iterator[Event]:
    yield story.goes_on(told.exten)
    if told.party:
        yield from story.talks(told.party)


def _passed(told: _Told, story: Story) -> Iterator[Event]:
    """One part of the call is over: whoever passed it on has left."""
    yield story.goes_on(told.exten)
    if leaver := told.passer or told.last:
        yield told.teller.now(leaver.leg, leaver.channel, w.Ended())


def _end(told: _Told, story: Story) -> Iterator[Event]:
    """After a transfer the one who passed it on answered it, and the last called had it in the end."""
    yield story.begins(told.exten, told.start) if told.start else story.goes_on(told.exten)
    answerer = told.passer or told.last
    if told.status == "ANSWER" and answerer:
        yield from story.talks(answerer, ago=told.talked)
        if told.last and told.last != answerer:
            yield told.teller.now(told.last.leg, told.last.channel, w.Joined(bridge=told.call), ago=1)
    elif told.last and told.status in _STATUSES:
        yield from story.unanswered(told.last, told.status)
    if told.status == "CANCEL":
        yield story.gives_up()
    yield story.over()


_TABLE: Final[Mapping[str, Callable[[_Told, Story], Iterator[Event]]]] = MappingProxyType(
    {"1": _call, "2": _end, "3": _answer, "4": _passed}
)
