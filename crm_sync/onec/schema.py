"""The contract as JSON Schema, for programs: `python -m crm_sync.onec.schema > docs/crm-1c.schema.json`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from crm_sync.onec.contract import FIELDS, MOST_ROWS, MOST_VERSION, Field
from crm_sync.onec.values import MOST_PHONES, Form
from trunkline.directory.values import ContactClass

_NUMBER: Final[Mapping[str, Any]] = {"type": ["number", "string", "null"], "examples": [12500.5, "12 500,50"]}
_FORMS: Final[Mapping[Form, Mapping[str, Any]]] = {
    Form.ID: {"type": ["string", "null"], "maxLength": 100},
    Form.TEXT: {"type": ["string", "null"], "maxLength": 500},
    Form.MONEY: _NUMBER,
    Form.PERCENT: {**_NUMBER, "examples": [40, "33,3 %"]},
    Form.DAYS: {**_NUMBER, "examples": [12]},
    Form.DAY: {"type": ["string", "null"], "examples": ["2026-12-31", "2026-12-31T00:00:00"]},
    Form.END: {"type": ["string", "null"], "examples": ["2026-12-31", "2026-12-31T00:00:00"]},
    Form.FLAG: {"type": ["boolean", "null"]},
    Form.PHONE: {"type": ["string", "null"], "examples": ["+79161234567"]},
    Form.PHONES: {"type": ["array", "null"], "items": {"type": "string"}, "maxItems": MOST_PHONES},
    Form.CLASS: {"enum": [*(one.value for one in ContactClass), None]},
    Form.LINK: {"type": ["string", "null"], "format": "uri", "maxLength": 300},
}


def schema() -> dict[str, Any]:
    """Of what is posted; a page of history has the same `rows`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rows that 1C sends, version 1",
        "type": "object",
        "required": ["rows"],
        "properties": {
            "rows": {"type": "array", "maxItems": MOST_ROWS, "items": {"oneOf": [_row(kind) for kind in FIELDS]}}
        },
    }


def _row(kind: str) -> dict[str, Any]:
    fields = FIELDS[kind]
    gone = next(field.name for field in fields if field.name in {"deleted", "cancelled"})
    return {
        "title": kind,
        "type": "object",
        "required": ["type", "id", "version", *(one.name for one in fields if one.always)],
        "properties": {
            "type": {"const": kind},
            "id": {"type": "string", "minLength": 1, "maxLength": 100},
            "version": {"type": ["integer", "string"], "minimum": 1, "maximum": MOST_VERSION},
            **{one.name: _FORMS[one.form] for one in fields},
        },
        "anyOf": [_whole(fields), {"properties": {gone: {"const": True}}, "required": [gone]}],
    }


def _whole(fields: Sequence[Field]) -> dict[str, Any]:
    """What a record needs that is not gone."""
    return {"required": [one.name for one in fields if one.needed]}


def text() -> str:
    """As it is kept in docs/."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=1).decode() + "\n"


if __name__ == "__main__":
    print(text(), end="")  # noqa: T201 - this is what it is for
