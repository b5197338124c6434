"""What Zadarma's webhooks tell of a call: a table of events, one function each. No I/O here.

Only `call_start` is a time, by the account's clock and to the second; everything else happened when we heard of it. Of
an answered call the end says for how long it was talked, so a lost NOTIFY_ANSWER costs nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trunkline.calls import what as w
from trunkline.calls.events import Event
from trunkline.pbx.hooks.fields import number_of
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.telling import Teller, local_time
from trunkline.pbx.zadarma.fields import OUTSIDE, caller_of, extension_of, key_of, number

ZONE: Final = "Europe/Moscow"
_ANSWERED: Final = "answered"
STATUSES: Final = MappingProxyType({"busy": "BUSY", "cancel": "CANCEL", "no answer": "NOANSWER"})
"""Dispositions as Asterisk's DIALSTATUS; all others say that nobody could be reached."""
_LONGEST_TALK: Final = 86_400


def zone_of(name: object) -> ZoneInfo:
    """The account's zone by its setting; Moscow's where that names none."""
    try:
        return ZoneInfo(str(name or ZONE))
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(ZONE)


class _Told:
    """One hook: its fields in our words, and the legs it is about."""

    def __init__(self, record: HookRecord, zone: ZoneInfo) -> None:
        request = record.request
        self.text = request.text
        self.call = request.text("pbx_call_id")
        self.teller = Teller(record.pbx, self.call, key_of(request), record.received)
        self.start = local_time(request.text("call_start"), zone)
        self.outgoing = self.call.startswith("out_") or request.text("event").startswith("NOTIFY_OUT")
        self.extension = extension_of(request.text("internal"))
        self.last = extension_of(request.text("last_internal"))
        self.caller = number(caller_of(request))
        self.destination = number(request.text("destination"))
        self.seconds = int(min(max(number_of(request.text("duration")) or 0, 0), _LONGEST_TALK))
        self.disposition = request.text("disposition").lower()

    @property
    def is_answered(self) -> bool:
        return self.disposition == _ANSWERED and self.seconds > 0

    @property
    def talked(self) -> int:
        """How long ago the talk began, µs; never before the call did."""
        since = self.seconds * 1_000_000
        return since if self.start is None else max(0, min(since, self.teller.at - self.start))

    def then(self, leg: str, channel: str, what: w.AnyWhat) -> Event:
        """At the beginning of the call, as far as the hook says when that was."""
        return (
            self.teller.now(leg, channel, what)
            if self.start is None
            else self.teller.then(self.start, leg, channel, what)
        )

    def desk(self, extension: str) -> tuple[str, str]:
        """The leg and the channel of an extension that is called."""
        return f"{self.call}/{extension}", f"zadarma/{extension}"


def told(record: HookRecord, zone: ZoneInfo) -> tuple[Event, ...]:
    """The steps in `record`; none of what is about no call, or of an event we do not know."""
    tell = _TABLE.get(record.request.text("event"))
    about = _Told(record, zone)
    return () if tell is None or not about.call else tuple(tell(about))


def _began(told: _Told) -> Iterator[Event]:
    """The beginning, told by every hook that knows it, each time with the same words: one step."""
    if told.outgoing:
        if told.extension:
            begun = w.CallStarted(number=told.extension, exten=told.destination)
            yield told.then(told.call, f"zadarma/{told.extension}", begun)
    else:
        begun = w.CallStarted(number=told.caller, exten=number(told.text("called_did")))
        yield told.then(told.call, OUTSIDE, begun)


def _ivr(told: _Told) -> Iterator[Event]:
    yield from _began(told)
    yield told.teller.now(told.call, OUTSIDE, w.Answered())


def _internal(told: _Told) -> Iterator[Event]:
    yield from _began(told)
    if told.extension:
        leg, channel = told.desk(told.extension)
        yield told.teller.now(told.call, OUTSIDE, w.Dialed(to=leg, channel=channel, number=told.extension))
        yield told.teller.now(leg, channel, w.Ringing())


def _answer(told: _Told) -> Iterator[Event]:
    """It names no line of ours, so it does not tell the beginning; without an extension a number outside answered."""
    if told.outgoing:
        if told.extension:
            caller = f"zadarma/{told.extension}"
            yield told.then(told.call, caller, w.Found(number=told.extension, exten=told.destination))
            yield from _joined(told, caller, f"{told.call}/out", OUTSIDE, told.destination)
        return
    yield told.then(told.call, OUTSIDE, w.Found(number=told.caller))
    if told.extension:
        yield from _joined(told, OUTSIDE, *told.desk(told.extension), told.extension)
    else:
        yield from _joined(told, OUTSIDE, f"{told.call}/forwarded", OUTSIDE, told.destination)


def _joined(told: _Told, caller: str, leg: str, channel: str, party: str, *, ago: int = 0) -> Iterator[Event]:
    """The caller and `party` at `leg` hear each other."""
    now = told.teller.now
    yield now(told.call, caller, w.Dialed(to=leg, channel=channel, number=party), ago=ago)
    yield now(leg, channel, w.Answered(), ago=ago)
    yield now(told.call, caller, w.DialEnded(to=leg, status="ANSWER"), ago=ago)
    yield now(told.call, caller, w.Joined(bridge=told.call), ago=ago)
    yield now(leg, channel, w.Joined(bridge=told.call), ago=ago)
    yield now(leg, channel, w.Taken(), ago=ago)


def _end(told: _Told) -> Iterator[Event]:
    """An answer without an extension is not believed: a menu that answered and let the caller go is told the same way.

    Who answered is `internal`; `last_internal` is who had the call last, after transfers.
    """
    yield from _began(told)
    answerer, now = told.extension or told.last, told.teller.now
    if told.is_answered:
        if answerer:
            yield from _joined(told, OUTSIDE, *told.desk(answerer), answerer, ago=told.talked)
        if told.last not in {"", answerer}:
            yield now(*told.desk(told.last), w.Joined(bridge=told.call), ago=1)
    elif answerer:
        leg, channel = told.desk(answerer)
        yield now(told.call, OUTSIDE, w.Dialed(to=leg, channel=channel, number=answerer))
        yield now(told.call, OUTSIDE, _unanswered(told, leg))
    if told.disposition == "cancel":
        yield now(told.call, OUTSIDE, w.HangupAsked())
    yield _closed(told)


def _out_start(told: _Told) -> Iterator[Event]:
    yield from _began(told)
    if told.extension:
        what = w.Dialed(to=f"{told.call}/out", channel=OUTSIDE, number=told.destination)
        yield told.then(told.call, f"zadarma/{told.extension}", what)


def _out_end(told: _Told) -> Iterator[Event]:
    if not told.extension:
        return
    yield from _out_start(told)
    caller, leg = f"zadarma/{told.extension}", f"{told.call}/out"
    if told.is_answered:
        yield from _joined(told, caller, leg, OUTSIDE, told.destination, ago=told.talked)
    else:
        yield told.teller.now(told.call, caller, _unanswered(told, leg))
        if told.disposition == "cancel":
            yield told.teller.now(told.call, caller, w.HangupAsked())
    yield _closed(told)


def _unanswered(told: _Told, leg: str) -> w.DialEnded:
    return w.DialEnded(to=leg, status=STATUSES.get(told.disposition, "CHANUNAVAIL"))


def _closed(told: _Told) -> Event:
    return told.teller.now("", "", w.Closed(cause=int(number_of(told.text("status_code")) or 0)))


_TABLE: Final[Mapping[str, Callable[[_Told], Iterator[Event]]]] = MappingProxyType(
    {
        "NOTIFY_START": _began,
        "NOTIFY_IVR": _ivr,
        "NOTIFY_INTERNAL": _internal,
        "NOTIFY_ANSWER": _answer,
        "NOTIFY_END": _end,
        "NOTIFY_OUT_START": _out_start,
        "NOTIFY_OUT_END": _out_end,
    }
)
