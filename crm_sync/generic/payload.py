"""What a home-made CRM gives as rows: JSON, CSV as Excel saves it, or one record as a form. No I/O here."""

import csv
import io
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from crm_sync.generic.reading import Entity, at
from trunkline.notjson import NOT_JSON

MOST_ROWS: Final = 1000
"""Of one post, and of one page that is fetched."""
_FORM: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 500


class Unreadable(ValueError):
    """It is none of these; the message says what it is instead."""


def document_of(content_type: str, body: bytes) -> Any:
    """The whole of it; raises Unreadable."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == _FORM:
        return _form(_text(body))
    if kind in {"text/csv", "application/csv"}:
        return _table(_text(body))
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise Unreadable("is a web page; JSON, CSV or a form is needed")
    try:
        return msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except NOT_JSON as error:
        raise Unreadable(f"is not JSON: {error}") from None


def rows_of(document: Any, entity: Entity) -> list[Any]:
    """The records of it: the list at the entity's `rows`, a whole that is a list, or one record. Raises Unreadable."""
    found = document if isinstance(document, list) else at(document, entity.rows) if entity.rows else [document]
    if not isinstance(found, list):
        raise Unreadable(f"has no list at {'.'.join(entity.rows)}")
    if len(found) > MOST_ROWS:
        raise Unreadable(f"has {len(found)} records; {MOST_ROWS} at a time")
    return found


def _form(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise Unreadable(f"has more than {_MOST_FIELDS} fields: a form is one record") from None


def _table(text: str) -> list[dict[str, str]]:
    head = text.partition("\n")[0]
    comma = max(";,\t", key=head.count)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=comma, strict=True)
        names = [name.strip() for name in next(rows, [])]
        return [dict(zip(names, row, strict=False)) for row in rows if any(map(str.strip, row))]
    except csv.Error as error:
        raise Unreadable(f"is not CSV: {error}") from None


def _text(body: bytes) -> str:
    """UTF-8, else Windows-1251, which Russian Excel saves; NUL is in no text."""
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            return body.decode(encoding).replace("\0", "")
        except UnicodeDecodeError:
            continue
    raise Unreadable("is text neither in UTF-8 nor in Windows-1251")
