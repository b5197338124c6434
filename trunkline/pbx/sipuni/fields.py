"""Fields of Sipuni's events in our words: times, numbers, extensions, what makes two deliveries one. No I/O here.

Extensions come with the account before them (`070196201`, `015856#205`), lines with a mark behind (`998…_id265648`), as
captured requests show (pbx.md §1.6 [O] names the fields, other companies' captures [T] their spelling).
"""

from typing import Final

from trunkline.pbx.hooks.fields import number_of
from trunkline.pbx.hooks.numbers import extension_in, number_with_plus
from trunkline.pbx.hooks.request import HookRequest

OUTSIDE: Final = "sipuni/outside"
"""The channel of whoever is no extension."""
OUTER, INNER = "1", "2"
"""`src_type` and `dst_type`."""
_DAY: Final = 86_400_000_000
_TOLD: Final = ("event", "call_id", "src_num", "dst_num", "short_dst_num", "timestamp", "status", "last_called")
_LONGEST: Final = 100


def call_of(request: HookRequest) -> str:
    """The call an event is about."""
    return request.text("call_id")[:_LONGEST]


def key_of(request: HookRequest) -> str:
    """What a repeat has in common; the first event comes twice with two times, and both are kept."""
    return "|".join(request.text(name)[:_LONGEST] for name in _TOLD) if call_of(request) else ""


def time_of(request: HookRequest, name: str) -> int | None:
    """A Unix time in seconds, as µs; None where it is missing, 0, or a day off our clock."""
    at = int((number_of(request.text(name)) or 0) * 1e6)
    return at if at and abs(at - request.received) < _DAY else None


def extension_of(request: HookRequest, side: str) -> str:
    """The extension at `src` or `dst`; empty where that is a number outside."""
    if (short := extension_in(request.text(f"short_{side}_num"))) and request.text(f"{side}_type") != OUTER:
        return short
    if request.text(f"{side}_type") != INNER:
        return ""
    return bare(request, request.text(f"{side}_num"))


def bare(request: HookRequest, text: str) -> str:
    """`text` as an extension, without the account before it."""
    account = request.text("user_id")
    last = text.rpartition("#")[2]
    return extension_in(last.removeprefix(account) if account and len(last) > len(account) else last)


def line_of(request: HookRequest) -> str:
    """The number of ours that was called; empty where the event names none."""
    text = request.text("pbxdstnum") or (request.text("dst_num") if request.text("dst_type") == OUTER else "")
    return number_with_plus(text.partition("_")[0].lstrip("+"))


def last_called(request: HookRequest) -> str:
    """The extension that was called last: of several the last one."""
    return bare(request, request.text("last_called").rpartition("&")[2].strip())
