"""Fields of Zadarma's events in our words: numbers, extensions, digits, what makes two deliveries one. No I/O."""

import re
from hashlib import blake2b
from typing import Final

from trunkline.pbx.hooks.fields import mapping_of, text_of
from trunkline.pbx.hooks.request import HookRequest

OUTSIDE: Final = "zadarma/outside"
"""The channel of whoever is no extension."""

_EXTENSION: Final = re.compile(r"[0-9]{2,6}").fullmatch
_FULL: Final = re.compile(r"[1-79][0-9]{10,14}").fullmatch


def caller_of(request: HookRequest) -> str:
    """The caller as Zadarma spells him."""
    return request.text("caller_id")


def number(text: str) -> str:
    """A number with its country code gets the `+` Zadarma leaves away; anything else stays as it came."""
    return f"+{text}" if _FULL(text) else text


def extension_of(text: str) -> str:
    """The extension, without the account's number before it (`12345-101`); empty where it is none."""
    last = text.rpartition("-")[2]
    return last if _EXTENSION(last) else ""


def pressed(request: HookRequest) -> str | None:
    """The digits pressed; empty where the caller pressed none in time, None where he was not asked."""
    answer = mapping_of(request.fields.get("wait_dtmf"))
    return None if not answer else text_of(answer.get("digits"))


def key_of(request: HookRequest) -> str:
    """What a repeat has in common: the event, its call, the extension; of a menu's answer what was pressed as well."""
    told = [request.text(name) for name in ("event", "pbx_call_id", "internal", "call_id_with_rec")]
    if (digits := pressed(request)) is not None:
        told.append(f"digits:{digits}")
    if result := request.text("result"):
        told.append(blake2b(result.encode(errors="replace"), digest_size=16).hexdigest())
    return "|".join(told) if any(told[1:]) else ""
