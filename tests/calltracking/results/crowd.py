"""A week of a company with three sites, by chance: visitors who come several times, call several lines, ask and pay."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.calltracking.conftest import OWN, Rows, number_of
from trunkline.db.partitions import ensure_partitions
from trunkline.db.types import Pool
from trunkline.ids import uuid7

MOSCOW: Final = ZoneInfo("Europe/Moscow")
DEPARTMENTS: Final = UUID(int=1), UUID(int=2)
PEOPLE: Final = UUID(int=11), UUID(int=12)
SOURCES: Final = ("Paid Search", "yandex"), ("Organic Social", "vk"), ("Direct", "(direct)"), ("Email", "letter")
_AGENTS: Final = ("Mozilla/5.0 (iPhone) Mobile", "Mozilla/5.0 (Windows NT 10.0)", "")
_DAYS: Final = 7
_CLIENTS: Final = 14
_VISIT: Final = """
insert into visits (id, visitor, site_id, started_at, seen_at, landing, referrer, agent, consent, channel, source,
    campaign, term, country, region)
values ($1, $2, $3, $4, $4, $5, '', $6, 'full', $7, $8, $9, $10, $11, $12)
"""
_CALL: Final = """
insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, line_id, started_at, ended_at,
    outcome, answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial, has_gap, story)
values ($1, 'office', gen_random_uuid()::text, 'in', $2, '', $2, $3, (select id from lines where number = $3), $4, $4,
    $5, '', '{}', '{}', '{}', $6, $7, 0, $8, $9, false, '{"recordings": []}')
"""
_ATTRIBUTION: Final = """
insert into attributions (call_id, number, client, told_by, visit_id, visitor, site, channel, source, campaign, term,
    landing, confidence)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'campaign', 'word', 'https://a.ru/x?y', $10)
"""
_LEASE: Final = """
insert into lease_history (id, number, kind, pool_id, site_id, placement, visit_id, visitor, granted_at,
                           seen_until, closed_at)
values ($1, $2, $3, $4, $5, 'main', $6, $7, $8, $8, $8)
"""
_FORM: Final = """
insert into site_forms (id, said_id, site_id, at, said_at, visit_id, visitor, phone, page, agreed, channel, source)
values ($1, $1, $2, $3, $3, $4, $5, $6, 'https://b.ru/form', 'policy', 'Email', 'letter')
"""


@dataclass
class Crowd:
    """Its chance, and what it has made."""

    rows: Rows
    chance: random.Random
    now: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(minutes=1))
    sites: list[tuple[UUID, str]] = field(default_factory=list)
    visits: dict[str, list[tuple[UUID, UUID, int, str, str, datetime]]] = field(default_factory=dict)

    async def make(self) -> "Crowd":
        """The week."""
        async with self.pool.acquire() as connection:
            await ensure_partitions(connection, self.now.date())
        self.sites = [(self.rows.site, "Окна")]
        for place, name in enumerate(("Двери", "Крыши"), 1):
            await self._site(place, name)
        for place in range(_CLIENTS):
            await self._client(f"+7916000{place:04}")
        return self

    @property
    def pool(self) -> Pool:
        """The company's database."""
        return self.rows.pool

    async def add_call(self, client: str, at: datetime | None = None) -> UUID:
        """Of a client who may have visited: explained by a visit, by the number, or by nothing."""
        at = at or self._moment()
        call, number = uuid7(at.timestamp()), self.chance.choice([OWN, *map(number_of, range(3))])
        outcome = self.chance.choice(["answered", "answered", "missed", "screened"])
        people = [one for one in PEOPLE if self.chance.random() < 0.2]
        departments = [one for one in DEPARTMENTS if self.chance.random() < 0.5]
        talk = self.chance.choice([5_000, 40_000, 200_000]) if outcome == "answered" else 0
        partial = self.chance.random() < 0.1
        await self.pool.execute(_CALL, call, client, number, at, outcome, people, departments, talk, partial)
        if self.chance.random() < 0.8:
            await self._explain(call, client, number, at)
        return call

    async def add_deal(self, client: str | None, at: datetime) -> None:
        """A lead, mostly its deal the day after, and what was paid."""
        lead, deal, order, payment = (uuid7(time.time()) for _ in range(4))
        after = at + timedelta(days=1)
        paid_on = (at + timedelta(days=2)).astimezone(MOSCOW).date()
        crm = "'crm', gen_random_uuid()::text"
        for into, *values in (
            (f"leads (id, source, external_id, phone, opened_at) values ($1, {crm}, $2, $3)", lead, client, at),
            (f"deals (id, source, external_id, lead_id, opened_at) values ($1, {crm}, $2, $3)", deal, lead, after),
            (f"orders (id, source, external_id, deal_id) values ($1, {crm}, $2)", order, deal),
            (f"payments (id, source, external_id, order_id, amount, paid_on) values ($1, {crm}, $2, $3, $4)",
             payment, order, self.chance.randrange(1, 9000), paid_on),
        ):  # fmt: skip
            await self.pool.execute(f"insert into {into}", *values)

    async def _site(self, place: int, name: str) -> None:
        """Each with rules of its own; the second has a line of its own."""
        site = uuid7(time.time())
        self.sites.append((site, name))
        await self.pool.execute(
            "insert into tracking_sites (id, key, name, hosts, city, target_seconds, unique_days, campaign_days)"
            " values ($1, $2, $3, '{b.ru}', $4, $5, $6, $7)",
            *(site, f"demosite000{place + 1}", name, "Казань" if place == 1 else "", 30 * place, place, 3 * place),
        )
        await self.pool.execute(
            "insert into tracking_placements (id, site_id, name, number, pool_id) values ($1, $2, 'main', $3, $4)",
            *(uuid7(time.time()), site, number_of(2 if place == 1 else 0), self.rows.numbers),
        )

    async def _client(self, client: str) -> None:
        visitor = uuid7(time.time())
        for _ in range(self.chance.choice([0, 1, 1, 2, 4])):
            await self._visit(client, visitor)
        for _ in range(self.chance.choice([1, 1, 2, 5])):
            await self.add_call(client)
        for at in self._some(0.5):
            await self.add_deal(client, at)
        for at in self._some(0.3):
            await self._form(client, visitor, at)

    async def _visit(self, client: str, visitor: UUID) -> None:
        at, place = self._moment(), self.chance.randrange(len(self.sites))
        visit, (channel, source) = uuid7(at.timestamp()), self.chance.choice(SOURCES)
        landing, agent = f"https://a.ru/{self.chance.randrange(3)}?utm_source=x", self.chance.choice(_AGENTS)
        rest = f"campaign {place}", "word", "RU", self.chance.choice(["16", "77", ""])
        await self.pool.execute(
            _VISIT, visit, visitor, self.sites[place][0], at, landing, agent, channel, source, *rest
        )
        known = visit, visitor, place, channel, source, at
        self.visits.setdefault(client, []).append(known)
        if self.chance.random() < 0.5:
            lease, number = uuid7(at.timestamp()), number_of(self.chance.randrange(3))
            kind, site = self.chance.choice(["exclusive", "shared"]), self.sites[place][0]
            await self.pool.execute(_LEASE, lease, number, kind, self.rows.numbers, site, visit, visitor, at)

    async def _explain(self, call: UUID, client: str, number: str, at: datetime) -> None:
        seen = [one for one in self.visits.get(client, ()) if at - timedelta(days=6) < one[5] <= at]
        if seen and self.chance.random() < 0.8:
            visit, visitor, place, channel, source, _ = self.chance.choice(seen)
            known: tuple[Any, ...] = "visit", visit, visitor, self.sites[place][1], channel, source
            sure = self.chance.choice([0.3, 0.6, 0.95])
        else:
            known = "number", None, None, self.chance.choice(["", "Окна"]), "Display", "billboard"
            sure = 1.0
        await self.pool.execute(_ATTRIBUTION, call, number, client, *known, sure)

    async def _form(self, client: str, visitor: UUID, at: datetime) -> None:
        form, (site, _) = uuid7(at.timestamp()), self.chance.choice(self.sites)
        await self.pool.execute(_FORM, form, site, at, uuid7(at.timestamp()), visitor, client)

    def _some(self, likely: float) -> Iterator[datetime]:
        while self.chance.random() < likely:
            yield self._moment()

    def _moment(self) -> datetime:
        return self.now - timedelta(seconds=self.chance.randrange(_DAYS * 86_400))
