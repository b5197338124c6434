"""An operation of the API, and what several of them ask alike. No I/O here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from trunkline.contacts.runs import Kind
from trunkline.mirror.entities import ENTITIES
from trunkline.people.roles import Right
from trunkline.web.paging import LARGEST_PAGE

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `answers` by status, None where there is no body."""

    method: str
    path: str
    summary: str
    answers: Mapping[int, Any]
    needs: Right | None = None
    query: Sequence[Json] = ()
    body: Any = None
    form: Mapping[str, Json] | None = None
    """Fields of a multipart form, where that is the body; `file` must be there."""
    also: Right | None = None
    """A second right, without which the first lets nobody in."""


def query(name: str, description: str, **schema: Any) -> Json:
    """A parameter of the query; `schema` beside its being text."""
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string"} | schema}


def words(values: type[StrEnum]) -> str:
    """The pattern of one or several of these words."""
    word = f"({'|'.join(values)})"
    return f"^{word}(,{word})*$"


LIMIT: Final = query("limit", "How many a page.", type="integer", minimum=1, maximum=LARGEST_PAGE)
CURSOR: Final = query("cursor", "`next` of the page before.")
PAGED: Final = (LIMIT, CURSOR)
PATH_PARAMETERS: Final[Mapping[str, Json]] = {
    "alias": {"type": "string", "examples": ["trunk-msk"]},
    "since": {"type": "string", "format": "date"},
    "way": {"type": "string", "enum": ["in", "out"]},
    "id": {"type": "string", "format": "uuid"},
    "comment": {"type": "string", "format": "uuid"},
    "number": {"type": "string", "examples": ["+74951234567"]},
    "placement": {"type": "string", "examples": ["main"]},
    "queue": {"type": "string", "pattern": "^[a-z0-9_-]{1,40}$", "examples": ["sales"]},
    "kind": {"type": "string", "enum": list(Kind)},
    "entity": {"type": "string", "enum": list(ENTITIES)},
}
