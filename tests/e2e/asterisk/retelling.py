"""A recording without what differs each time, ids and times, so that two of them can be compared."""

import re
from collections import Counter
from typing import Any

from tests.e2e.asterisk.ami import Message, parse
from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.summary import summary_of
from trunkline.pbx.asterisk.framing import split_frames
from trunkline.pbx.asterisk.messages import events_of

_TOLD = ("direction", "caller", "client", "dialled", "outcome", "answered_by", "hung_up_by")
_PBX = "recorded"
_HOMELESS = "AgentComplete"  # Asterisk 22.10 leaves its channels out when they are gone before the queue looks
_SERIAL = re.compile(r"-[0-9a-f]{8}")


_RACING = "HangupRequest"  # told of whichever side Asterisk hears first when both end at once


def legs_of(ami: bytes) -> list[tuple[str, Counter[str]]]:
    """Each leg's endpoint and how often it was told what, legs in the order they began.

    Not the order of the events: Asterisk publishes bridges, dials and channels from different threads.
    """
    legs: dict[str, tuple[str, Counter[str]]] = {}
    for message in _messages(ami):
        name, leg = message.get("Event"), message.get("Uniqueid")
        if not name or not leg or name == _HOMELESS:
            continue
        if name == "Newchannel":
            legs[leg] = (_SERIAL.sub("", message["Channel"]), Counter())
        if leg in legs and name != _RACING:
            legs[leg][1][name] += 1
    return list(legs.values())


def names_of(ami: bytes) -> list[tuple[str, set[str]]]:
    """The same without counts, for calls whose bridges Asterisk changes in one of several ways."""
    return [(leg, set(told)) for leg, told in legs_of(ami)]


def calls_of(ami: bytes) -> list[dict[str, Any]]:
    """What the product makes of the recording, calls in the order they began."""
    calls: dict[str, Call] = {}
    for frame in split_frames(ami)[0]:
        for event in events_of(_PBX, frame, 0):
            calls[event.linkedid] = advance(calls.get(event.linkedid) or Call(_PBX, event.linkedid), event)
    summaries = [summary_of(call) for call in calls.values() if call.legs]
    told = sorted(summaries, key=lambda summary: summary.started_at)
    return [{name: _plain(getattr(summary, name)) for name in _TOLD} | _rest(summary) for summary in told]


def _rest(summary: Any) -> dict[str, Any]:
    return {
        "missed_why": summary.missed_why and summary.missed_why.value,
        "rang": sorted(summary.rang),
        "queues": list(summary.queues),
        "talk": summary.talk,
    }


def _plain(value: Any) -> Any:
    return getattr(value, "value", value)


def _messages(ami: bytes) -> list[Message]:
    return [parse(frame) for frame in ami.split(b"\r\n\r\n") if frame.strip()]
