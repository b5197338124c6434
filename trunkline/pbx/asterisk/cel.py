"""Rows of Asterisk's journal (CEL) as call events: what fills a gap in the live stream. No I/O here.

A row comes as an `Event: CEL` frame with the headers of cel_manager (`backfill.py` makes them of the CSV file). The
`Extra` column is JSON; its keys are those of Asterisk 16 to 22. CEL knows no ringing, no holds and no queue members.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from trunkline.calls import what as w
from trunkline.calls.what import AnyWhat, TransferKind
from trunkline.notjson import NOT_JSON
from trunkline.pbx.asterisk.headers import Headers, Told, age, told_by_dialplan

_Extra = dict[str, Any]


def told(h: Headers) -> Iterator[Told]:
    """What one row tells; nothing for kinds that are no part of a story."""
    if meet := _MEETINGS.get(h["EventName"]):
        yield from meet(h, _extra(h))
    elif tell := _TABLE.get(h["EventName"]):
        for what in tell(h, _extra(h)):
            yield h["LinkedID"], h["UniqueID"], h["Channel"], what


def _extra(h: Headers) -> _Extra:
    try:
        value = msgspec.json.decode(h["Extra"])
    except NOT_JSON:
        return {}
    return value if isinstance(value, dict) else {}


def _chan_start(h: Headers, _: _Extra) -> Iterator[AnyWhat]:
    kind = w.CallStarted if h["UniqueID"] == h["LinkedID"] else w.LegStarted
    yield kind(
        number=h["CallerIDnum"],
        name=h["CallerIDname"],
        exten=h["Exten"],
        context=h["Context"],
        account=h["AccountCode"],
    )


def _bridge_enter(h: Headers, extra: _Extra) -> Iterator[AnyWhat]:
    if bridge := _text(extra, "bridge_id"):
        technology = _text(extra, "bridge_technology")
        yield w.Joined(bridge=bridge, technology=technology, number=h["CallerIDnum"], name=h["CallerIDname"])


def _bridge_exit(_: Headers, extra: _Extra) -> Iterator[AnyWhat]:
    if bridge := _text(extra, "bridge_id"):
        yield w.Left(bridge=bridge)


def _hangup(_: Headers, extra: _Extra) -> Iterator[AnyWhat]:
    cause = extra.get("hangupcause")
    yield w.Ended(cause=cause if isinstance(cause, int) else 0, source=_text(extra, "hangupsource"))


def _app_start(h: Headers, _: _Extra) -> Iterator[AnyWhat]:
    if h["Application"] == "Queue":
        yield w.Queued(queue=h["AppData"].partition(",")[0])
    elif h["Application"] == "MixMonitor" and (file := h["AppData"].partition(",")[0]).startswith("/"):
        # As the live stream has it in MIXMONITOR_FILENAME; under a shorter name it would be told twice.
        yield w.Recorded(file=file)


def _app_end(h: Headers, _: _Extra) -> Iterator[AnyWhat]:
    if h["Application"] == "Queue":
        yield w.QueueLeft(queue=h["AppData"].partition(",")[0])


def _blind_transfer(_: Headers, extra: _Extra) -> Iterator[AnyWhat]:
    yield w.Transferred(how=TransferKind.BLIND, exten=_text(extra, "extension"))


def _attended_transfer(h: Headers, extra: _Extra) -> Iterator[Told]:
    """The row is the transferer's first leg; his second one, usually the founder of its call, is `channel2`."""
    first, consult = h["LinkedID"], _text(extra, "channel2_uniqueid")
    ours = (h["UniqueID"], h["Channel"])
    other, met = (consult, _text(extra, "channel2_name")), "transfer_target"
    if age(consult) < age(first):
        first, consult, ours, other, met = consult, first, other, ours, "transferee"
    what = w.Transferred(
        how=TransferKind.BLONDE if "app" in extra else TransferKind.ATTENDED,
        target=_text(extra, f"{met}_channel_uniqueid"),
        channel=_text(extra, f"{met}_channel_name"),
        bridge=_text(extra, "bridge2_id"),
        consult=consult,
    )
    yield first, *ours, what
    if consult and consult != first:
        yield consult, *other, w.Merged(into=first, why="transfer")


def _pickup(h: Headers, extra: _Extra) -> Iterator[Told]:
    """The row is the ringing channel's; `Extra` names who took it, the founder of his own call."""
    picker, channel = _text(extra, "pickup_channel_uniqueid"), _text(extra, "pickup_channel")
    if picker:
        yield h["LinkedID"], picker, channel, w.PickedUp(of=h["UniqueID"], channel=h["Channel"])
        yield picker, picker, channel, w.Merged(into=h["LinkedID"], why="pickup")


def _forward(_: Headers, extra: _Extra) -> Iterator[AnyWhat]:
    yield w.Forwarded(to=_text(extra, "forward"))


def _user_defined(h: Headers, extra: _Extra) -> Iterator[AnyWhat]:
    """A row of CELGenUserEvent; what the dialplan wrote stands in `Extra`, as JSON of one key."""
    what = told_by_dialplan(h["UserDefType"], _text(extra, "extra"))
    if what is not None:
        yield what


def _text(extra: _Extra, key: str) -> str:
    value = extra.get(key)
    return value if isinstance(value, str) and value != "N/A" else ""


_MEETINGS: Mapping[str, Callable[[Headers, _Extra], Iterator[Told]]] = {
    "ATTENDEDTRANSFER": _attended_transfer,
    "PICKUP": _pickup,
}
"""Rows that tell two calls something."""


_TABLE: Mapping[str, Callable[[Headers, _Extra], Iterator[AnyWhat]]] = {
    "CHAN_START": _chan_start,
    "ANSWER": lambda _, __: iter((w.Answered(),)),
    "BRIDGE_ENTER": _bridge_enter,
    "BRIDGE_EXIT": _bridge_exit,
    "HANGUP": _hangup,
    "CHAN_END": lambda _, __: iter((w.Ended(),)),
    "APP_START": _app_start,
    "APP_END": _app_end,
    "BLINDTRANSFER": _blind_transfer,
    "FORWARD": _forward,
    "USER_DEFINED": _user_defined,
}
