"""Fields of a request, whatever way they are written: forms, multipart, JSON. What cannot be read is left out. No I/O.

Senders announce one thing and send another (pbx.md §1.1: multipart under a boundary that is not the body's), so the
body's own first bytes count for more than its `Content-Type`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote, unquote_to_bytes

import msgspec

from trunkline.notjson import NOT_JSON

MOST_FIELDS: Final = 500
_DEEPEST: Final = 4
_NAME: Final = re.compile(rb'name="([^"\r\n]*)"|name=([^;\s"]+)', re.IGNORECASE)
_KEY: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)").fullmatch
_ESCAPED: Final = {f"{high}{low}": chr(int(high + low, 16)) for high in "01234567" for low in "0123456789abcdefABCDEF"}
"""ASCII by the two digits behind `%`."""
_JSON_SIGNS: Final = tuple((f"%{ord(sign):02X}".encode(), sign.encode()) for sign in '":,{}[]')
"""What JSON in a form is full of, escaped and plain. None is a digit of an escape, so taking them out makes none."""
_PART: Final = re.compile(r"\[([^\[\]]*)\]")


def fields_of(content_type: str, query: str, body: bytes) -> Mapping[str, Any]:
    """The fields of the query and, over them, of the body; of doubled ones the last."""
    fields = _of_body(content_type, body)
    return {**_of_form(query), **fields} if query else fields


def text_of(value: object) -> str:
    """A single value as text, stripped; `true` is `1`, anything that is no single value is empty."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value) if isinstance(value, (int, float)) else ""


def number_of(value: object) -> float | None:
    """A number, also where it came as text; None for anything else."""
    text = text_of(value)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None


def mapping_of(value: object) -> Mapping[str, Any]:
    """A mapping, also where it came as the text of a JSON object; empty for anything else."""
    if isinstance(value, str):
        value = json_of(value.encode(errors="replace"))
    return value if isinstance(value, dict) else {}


def json_of(body: bytes) -> object:
    """The JSON value in `body`; None where it is none."""
    try:
        return msgspec.json.decode(body)
    except NOT_JSON:
        return None


def unescaped(field: bytes) -> bytes:
    """A field of a form that holds JSON, as it was before it was written into the form."""
    field = field.replace(b"+", b" ")
    for escaped, sign in _JSON_SIGNS:
        field = field.replace(escaped, sign)
    return unquote_to_bytes(field) if b"%" in field else field


def _of_body(content_type: str, body: bytes) -> dict[str, Any]:
    head = body.lstrip()[:2]
    if head[:1] == b"{":
        value = json_of(body)
        if isinstance(value, dict):
            return value
    if head == b"--" or content_type.lower().startswith("multipart/"):
        return _nested(_multipart(body.lstrip()))
    return _of_form(body.strip().decode(errors="replace"))


def _of_form(text: str) -> dict[str, Any]:
    """In one pass, for it is done with every request: the fields of `a=b&c=d`."""
    fields: dict[str, Any] = {}
    # One more than is taken, so that a body of a million fields is not read to its end.
    for pair in text.split("&", MOST_FIELDS)[:MOST_FIELDS]:
        name, equals, value = pair.partition("=")
        if not (name or equals):
            continue
        if "%" in pair or "+" in pair:
            name, value = _unquoted(name), _unquoted(value)
        if name and "[" not in name:
            fields[name] = value
        else:
            _put(fields, name, value)
    return fields


def _unquoted(text: str) -> str:
    """As `urllib.parse.parse_qsl` has it, without its checks of every field; nearly all that is escaped is ASCII."""
    if "+" in text:
        text = text.replace("+", " ")
    if "%" not in text:
        return text
    plain, *escaped = text.split("%")
    try:
        return plain + "".join([_ESCAPED[one[:2]] + one[2:] for one in escaped])
    except KeyError:
        return unquote(text, errors="replace")


def _multipart(body: bytes) -> Iterator[tuple[str, str]]:
    """Each part's name and text; the boundary is the body's own first line."""
    boundary = body.partition(b"\n")[0].rstrip(b"\r")
    if len(boundary) < 3:
        return
    for part in body.split(boundary, MOST_FIELDS + 1)[1 : MOST_FIELDS + 1]:
        head, gap, value = part.replace(b"\r\n", b"\n").partition(b"\n\n")
        if gap and (match := _NAME.search(head)):
            yield (
                (match[1] or match[2] or b"").decode(errors="replace"),
                value.removesuffix(b"\n").decode(errors="replace"),
            )


def _nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, value in pairs:
        _put(fields, key, value)
    return fields


def _put(fields: dict[str, Any], key: str, value: str) -> None:
    """`a[b]=c` under `a`; a key that is written in no such way stays as it is."""
    if "[" not in key and key:
        fields[key] = value
        return
    match = _KEY(key)
    path = [match[1], *_PART.findall(match[2])] if match else [key]
    if len(path) > _DEEPEST:
        path = [key]
    place = fields
    for step in path[:-1]:
        inner = place.get(step)
        if not isinstance(inner, dict):
            inner = place[step] = {}
        place = inner
    place[path[-1] or str(len(place))] = value
