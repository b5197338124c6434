"""What is asked for and what is held: values of the engine, and the ladder's last steps. No I/O here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from calltracking.sites.catalogue import Pool, Site, Static

GRACE_SECONDS = 10
"""A page that was left may be a reload: the number stays its visitor's for that long."""


class Kind(StrEnum):
    """The steps of the ladder, the best first."""

    EXCLUSIVE = "exclusive"
    COOLING = "cooling"
    """Exclusive too, but who had it before may still call."""
    SHARED = "shared"
    REGIONAL = "regional"
    STATIC = "static"
    OWN = "own"
    """The number the page has."""


class Shown(msgspec.Struct, frozen=True):
    """The number to show, and how much it tells."""

    number: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody's wish for a number of a pool; `returns` where the browser brought the visitor's id with it."""

    pool: Pool
    site: Site
    placement: str
    visit: UUID
    visitor: UUID
    returns: bool = False
    anew: bool = False
    """The visit begins now: what its visitor holds for the one before is leased to it anew."""

    @property
    def key(self) -> tuple[UUID, UUID, str]:
        """Who holds one lease, however many pages of his ask."""
        return self.visitor, self.site.id, self.placement


class Held(msgspec.Struct, frozen=True):
    """One lease as the ledger tells of it."""

    id: UUID
    number: str
    kind: Kind
    pool_id: UUID
    site_id: UUID
    placement: str
    visit_id: UUID
    visitor: UUID
    granted_at: datetime
    seen_until: datetime
    until: datetime

    def present(self, at: datetime) -> bool:
        """Whether its visitor counted as present then."""
        return at < self.seen_until


def without_lease(site: Site, placement: str, told: Sequence[Static]) -> Shown:
    """What a visitor is shown who gets no lease: the number of the site's city, else of the site, else the page's own.

    A number that tells a source is none of these: nothing is known of the visitor's that it would tell rightly.
    """
    general = [one for one in told if one.placement == placement and set(one.when) <= {"city"}]
    regional = next((one for one in general if one.city and one.city == site.city), None)
    if regional:
        return Shown(regional.number, Kind.REGIONAL)
    if whole := next((one for one in general if not one.city), None):
        return Shown(whole.number, Kind.STATIC)
    known = site.placements.get(placement)
    return Shown(known.number if known else "", Kind.OWN)
