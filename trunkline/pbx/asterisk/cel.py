"""Rows of Asterisk's journal (CEL) as call events: what fills a gap in the live stream. No I/O here.

A row comes as an `Event: CEL` frame with the headers of cel_manager (`backfill.py` makes them of the CSV file). The
`Extra` column is JSON; its keys are those of Asterisk 16 to 22. CEL knows no ringing, no holds and no queue members.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from trunkline.calls import what as w
from trunkline.calls.what import AnyWhat, TransferKind
from trunkline.pbx.asterisk.headers import Headers, Told

_Extra = dict[str, Any]


def told(h: Headers) -> Iterator[Told]:
    """What one row tells; nothing for kinds that are no part of a story."""
    tell = _TABLE.get(h["EventName"])
    if tell is not None:
        for what in tell(h, _extra(h)):
            yield h["LinkedID"], h["UniqueID"], h["Channel"], what


def _extra(h: Headers) -> _Extra:
    try:
        value = msgspec.json.decode(h["Extra"])
    except msgspec.DecodeError:
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


def _app_end(h: Headers, _: _Extra) -> Iterator[AnyWhat]:
    if h["Application"] == "Queue":
        yield w.QueueLeft(queue=h["AppData"].partition(",")[0])


def _blind_transfer(_: Headers, extra: _Extra) -> Iterator[AnyWhat]:
    yield w.Transferred(how=TransferKind.BLIND, exten=_text(extra, "extension"))


def _attended_transfer(_: Headers, extra: _Extra) -> Iterator[AnyWhat]:
    yield w.Transferred(
        how=TransferKind.BLONDE if "app" in extra else TransferKind.ATTENDED,
        target=_text(extra, "transfer_target_channel_uniqueid"),
        channel=_text(extra, "transfer_target_channel_name"),
    )


def _pickup(h: Headers, extra: _Extra) -> Iterator[AnyWhat]:
    """The row is the ringing channel's; `Extra` names who took it."""
    yield w.PickedUp(of=h["UniqueID"], channel=_text(extra, "pickup_channel"))


def _forward(_: Headers, extra: _Extra) -> Iterator[AnyWhat]:
    yield w.Forwarded(to=_text(extra, "forward"))


def _text(extra: _Extra, key: str) -> str:
    value = extra.get(key)
    return value if isinstance(value, str) else ""


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
    "ATTENDEDTRANSFER": _attended_transfer,
    "PICKUP": _pickup,
    "FORWARD": _forward,
}
