"""A booked visit: what is asked for, and what is kept. No I/O here."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec

LONGEST_PLACE: Final = 300
LONGEST_WORDS: Final = 2000
MOST_COMING: Final = 100
"""Visits to come that one person has booked."""

Number = Annotated[str, msgspec.Meta(max_length=128)]
"""As it is written by people."""


class BookBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who goes to whom, from when on: one of the free times."""

    person: UUID
    starts_at: datetime
    number: Number
    contact: UUID | None = None
    call: UUID | None = None
    place: Annotated[str, msgspec.Meta(max_length=LONGEST_PLACE)] = ""
    words: Annotated[str, msgspec.Meta(max_length=LONGEST_WORDS)] = ""


class MoveBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To another free time of the same person."""

    starts_at: datetime


class Visit(msgspec.Struct, frozen=True):
    """One visit; `contact` is a name, for who may read contacts."""

    id: UUID
    person_id: UUID
    person: str
    number: str
    contact_id: UUID | None
    contact: str
    call_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    place: str
    words: str
    booked_by_id: UUID | None
    booked_by: str
    booked_at: datetime
    cancelled_at: datetime | None
    cancelled_by: str | None

    @property
    def client(self) -> str:
        """Who is visited, as far as it is known."""
        return self.contact or self.number
