"""How far what clients began came: call, lead, deal, payment; and where it broke off."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import lowest_id
from trunkline.people.identity import Reach
from trunkline.reports.days import Days
from trunkline.web.paging import Page, page_of

CHAIN: Final = load_queries("trunkline.leads", "chain.sql")
MOST_DAYS: Final = 31
"""Read from the calls themselves: so many days at once."""
PAGE: Final = 50
MOST_ROWS: Final = 20_000
"""Of a file."""
_SLACK: Final = timedelta(seconds=60)
_EXPLAINED: Final = timedelta(days=181)
_AFTER: Final = timedelta(days=2)
"""What calls are looked at for a deal: half a year before and a day behind it, and what ids are off by."""


class CameTo(StrEnum):
    """Where a chain ends now."""

    NO_LEAD = "no_lead"
    NOT_CALLED = "not_called"
    LEAD_LOST = "lead_lost"
    WON_WITHOUT_DEAL = "won_without_deal"
    DEAL_UNPAID = "deal_unpaid"
    DEAL_WITHOUT_LEAD = "deal_without_lead"
    PAYMENT_WITHOUT_DEAL = "payment_without_deal"
    LEAD_OPEN = "lead_open"
    DEAL_OPEN = "deal_open"
    NO_BUYER = "no_buyer"
    ELSEWHERE = "elsewhere"
    """Its lead is out of the reader's reach."""
    PAID = "paid"


GOES_ON: Final = frozenset({CameTo.LEAD_OPEN, CameTo.DEAL_OPEN, CameTo.NO_BUYER, CameTo.ELSEWHERE, CameTo.PAID})
"""What has not broken off."""


class Link(msgspec.Struct, frozen=True):
    """What somebody began, and how far it came; `kind` is what it began with, `paid` null for who may not see money."""

    kind: str
    id: UUID
    at: datetime
    phone: str
    line: str
    lead_id: UUID | None
    here: bool
    deal_id: UUID | None
    deal: str | None
    paid: float | None
    came_to: CameTo
    close_reason: str
    rule: str


class Count(msgspec.Struct, frozen=True):
    """How many came to one end, how many of them began with a call, and what they paid."""

    came_to: CameTo
    links: int
    calls: int
    paid: float


@dataclass(frozen=True, slots=True)
class Asked:
    """Which chains: of which days and reach; of one department or line, where they are named."""

    days: Days
    reach: Reach
    money: bool
    department: UUID | None = None
    line: UUID | None = None

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The first thirteen of the statement."""
        days, reach = self.days, self.reach
        ids = lowest_id(days.since - _SLACK), lowest_id(days.until)
        scope = reach.person, reach.departments, reach.lines, self.department, self.line
        explaining = lowest_id(days.since - _EXPLAINED), lowest_id(days.until + _AFTER)
        return days.since, days.until, *ids, *scope, self.money, days.zone.key, *explaining


@dataclass(frozen=True, slots=True)
class Chain:
    """Every end, what broke off first; and a page of the chains, the latest first."""

    ends: list[Count]
    links: Page[Link]


async def chain(
    connection: Connection,
    asked: Asked,
    came_to: CameTo | None = None,
    after: tuple[datetime, UUID] | None = None,
    size: int = PAGE,
) -> Chain:
    """How many came to each end, and those that came to one, or to any; in the caller's transaction."""
    await connection.execute(CHAIN["custom_plan"])
    window = (came_to.value if came_to else None, *(after or (None, None)), size + 1)
    row = await connection.fetchrow(CHAIN["chain"], *asked.arguments, *window)
    known = {one.came_to: one for one in msgspec.convert(row and row["ends"], list[Count])}
    ends = [end for end in CameTo if asked.money or end is not CameTo.PAYMENT_WITHOUT_DEAL]
    listed = msgspec.convert(row and row["links"], list[Link])
    return Chain(
        [known.get(end, Count(end, 0, 0, 0.0)) for end in ends], page_of(listed, size, lambda one: (one.at, one.id))
    )
