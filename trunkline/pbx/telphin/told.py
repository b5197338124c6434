"""What events of Telphin's extensions tell of a call: a table of the four, one function each. No I/O here.

Each extension tells of its own leg, menus and queues too: those are named in the settings, or give themselves away by
`Bridged`. Where a call came through one, its hang-up is the end of the call; else that of the telephone is. Routing
requests tell no steps, for whether their id is that of the events is not documented.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Final

from trunkline.calls import what as w
from trunkline.calls.events import Event
from trunkline.pbx.hooks.fields import number_of
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.story import Party, Story
from trunkline.pbx.hooks.telling import Teller
from trunkline.pbx.telphin.fields import OUTSIDE, bare, call_of, event_of, full, key_of, time_of

_STATUSES: Final = frozenset({"BUSY", "NOANSWER", "CANCEL", "CONGESTION", "CHANUNAVAIL"})
_SECOND: Final = 1_000_000
_LONGEST_TALK: Final = 86_400 * _SECOND


class _Told:
    """One event: its fields in our words, and the parties it is about."""

    def __init__(self, record: HookRecord) -> None:
        self.text = record.request.text
        self.event = event_of(record.request)
        self.call = call_of(record.request)
        self.teller = Teller(record.pbx, self.call, key_of(record.request), time_of(record.request) or record.received)
        self.status = self.text("CallStatus").upper()
        self.outgoing = self.text("CallFlow").lower() == "out" or self.event == "dial-out"
        self._menus = frozenset(str(record.settings.get("menus") or "").replace(",", " ").split())

    @cached_property
    def is_menu(self) -> bool:
        """Whether the extension that tells is no telephone."""
        return self.text("Bridged") != "" or self.own in self._menus

    @cached_property
    def own(self) -> str:
        """The extension that tells."""
        return bare(self.text("CallerExtension" if self.outgoing else "CalledExtension"))

    @property
    def through_menu(self) -> bool:
        """Whether a menu or queue rings the extension."""
        return not self.outgoing and bare(self.text("CallerExtension")) in self._menus

    @property
    def transferred(self) -> bool:
        """Whether an extension calls on behalf of another call: no beginning of its own."""
        return self.text("Transfered").lower() == "yes"

    @cached_property
    def story(self) -> Story | None:
        """None where one of ours calls and his extension is not told."""
        if self.outgoing:
            desk = self.own or bare(self.text("CallerIDNum"))
        else:
            caller = self.text("RemoteNumber") or self.text("CallerIDNum")
            desk = bare(caller)
            if not desk:
                return Story(self.teller, Party(self.call, OUTSIDE, full(caller)))
        return Story(self.teller, Party(self.call, f"telphin/{desk}", desk)) if desk else None

    @cached_property
    def exten(self) -> str:
        """What the caller dialled: a line of ours, a number, an extension; empty where it is not told."""
        if self.outgoing:
            return bare(self.text("CalledNumber")) or full(self.text("CalledNumber"))
        if self.text("CalledDID"):
            return full(self.text("CalledDID"))
        inside = self.story is not None and self.story.caller.channel != OUTSIDE
        return self.own if inside else ""

    @cached_property
    def party(self) -> Party | None:
        """The other end; None where a menu has the call."""
        if self.is_menu:
            return None
        desk = bare(self.text("CalledNumber")) if self.outgoing else self.own
        if desk:
            return Party(f"{self.call}/{desk}", f"telphin/{desk}", desk)
        return Party(f"{self.call}/out", OUTSIDE, full(self.text("CalledNumber"))) if self.outgoing else None

    @cached_property
    def talked(self) -> int:
        """For how long, µs: the last second where the event does not say."""
        told = int(number_of(self.text("BridgedDuration")) or 0)
        return min(told, _LONGEST_TALK) if told > 0 else _SECOND


def told(record: HookRecord) -> tuple[Event, ...]:
    """The steps in `record`; none of what is about no call, or of an event we do not know."""
    about = _Told(record)
    tell = _TABLE.get(about.event)
    if tell is None or not about.call or about.transferred or about.story is None:
        return ()
    return tuple(tell(about, about.story))


def _dial(told: _Told, story: Story) -> Iterator[Event]:
    yield story.begins(told.exten, None) if told.exten else story.goes_on("")
    if told.party:
        yield from story.rings(told.party)


def _answer(told: _Told, story: Story) -> Iterator[Event]:
    """Of a telephone: a menu answers every call."""
    yield story.goes_on(told.exten)
    if told.party:
        yield from story.talks(told.party)


def _hangup(told: _Told, story: Story) -> Iterator[Event]:
    """The telephone's leg is over, and the call with it unless a menu has it."""
    if party := told.party:
        answered = told.status == "ANSWER"
        ago = told.talked if answered else 0
        yield story.begins(told.exten, None, ago=ago) if told.exten else story.goes_on("")
        if answered:
            yield from story.talks(party, ago=ago)
        elif told.status in _STATUSES:
            yield from story.unanswered(party, told.status)
        yield told.teller.now(party.leg, party.channel, w.Ended())
    else:
        yield story.goes_on(told.exten)
    if told.is_menu or not told.through_menu:
        yield story.over()


_TABLE: Final[Mapping[str, Callable[[_Told, Story], Iterator[Event]]]] = MappingProxyType(
    {"dial-in": _dial, "dial-out": _dial, "answer": _answer, "hangup": _hangup}
)
