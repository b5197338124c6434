"""Notifications by our template: what the cabinet is given to copy, and the reading of what comes of it. No I/O here.

The cabinet puts values into the template as they are, so a quote in a name or an empty value makes invalid JSON
(pbx.md §1.2). The names of the fields are ours, so they are found all the same: a value reaches to the next name. What
people write freely stands last, and of doubled names the first counts, so no name of a person can pose as a field.
"""

import re
from collections.abc import Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import Final

from trunkline.pbx.hooks.fields import json_of, text_of
from trunkline.pbx.hooks.request import HookRequest

KEYS: Final = (
    "call_session_id",
    "notification_time",
    "start_time",
    "direction",
    "is_internal",
    "contact_phone_number",
    "virtual_phone_number",
    "calling_phone_number",
    "called_phone_number",
    "employee_id",
    "employee_phone_number",
    "talk_time_duration",
    "employee_full_name",
)
TEMPLATE: Final = "{\n" + ",\n".join(f'"{key}":{{{{{key}}}}}' for key in KEYS) + "\n}"
"""No quotes around the mnemonics: the cabinet writes them itself, as other companies' templates show."""
KINDS: Final = frozenset({"in", "out", "ring", "talk", "lost", "end"})
"""How the addresses of notifications end: which event it is our address says, not the cabinet's names."""

_NAME: Final = re.compile(r'"(' + "|".join(KEYS) + r')"\s*:')
_PLAIN: Final = re.compile(r'^"?([^",\r\n]*)(?s:.*)$')
_NOTHING: Final = frozenset({"none", "null"})
_LONGEST: Final = 200
_NO_NOTE: Final[Mapping[str, str]] = MappingProxyType({})


def kind_of(request: HookRequest) -> str:
    """Which notification it is; empty for one of no known kind, and for a routing request."""
    kind = request.path.strip("/").lower()
    return kind if kind in KINDS else ""


def note_of(request: HookRequest) -> Mapping[str, str]:
    """The fields of a notification, whether its JSON is valid or not; of what is not filled in the field is empty."""
    if not kind_of(request):
        return _NO_NOTE
    value = json_of(request.body)
    if isinstance(value, dict):
        return {key: _cleaned(text_of(value.get(key))) for key in KEYS}
    text = request.body.decode(errors="replace")
    found = _between_names(text)
    return {key: _cleaned(found[key]) if key in found else _cleaned(request.text(key)) for key in KEYS}


def key_of(request: HookRequest) -> str:
    """Every field of a notification; empty for what is none."""
    note = note_of(request)
    if not note.get("call_session_id"):
        return ""
    told = blake2b("\n".join(note.values()).encode(errors="replace"), digest_size=8).hexdigest()
    return f"{kind_of(request)}|{note['call_session_id']}|{told}"


def _between_names(text: str) -> Mapping[str, str]:
    names = [*_NAME.finditer(text)]
    ends = (*(one.start() for one in names[1:]), len(text))
    found: dict[str, str] = {}
    for name, end in zip(names, ends, strict=False):
        value = text[name.end() : end].strip()
        found.setdefault(name[1], _free(value) if name[1] == KEYS[-1] else _PLAIN.sub(r"\1", value))
    return found


def _free(value: str) -> str:
    """What people write: all up to the end of the object, without the quotes around it."""
    value = value.removesuffix("}").rstrip().removesuffix(",").rstrip()
    return value.removeprefix('"').removesuffix('"')


def _cleaned(value: str) -> str:
    """Nothing, for a mnemonic the cabinet did not know and for `None`."""
    value = value.strip()[:_LONGEST]
    return "" if value.lower() in _NOTHING or value.startswith("{{") else value
