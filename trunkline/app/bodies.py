"""Bodies and answers of the API that no handler has a type for, as they are described. No I/O here."""

from typing import Annotated, Any
from uuid import UUID

import msgspec

from trunkline.contacts.store import StoredContact, StoredSpam
from trunkline.lines.line import StoredLine


class ContactPage(msgspec.Struct):
    """A page of contacts; `next` is the cursor of the page behind it, null on the last."""

    items: list[StoredContact]
    next: str | None


class SpamPage(msgspec.Struct):
    """A page of spam numbers."""

    items: list[StoredSpam]
    next: str | None


class SpamAnswer(msgspec.Struct):
    """A number on the list, and whether it is new there."""

    number: str
    added: bool


class LinePage(msgspec.Struct):
    """A page of lines."""

    items: list[StoredLine]
    next: str | None


class MirrorPage(msgspec.Struct):
    """A page of records of one entity, the newest first."""

    items: list[dict[str, Any]]
    next: UUID | None


class Refusal(msgspec.Struct):
    """What went wrong."""

    error: str
    message: str
    request_id: str


class FieldMistake(msgspec.Struct):
    """One field, and what would be right."""

    field: str
    message: str


class Mistakes(msgspec.Struct):
    """What was sent is wrong, field by field."""

    error: Annotated[str, msgspec.Meta(pattern="^invalid$")]
    mistakes: list[FieldMistake]
    request_id: str


class RouteQuestion(msgspec.Struct, rename={"from_": "from"}):
    """One turn of a routing dialogue; numbers in any spelling. What cannot be read is answered with the default.

    An `at` that is no moment of this era counts as none, and `degraded` says `at`.
    """

    call_id: str | int | None = None
    from_: str | int | float | None = None
    to: str | int | float | None = None
    state: str | None = None
    status: str | None = None
    queue: str | None = None
    digits: str | int | None = None
    context: str | None = None
    at: float | str | None = None


class OutgoingRequest(msgspec.Struct):
    """One turn of an outgoing call; numbers in any spelling. What cannot be read is answered with `pass`."""

    call_id: str | int | None = None
    agent: str | int | None = None
    to: str | int | float | None = None
    city: str | None = None
    state: str | None = None
    status: str | None = None
    reason: str | int | None = None
    line: str | int | None = None
