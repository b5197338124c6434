"""A form as a site's page sends it, and the record it becomes in the spool. No I/O here."""

import re
from typing import Annotated, Final
from uuid import UUID

import msgspec

from calltracking.leases.wire import Ids, Key, Milliseconds, Url
from trunkline.calls.phone import NamedKind, Number, parse

LONGEST_PAGE: Final = 2048
_EMAIL = re.compile(r"[^\s@<>\",;]{1,64}@[^\s@<>\",;]{1,189}").fullmatch

Phone = Annotated[str, msgspec.Meta(max_length=128)]
PersonName = Annotated[str, msgspec.Meta(max_length=200)]
Agreed = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Trap = Annotated[str, msgspec.Meta(max_length=200)]
Field = Annotated[str, msgspec.Meta(max_length=60)]
Value = Annotated[str, msgspec.Meta(max_length=2000)]


class Told(msgspec.Struct, frozen=True):
    """What a form and a wish to be called back say alike: who, of which visit, agreed to which text.

    `id` is the browser's own: the same sent again is taken once. `trap` is a field people do not see.
    """

    site: Key
    id: UUID
    page: Url
    at: Milliseconds
    phone: Phone
    agreed: Agreed
    name: PersonName = ""
    visit: UUID | None = None
    visitor: UUID | None = None
    landing: Url = ""
    referrer: Url = ""
    consent: str | None = None
    ids: Ids | None = None
    trap: Trap = ""


class FormBody(Told, frozen=True):
    """`POST /calltracking/v1/form`."""

    email: Annotated[str, msgspec.Meta(max_length=254)] = ""
    fields: Annotated[dict[Field, Value], msgspec.Meta(max_length=30)] = {}


class FormRecord(msgspec.Struct, frozen=True, array_like=True):
    """A form as it lies in the spool under Kind.FORM; `at` is ours, Unix seconds, `said_at` the browser's."""

    id: UUID
    said_id: UUID
    site: UUID
    at: float
    said_at: float
    visit: UUID | None
    visitor: UUID | None
    name: str
    phone: str
    email: str
    fields: dict[str, str]
    page: str
    agreed: str
    referrer: str = ""
    kind: str = "form"


def number_in(text: str) -> Number | None:
    """The full number a visitor wrote; None where it is none that can be called."""
    number = parse(text)
    return None if isinstance(number, NamedKind) else number


def is_email(text: str) -> bool:
    """Whether `text` may be an address; empty is none and may be."""
    return not text or (_EMAIL(text) is not None and text.isprintable())


def plain(text: str) -> str:
    """One line of printable text: what is left may stand on a page, in a log and in a file."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def plain_lines(text: str) -> str:
    """The same with its lines."""
    return "\n".join(line for each in text.splitlines() if (line := plain(each)))
