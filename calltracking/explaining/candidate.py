"""A visit that may have led to a call, and what a number told by itself. No I/O here."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Candidate:
    """A visit that was shown the called number before the call began.

    `seen_until`: he counted as present until then. `until`: the number was held for him, or another got it then.
    """

    visit_id: UUID
    visitor: UUID
    kind: str
    granted_at: datetime
    seen_until: datetime
    until: datetime
    site: str
    channel: str
    source: str
    medium: str
    campaign: str
    term: str
    landing: str
    started_at: datetime
    tapped_at: datetime | None = None
    """When he last touched the number's link before the call."""
    known: bool = False
    """The caller was once explained by this visitor."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a number told on the day of the call: with a pool, whom it was leased to; else one source."""

    call_id: UUID
    pool_id: UUID | None
    source: str
    channel: str
    campaign: str
    site: str
