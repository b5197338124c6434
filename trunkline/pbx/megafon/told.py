"""What this family's events and history tell of a call: tables of kinds, one function each. No I/O here.

Events carry no time: they happened when we heard of them. The history comes after the call with the time it began and
its whole length, so that it settles what of the events was lost. `duration` is the whole call's ("общая длительность
звонка"); `wait`, which not every cabinet sends, is how long the caller waited.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from trunkline.calls import what as w
from trunkline.calls.events import Event
from trunkline.pbx.hooks.fields import number_of
from trunkline.pbx.hooks.numbers import number_with_plus
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.telling import Teller, local_time
from trunkline.pbx.megafon.fields import OUTSIDE, extension_of, is_readable, key_of

_UTC: Final = ZoneInfo("UTC")
_LONGEST_CALL: Final = 86_400
_SUCCESS: Final = "success"
STATUSES: Final = MappingProxyType(
    {
        "missed": "NOANSWER",
        "cancel": "CANCEL",
        "busy": "BUSY",
        "notavailable": "CHANUNAVAIL",
        "notallowed": "CONGESTION",
        "notfound": "CHANUNAVAIL",
    }
)
"""Ends of unanswered calls as Asterisk's DIALSTATUS."""


class _Told:
    """One request: its fields in our words, and the legs it is about."""

    def __init__(self, record: HookRecord) -> None:
        request = record.request
        self.text = request.text
        self.call = request.text("callid")
        self.teller = Teller(record.pbx, self.call, key_of(request), record.received)
        self.kind = request.text("type").upper()
        self.outgoing = "out" in (request.text("direction"), request.text("type"))
        self.phone = number_with_plus(request.text("phone"))
        self.line = number_with_plus(request.text("diversion"))
        self.extension = extension_of(request, record.settings)
        self.user = self.extension or request.text("user") or request.text("telnum")
        self.start = local_time(request.text("start"), _UTC, "%Y%m%dT%H%M%SZ")
        self.status = request.text("status").lower()

    @property
    def is_nobodys(self) -> bool:
        """Whether one of ours calls whose extension nobody knows: as a call from outside it would be told wrong."""
        return self.outgoing and not self.extension

    @property
    def desk(self) -> tuple[str, str]:
        """The user's leg and channel: of an outgoing call the one it began with."""
        return (self.call if self.outgoing else f"{self.call}/{self.user}"), f"megafon/{self.user}"

    @property
    def other(self) -> tuple[str, str]:
        """The leg and channel of whoever is outside."""
        return (f"{self.call}/out" if self.outgoing else self.call), OUTSIDE

    def seconds(self, name: str) -> int:
        """A length in µs, bounded."""
        return int(min(max(number_of(self.text(name)) or 0, 0), _LONGEST_CALL) * 1_000_000)


def told(record: HookRecord) -> tuple[Event, ...]:
    """The steps in `record`; none of what is about no call, or of a kind we do not know.

    Of a call of nobody only who took it over and that it is over, should another request have named who calls.
    """
    request = record.request
    if not is_readable(request):
        return ()
    about = _Told(record)
    if request.text("cmd") == "history":
        return () if about.is_nobodys else tuple(_history(about))
    if about.is_nobodys and about.kind != "TRANSFERRED":
        return (about.teller.now("", "", w.Closed()),) if about.kind in {"COMPLETED", "CANCELLED"} else ()
    tell = _EVENTS.get(about.kind) if request.text("cmd") == "event" else None
    return () if tell is None else tuple(tell(about))


def _begun(told: _Told) -> tuple[str, str, w.CallStarted]:
    if told.outgoing:
        return *told.desk, w.CallStarted(number=told.extension, exten=told.phone)
    return *told.other, w.CallStarted(number=told.phone, exten=told.line)


def _dialed(told: _Told) -> tuple[str, str, w.Dialed]:
    """The caller's leg has the other one rung."""
    caller, called = (told.desk, told.other) if told.outgoing else (told.other, told.desk)
    number = told.phone if told.outgoing else told.extension or number_with_plus(told.text("telnum"))
    return *caller, w.Dialed(to=called[0], channel=called[1], number=number)


def _incoming(told: _Told) -> Iterator[Event]:
    now = told.teller.now
    yield now(*_begun(told))
    if group := told.text("groupRealName"):
        yield now(*told.other, w.Queued(queue=group))
    if told.user:
        yield now(*_dialed(told))
        yield now(*told.desk, w.Ringing())


def _outgoing(told: _Told) -> Iterator[Event]:
    yield told.teller.now(*_begun(told))
    yield told.teller.now(*_dialed(told))


def _found(told: _Told) -> Event:
    """Who called, told by what does not tell when that was."""
    leg, channel, begun = _begun(told)
    return told.teller.now(leg, channel, w.Found(number=begun.number, exten=begun.exten))


def _accepted(told: _Told) -> Iterator[Event]:
    now, answered = told.teller.now, told.other if told.outgoing else told.desk
    yield _found(told)
    yield now(*_dialed(told))
    yield now(*answered, w.Answered())
    for leg in (told.other, told.desk):
        yield now(*leg, w.Joined(bridge=told.call))
    if not told.outgoing:
        yield now(*told.desk, w.Taken())
        if group := told.text("groupRealName"):
            yield now(*told.other, w.QueueLeft(queue=group))


def _transferred(told: _Told) -> Iterator[Event]:
    """The user named has the call now. Of an outgoing one it is a leg of his own: it began with another user's."""
    leg = f"{told.call}/{told.user}", f"megafon/{told.user}"
    yield told.teller.now(*leg, w.Answered())
    yield told.teller.now(*leg, w.Joined(bridge=told.call, number=told.extension))
    yield told.teller.now(*leg, w.TookOver())


def _completed(told: _Told) -> Iterator[Event]:
    yield _found(told)
    yield told.teller.now("", "", w.Closed())


def _cancelled(told: _Told) -> Iterator[Event]:
    """This user is rung no more: a colleague took it, or the next is rung. Who calls out has nobody but the one."""
    if told.outgoing:
        yield _found(told)
        yield told.teller.now(*told.desk, w.DialEnded(to=told.other[0], status="NOANSWER"))
        yield told.teller.now("", "", w.Closed())
    elif told.user:
        yield told.teller.now(*told.other, w.DialEnded(to=told.desk[0], status="NOANSWER"))
        yield told.teller.now(*told.desk, w.Ended())


def _history(told: _Told) -> Iterator[Event]:
    """The whole call at once: a talk of which nothing else was heard lasted from the end of `wait` to the end."""
    now = told.teller.now
    start = min(told.teller.at, told.start) if told.start is not None else told.teller.at
    caller, called = (told.desk, told.other) if told.outgoing else (told.other, told.desk)
    until = min(start + told.seconds("duration"), told.teller.at)
    yield told.teller.then(start, *_begun(told))
    if told.status == _SUCCESS:
        yield now(*_dialed(told))
        settled = w.Settled(until=until, since=min(start + told.seconds("wait"), until), to=called[0])
        yield now(*caller, settled)
        return
    if told.user or told.outgoing:
        yield now(*_dialed(told))
        yield now(*caller, w.DialEnded(to=called[0], status=STATUSES.get(told.status, "CHANUNAVAIL")))
    if told.status == "cancel":
        yield now(*caller, w.HangupAsked())
    yield now(*caller, w.Settled(until=until))


_EVENTS: Final[Mapping[str, Callable[[_Told], Iterator[Event]]]] = MappingProxyType(
    {
        "INCOMING": _incoming,
        "OUTGOING": _outgoing,
        "ACCEPTED": _accepted,
        "TRANSFERRED": _transferred,
        "COMPLETED": _completed,
        "CANCELLED": _cancelled,
    }
)
