"""What notifications of UIS tell of a call: a table of kinds, one function each. No I/O here.

Their time is written by Moscow's clock without a zone, to the second. The end says for how long it was talked, so a
lost beginning of a talk costs nothing. Routing requests tell no steps: without notifications no calls are shown.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from trunkline.calls.events import Event
from trunkline.pbx.hooks.fields import number_of
from trunkline.pbx.hooks.numbers import extension_in, number_with_plus
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.story import Party, Story
from trunkline.pbx.hooks.telling import Teller, local_time
from trunkline.pbx.uis.note import key_of, kind_of, note_of
from trunkline.pbx.uis.replies import pairs

OUTSIDE: Final = "uis/outside"
"""The channel of whoever is no extension."""
_DAY: Final = 86_400_000_000
_LONGEST_TALK: Final = 86_400


class _Told:
    """One notification: its fields in our words, and the parties it is about."""

    def __init__(self, record: HookRecord, zone: ZoneInfo) -> None:
        self.note = note_of(record.request)
        self.kind = kind_of(record.request)
        self.call = self.note.get("call_session_id", "")
        self._zone = zone
        self._received = record.received
        self._employees = {plain_name(key): value for key, value in pairs(record.settings, "employees").items()}
        at = self._time("notification_time") or record.received
        self._teller = Teller(record.pbx, self.call, key_of(record.request), at)

    @cached_property
    def outgoing(self) -> bool:
        return self.kind == "out" or self.note["direction"].lower() == "out"

    @cached_property
    def start(self) -> int | None:
        """When the call began, µs; not later than the notification."""
        start = self._time("start_time")
        return start if start is None else min(start, self._teller.at)

    @cached_property
    def talked(self) -> int:
        """For how long, µs; never since before the call began."""
        seconds = int(min(max(number_of(self.note["talk_time_duration"]) or 0, 0), _LONGEST_TALK))
        since = seconds * 1_000_000
        return since if self.start is None else min(since, self._teller.at - self.start)

    @cached_property
    def story(self) -> Story | None:
        """None where the caller is one of ours and cannot be named: as a call from outside it would be told wrong."""
        caller = self._caller
        return Story(self._teller, caller) if caller else None

    @cached_property
    def exten(self) -> str:
        """What the caller dialled."""
        if self._internal:
            return self._desk("called_phone_number")
        return number_with_plus(self.note["contact_phone_number" if self.outgoing else "virtual_phone_number"])

    @cached_property
    def party(self) -> Party | None:
        """The other end, as far as it is named."""
        if self._internal:
            desk = self._desk("called_phone_number")
            return self._at_desk(desk) if desk else None
        if self.outgoing:
            return Party(f"{self.call}/out", OUTSIDE, number_with_plus(self.note["contact_phone_number"]))
        if self._employee:
            return self._at_desk(self._employee)
        forwarded = self.note["employee_phone_number"] or self.note["called_phone_number"]
        if forwarded in {"", self.note["virtual_phone_number"]}:
            return None
        return Party(f"{self.call}/{forwarded}", OUTSIDE, number_with_plus(forwarded))

    @property
    def _internal(self) -> bool:
        return self.note["is_internal"].lower() in {"1", "true"}

    @property
    def _caller(self) -> Party | None:
        if not (self._internal or self.outgoing):
            return Party(self.call, OUTSIDE, number_with_plus(self.note["contact_phone_number"]))
        desk = self._desk("calling_phone_number") if self._internal else self._employee
        return Party(self.call, f"uis/{desk}", desk) if desk else None

    @property
    def _employee(self) -> str:
        """The extension of the employee: by his name, his id or his number in the list, or a number that is one."""
        named = (self._employees.get(plain_name(self.note[key])) for key in ("employee_full_name", "employee_id"))
        side = "calling_phone_number" if self.outgoing else "called_phone_number"
        numbers = (self._desk(key) for key in ("employee_phone_number", side))
        return next((desk for desk in (*named, *numbers) if desk), "")

    def _desk(self, key: str) -> str:
        return self._employees.get(plain_name(self.note[key]), "") or extension_in(self.note[key])

    def _at_desk(self, desk: str) -> Party:
        return Party(f"{self.call}/{desk}", f"uis/{desk}", desk)

    def _time(self, key: str) -> int | None:
        """A time of the notification; none that is more than a day off ours."""
        at = local_time(self.note.get(key, "").replace("T", " ")[:19], self._zone)
        return at if at is not None and abs(at - self._received) < _DAY else None


def plain_name(name: str) -> str:
    """A name as it is compared: the cabinet and its events do not write it with the same spaces and capitals."""
    return " ".join(name.split()).casefold()


def told(record: HookRecord, zone: ZoneInfo) -> tuple[Event, ...]:
    """The steps in `record`; none of what is about no call."""
    about = _Told(record, zone)
    tell = _TABLE.get(about.kind)
    if tell is None or not about.call or about.story is None:
        return ()
    return tuple(tell(about, about.story))


def _began(told: _Told, story: Story) -> Iterator[Event]:
    """The beginning, as far as this kind knows of it."""
    knows = told.kind in {"in", "out"} or told.start is not None
    yield story.begins(told.exten, told.start) if knows else story.goes_on(told.exten)


def _started(told: _Told, story: Story) -> Iterator[Event]:
    yield from _began(told, story)
    if told.outgoing and told.party:
        yield from story.rings(told.party)


def _ring(told: _Told, story: Story) -> Iterator[Event]:
    yield from _began(told, story)
    if told.party:
        yield from story.rings(told.party)


def _talk(told: _Told, story: Story) -> Iterator[Event]:
    yield from _began(told, story)
    if told.party:
        yield from story.talks(told.party)


def _end(told: _Told, story: Story) -> Iterator[Event]:
    """Without a talk nothing says why: whoever was rung did not answer."""
    yield story.begins(told.exten, told.start, ago=told.talked)
    if told.party and told.talked:
        yield from story.talks(told.party, ago=told.talked)
    elif told.party:
        yield from story.unanswered(told.party, "NOANSWER")
    yield story.over()


_TABLE: Final[Mapping[str, Callable[[_Told, Story], Iterator[Event]]]] = MappingProxyType(
    {"in": _started, "out": _started, "ring": _ring, "talk": _talk, "lost": _end, "end": _end}
)
