"""Zadarma's signature: base64 of the *hex text* of an HMAC-SHA1 over some fields of the event. No I/O here.

The strings are those of `zadarma/user-api-v1: lib/Webhook/*.php` (`getSignatureString`). They cover neither the time of
sending nor all fields, so a captured request can be sent again: its `key` makes a repeat harmless.
"""

import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from trunkline.pbx.hooks.request import HookRequest

HEADER: Final = "signature"
_INCOMING: Final = ("caller_id", "called_did", "call_start")
_OUTGOING: Final = ("internal", "destination", "call_start")
_RESULT: Final = ("result",)
SIGNED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "NOTIFY_START": _INCOMING,
        "NOTIFY_IVR": _INCOMING,
        "NOTIFY_INTERNAL": _INCOMING,
        "NOTIFY_ANSWER": ("caller_id", "destination", "call_start"),
        "NOTIFY_END": _INCOMING,
        "NOTIFY_OUT_START": _OUTGOING,
        "NOTIFY_OUT_END": _OUTGOING,
        "NOTIFY_RECORD": ("pbx_call_id", "call_id_with_rec"),
        "SMS": _RESULT,
        "NUMBER_LOOKUP": _RESULT,
        "CALL_TRACKING": _RESULT,
        "SPEECH_RECOGNITION": _RESULT,
    }
)
"""The fields whose plain concatenation is signed, by event."""


def signature(text: str, secret: str) -> str:
    """What the header holds for `text`."""
    return b64encode(hmac.digest(secret.encode(), text.encode(), "sha1").hex().encode()).decode()


def fits(request: HookRequest, secrets: Iterable[str]) -> bool:
    """Whether any of `secrets` signed it, all of them tried; an event nobody documented may be signed as any other."""
    event = request.text("event")
    strings = [SIGNED[event]] if event in SIGNED else [*dict.fromkeys(SIGNED.values())]
    given = request.headers.get(HEADER, "").strip().encode(errors="replace")
    right = False
    for secret in secrets:
        for names in strings:
            text = "".join(_raw(request, name) for name in names)
            right |= hmac.compare_digest(signature(text, secret).encode(), given) and text != ""
    return right


def _raw(request: HookRequest, name: str) -> str:
    """The field as it was sent: a blank at its edge is signed too."""
    value = request.fields.get(name)
    return value if isinstance(value, str) else request.text(name)
