"""A visit that may have led to a call, and what a number told by itself. No I/O here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Candidate:
    """A visit that was shown the called number before the call began.

    `seen_at`: when he was last heard of.
    """

    visit_id: UUID
    visitor: UUID
    granted_at: datetime
    seen_at: datetime
    site: str
    channel: str
    source: str
    medium: str
    campaign: str
    term: str
    landing: str
    region: str = ""
    taps: Sequence[datetime] = ()
    """When he touched the number's link before the call."""
    phones: Sequence[str] = ()
    """Telephones linked to this visitor before the call."""


class Home(NamedTuple):
    """Where a caller's number is at home, by codes of subjects, and the share of visits that are from there."""

    subjects: frozenset[str]
    share: float


@dataclass(frozen=True, slots=True)
class Told:
    """What a number told on the day of the call: with a pool, whom it was leased to; else one source."""

    call_id: UUID
    pool_id: UUID | None
    source: str
    channel: str
    campaign: str
    site: str
