"""Fields of XSI events in our words: kinds, calls, numbers, times, what makes two deliveries one. No I/O here.

Source: `antibaloo/bpm.ucre.ru: beelinePbx/`, as pbx.md §1.9 has it; the XML is BroadWorks' own.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from trunkline.pbx.beeline.xml import Read, read
from trunkline.pbx.hooks.numbers import extension_in, number_of_russia
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.hooks.times import iso_time

OUTSIDE: Final = "beeline/outside"
"""The channel of whoever is no employee."""
TERMINATED: Final = "SubscriptionTerminatedEvent"
_LONGEST: Final = 100
_MILLIS: Final = re.compile(r"[0-9]{13}").fullmatch
_DAY: Final = 86_400_000_000
_CALL: Final = "eventData/call"
_TOLD: Final = ("callId", "state", "startTime", "answerTime", "releaseTime")
_ADDRESS: Final = re.compile(r"(?:tel:|sip:)?\+?([^@;]{1,40})", re.IGNORECASE)


def event_of(request: HookRequest) -> Read:
    """The event; empty where the body is none."""
    found = read(request.body)
    return found if found.get("") == ("Event",) else {}


def first(event: Read, path: str) -> str:
    """The first text there; empty where nothing is."""
    return event.get(path, ("",))[0]


def of_call(event: Read, name: str) -> str:
    """A field of the call it tells of."""
    return first(event, f"{_CALL}/{name}")


def kind_of(event: Read) -> str:
    """`CallReceivedEvent`, without its prefix."""
    return first(event, "eventData@type").rpartition(":")[2][:_LONGEST]


def subscription_of(event: Read) -> str:
    """The subscription it comes by."""
    return first(event, "subscriptionId")[:_LONGEST]


def call_of(event: Read) -> str:
    """`extTrackingId` is that of every telephone a call rings; `callId` is each one's own."""
    return (of_call(event, "extTrackingId") or of_call(event, "callId"))[:_LONGEST]


def key_of(event: Read) -> str:
    """What happened and to whom. Neither `eventID` nor the subscription: two subscriptions tell everything twice."""
    kind, call = kind_of(event), call_of(event)
    told = (first(event, "targetId"), *(of_call(event, name) for name in _TOLD))
    return "|".join((kind, call, *told)) if kind and call else ""


def time_of(text: str, received: int) -> int | None:
    """In µs, of milliseconds since the epoch or a time with its zone; None for anything else, or a day off."""
    at = int(text) * 1000 if _MILLIS(text) else iso_time(text)
    return at if at is not None and abs(at - received) < _DAY else None


def line_of(event: Read) -> str:
    """The number that was called from outside, where it was sent on to the employee: the first it was called by."""
    sent_on = event.get(f"{_CALL}/redirections/redirection/party/address", ())
    return number_in(sent_on[-1]) if sent_on else ""


def number_in(address: str) -> str:
    """`+79161234567` of `tel:+79161234567`, `102` of `tel:102` and of `sip:102@ip.beeline.ru`."""
    match = _ADDRESS.match(address)
    return number_of_russia(match[1]) if match else ""


def extension_of(user: str, address: str, settings: Mapping[str, Any]) -> str:
    """The employee's extension: as the settings name his id, else where his id or his address is one."""
    names = settings.get("users")
    if isinstance(names, dict) and user:
        known = (extension for extension, name in names.items() if str(name).lower() == user.lower())
        if extension := extension_in(next(known, "")):
            return extension
    return extension_in(user.partition("@")[0]) or extension_in(number_in(address))
