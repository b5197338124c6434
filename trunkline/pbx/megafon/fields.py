"""Fields of this family's requests in our words: what must be there, who a user is. No I/O here."""

import hmac
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from trunkline.pbx.hooks.numbers import extension_in
from trunkline.pbx.hooks.request import HookRequest

OUTSIDE: Final = "megafon/outside"
"""The channel of whoever is no user."""

LONGEST_ID: Final = 200

MANDATORY: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "contact": ("phone", "callid"),
        "event": ("type", "user", "phone", "direction", "callid"),
        "history": ("type", "user", "phone", "diversion", "start", "duration", "status", "callid"),
        "rating": ("callid", "rating"),
    }
)
"""By command, but for `cmd` and `crm_token` (pbx.md §1.4, `brandup-online/megafon-ats`). Empty ones do: a call that
nobody took has no user."""

_WORDS: Final[Mapping[str, Mapping[str, frozenset[str]]]] = MappingProxyType(
    {
        "event": MappingProxyType({"direction": frozenset({"in", "out"})}),
        "history": MappingProxyType({"type": frozenset({"in", "out"})}),
    }
)
"""Fields that say which way a call went: without them nothing can be made of the rest."""

_KEYS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "contact": ("callid",),
        "event": ("callid", "type", "user", "ext", "second_callid"),
        "history": ("callid", "type", "status", "user", "ext"),
        "rating": ("callid", "rating"),
    }
)


def is_readable(request: HookRequest) -> bool:
    """Whether it is one of the four commands, with all it must have."""
    command, fields = request.text("cmd"), request.fields
    wanted = MANDATORY.get(command)
    if wanted is None or not 0 < len(request.text("callid")) <= LONGEST_ID:
        return False
    words = _WORDS.get(command, {})
    return all(fields.get(name) is not None for name in wanted) and all(
        request.text(name) in known for name, known in words.items()
    )


def has_token(request: HookRequest, live: Sequence[str]) -> bool:
    """Whether `crm_token` is one of those that are good now; each is compared, so the time tells nothing."""
    given = request.text("crm_token").encode(errors="replace")
    return max((hmac.compare_digest(given, token.encode()) for token in live), default=False)


def key_of(request: HookRequest) -> str:
    """What a repeat has in common: the command, the call, what happened and to which user."""
    command = request.text("cmd")
    names = _KEYS.get(command, ())
    return "|".join((command, *(request.text(name) for name in names))) if request.text("callid") else ""


def extension_of(request: HookRequest, settings: Mapping[str, Any]) -> str:
    """The user's extension: the field `ext`, else what the list of logins says of the field `user`."""
    user = request.text("user").lower()
    named = (str(ours) for ours, login in logins_of(settings).items() if user and str(login).lower() == user)
    return extension_in(request.text("ext")) or extension_in(next(named, "")) or extension_in(user)


def logins_of(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Our extensions and the logins of the cabinet's users."""
    logins = settings.get("logins")
    return logins if isinstance(logins, dict) else {}
