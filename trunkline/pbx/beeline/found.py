"""Lines of Beeline's statistics in our words, and the call they tell together (history.py). No I/O here."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from trunkline.calls.events import Event
from trunkline.pbx.beeline.fields import OUTSIDE, extension_of
from trunkline.pbx.hooks.fields import number_of, text_of
from trunkline.pbx.hooks.found import FoundCall, Rung, steps_of
from trunkline.pbx.hooks.numbers import extension_in, number_of_russia
from trunkline.pbx.hooks.record import HookRecord

_MILLI: Final = 1000
_LATEST: Final = 1 << 43
"""Milliseconds; nothing told is later than the year 2248."""
_LONGEST: Final = 86_400_000
_TAKEN: Final = frozenset({"RECIEVED", "RECEIVED"})
"""Beeline spells it the first way."""
_STATUSES: Final = MappingProxyType({"REDIRECTED": "CANCEL"})
_NEAR: Final = 60 * 1_000_000
"""µs: a recording begins with the talk, which is after the line's beginning."""


class _Said:
    """What a line and a recording have alike; times in µs, 0 where there is none."""

    def __init__(self, told: Mapping[str, Any], began: str) -> None:
        abonent = told.get("abonent")
        self.abonent: Mapping[str, Any] = abonent if isinstance(abonent, dict) else {}
        self.user = text_of(self.abonent.get("userId"))
        self.outgoing = text_of(told.get("direction")).upper() == "OUTBOUND"
        at, lasted = number_of(told.get(began)) or 0, number_of(told.get("duration")) or 0
        self.client = ""
        self.start = int(at) * _MILLI if 0 < at < _LATEST else 0
        self.lasted = int(min(max(lasted, 0), _LONGEST)) * _MILLI

    @property
    def who(self) -> tuple[str, str, bool]:
        """Who talked with whom."""
        return self.user, self.client, self.outgoing


class Line(_Said):
    """What one employee was to a call."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        super().__init__(told, "startDate")
        self.call = _id(told.get("externalTrackingId"))
        self.status = text_of(told.get("status")).upper()
        come, gone = (_number(told.get(name)) for name in ("phone_from", "phone_to"))
        client, self.line = (gone, come) if self.outgoing else (come, gone)
        self.client = client or _number(told.get("phone"))

    @property
    def is_whole(self) -> bool:
        """Whether it is of a call with a client, and says when it was."""
        return bool(self.start and self.client.startswith("+"))

    @property
    def over(self) -> int:
        return self.start + self.lasted

    @property
    def is_answered(self) -> bool:
        """An outgoing one is PLACED whether it was or not."""
        return self.status in _TAKEN or (self.outgoing and self.lasted > 0)

    def extension(self, settings: Mapping[str, Any]) -> str:
        """As the settings name the employee, else as Beeline does."""
        return extension_of(self.user, "", settings) or extension_in(text_of(self.abonent.get("extension")))


class Recorded(_Said):
    """One recording: its `id`, and the `call` as the events name it."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        super().__init__(told, "date")
        self.id, self.call = text_of(told.get("id"))[:100], _id(told.get("externalId"))
        self.client = _number(told.get("phone"))

    def is_of(self, lines: Sequence[Line]) -> bool:
        """Whether it is of the call of these lines: by its name, else by who talked with whom, and when."""
        if any(one.call for one in lines):
            return any(one.call == self.call for one in lines)
        return any(
            one.is_answered and one.who == self.who and one.start - _NEAR <= self.start <= one.over + _NEAR
            for one in lines
        )


def told_of(lines: Sequence[Line], record: HookRecord) -> Iterator[Event]:
    """The steps of a call; none where an employee who called is nobody's extension."""
    call = record.request.text("call")
    first = min(lines, key=lambda one: one.start, default=None)
    if first is None or not call:
        return iter(())
    caller = first.extension(record.settings) if first.outgoing else ""
    if first.outgoing and not caller:
        return iter(())
    rung = [(one, _rung(call, one, record.settings)) for one in lines]
    talk = next(((one, party) for one, party in rung if one.is_answered), None)
    return steps_of(
        FoundCall(
            record.pbx,
            call,
            record.received,
            f"beeline/{caller}" if caller else OUTSIDE,
            caller or first.client,
            first.client if first.outgoing else first.line,
            first.start,
            max(one.over for one in lines),
            tuple(party for _, party in rung),
            talked=(talk[1].leg, talk[0].start) if talk else None,
            lasted=talk[0].lasted if talk else 0,
        )
    )


def _rung(call: str, line: Line, settings: Mapping[str, Any]) -> Rung:
    status = "" if line.is_answered else _STATUSES.get(line.status, "NOANSWER")
    if line.outgoing:
        return Rung(f"{call}/out", OUTSIDE, line.client, line.start, line.over, status)
    extension = line.extension(settings)
    number = extension or _number(line.abonent.get("phone"))
    return Rung(
        f"{call}/{number or 'in'}",
        f"beeline/{extension}" if extension else OUTSIDE,
        number,
        line.start,
        line.over,
        status,
    )


def _number(value: object) -> str:
    return number_of_russia(text_of(value).removeprefix("+")[:40])


def _id(value: object) -> str:
    text = text_of(value)
    return text if len(text) <= 100 and text.isprintable() else ""
