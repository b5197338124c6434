"""A plan as a file: TOML for people, JSON for programs. No I/O here."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from router.planning.forms import Body
from trunkline.errors import InvalidInput, Mistake
from trunkline.foreigntoml import toml_of
from trunkline.web.i18n import gettext as _

MOST_BYTES = 4 << 20
_NOTHING_WRITTEN = "# every field is at its default"
"""Tells a plan without fields of its own from a file that is empty by accident."""
FORMS = {"toml": "application/toml", "json": "application/json"}


def read_file(name: str, content: bytes) -> Body:
    """The body in a file, told apart by its name, else by its first sign; raises InvalidInput."""
    if len(content) > MOST_BYTES:
        raise InvalidInput(Mistake("file", _("is larger than any plan")))
    try:
        text = content.decode("utf-8-sig")
        if not text.strip():  # TOML takes it for a table, and it would wipe the plan out: likely it was cut short
            raise InvalidInput(Mistake("file", _('is empty: a plan has fields, e.g. default = "queue:sales"')))
        body = msgspec.json.decode(text) if _is_json(name, text) else toml_of(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(Mistake("file", _("is no TOML or JSON: %(reason)s") % {"reason": error})) from error
    if not isinstance(body, dict):
        raise InvalidInput(Mistake("file", _("must be a table of fields")))
    return body


def write_file(body: Body, form: str) -> str:
    """The body as `toml` or `json`, ready to be read again."""
    if form == "json":
        return json.dumps(body, ensure_ascii=False, indent=2) + "\n"
    return ("\n".join(_table(body, ())).strip() or _NOTHING_WRITTEN) + "\n"


def _is_json(name: str, text: str) -> bool:
    return name.lower().endswith(".json") or (not name.lower().endswith(".toml") and text.lstrip()[:1] == "{")


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """The lines of a table: its own values, then the tables in it."""
    below = {name: value for name, value in table.items() if isinstance(value, Mapping)}
    if path and (len(below) < len(table) or not table):
        yield ""
        yield f"[{'.'.join(map(_key, path))}]"
    yield from (f"{_key(name)} = {_value(value)}" for name, value in table.items() if name not in below)
    for name, value in below.items():
        yield from _table(value, (*path, name))


def _key(name: str) -> str:
    plain = name.replace("-", "").replace("_", "")
    return name if plain.isascii() and plain.isalnum() else _value(name)


def _value(value: Any) -> str:
    # A JSON string, number, truth or list of these is spelled the same in TOML, but for U+007F.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
