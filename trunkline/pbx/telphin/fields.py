"""Fields of Telphin's requests in our words: calls, times, extensions, what makes two deliveries one. No I/O here.

An extension is `2566*102@sipproxy.telphin.ru`: client, extension, domain. Times and durations are microseconds (pbx.md
§1.8 [O] names the fields, other companies' code [T] their units).
"""

import re
from typing import Final

from trunkline.pbx.hooks.numbers import extension_in, number_with_plus
from trunkline.pbx.hooks.request import HookRequest

OUTSIDE: Final = "telphin/outside"
"""The channel of whoever is no extension."""
INTERACTIVE: Final = "call_interactive"
_DAY: Final = 86_400_000_000
_TOLD: Final = ("SubCallID", "CalledExtension", "CallerExtension", "CallStatus", "EventTime")
_LONGEST: Final = 100
_MICROS: Final = re.compile(r"[0-9]{1,18}").fullmatch


def event_of(request: HookRequest) -> str:
    """`call_interactive`, `dial-in`, `dial-out`, `answer`, `hangup`, or another."""
    return request.text("EventType")[:_LONGEST].lower()


def call_of(request: HookRequest) -> str:
    """`CallID` stays when a call is passed on [O], and the history and the callback name it too, in other letters.

    Where it is missing, `CallAPIID`: routing requests join its halves by a colon, events by a dash.
    """
    return (uuid_of(request.text("CallID")) or request.text("CallAPIID").replace(":", "-"))[:_LONGEST]


def uuid_of(text: str) -> str:
    """An id of a call as events spell it."""
    return text.lower()


def key_of(request: HookRequest) -> str:
    """What a repeat has in common; a routing request has no time of its own."""
    event, call = event_of(request), call_of(request)
    if not call or not event:
        return ""
    return "|".join((event, call, *(request.text(name)[:_LONGEST] for name in _TOLD)))


def time_of(request: HookRequest) -> int | None:
    """When it happened, µs; None where it is missing, or a day off our clock."""
    told = request.text("EventTime")
    at = int(told) if _MICROS(told) else 0
    return at if at and abs(at - request.received) < _DAY else None


def bare(text: str) -> str:
    """`102` of `2566*102@sipproxy.telphin.ru`; empty for what is no extension."""
    return extension_in(text.partition("@")[0].rpartition("*")[2])


def full(text: str) -> str:
    """A number outside."""
    return number_with_plus(text.partition("@")[0].rpartition("*")[2].lstrip("+"))
