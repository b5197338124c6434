"""Which advertisement a call came from, as call tracking stored it. Whoever shows a call may show this. No I/O here."""

from enum import StrEnum
from uuid import UUID

import msgspec


class ToldBy(StrEnum):
    """What explains a call."""

    VISIT = "visit"
    """A visitor was shown the number."""
    NUMBER = "number"
    """The number stands in one place only: a billboard, one source's page."""


class Other(msgspec.Struct, frozen=True):
    """Another visit that may have led to the call."""

    visit_id: UUID
    channel: str
    source: str
    campaign: str
    confidence: float


class Attribution(msgspec.Struct, frozen=True):
    """What explains the call `call_id`, and how sure that is (0 to 1)."""

    call_id: UUID
    number: str
    client: str
    told_by: ToldBy
    confidence: float
    visit_id: UUID | None = None
    visitor: UUID | None = None
    site: str = ""
    channel: str = ""
    source: str = ""
    medium: str = ""
    campaign: str = ""
    term: str = ""
    landing: str = ""
    others: tuple[Other, ...] = ()
    reasons: tuple[str, ...] = ()
    """What speaks for the visit: `tap`, `visit` or `later`; `region`; `phone`."""
