"""Payments, and what led to them: visits, calls, forms, and who paid."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from calltracking.exports.gathering import gather
from calltracking.exports.payments import look_at_payments
from tests.calltracking.conftest import number_of
from tests.calltracking.exports.scene import GA, YM, Scene
from tests.reports.calls import add_call
from trunkline.calls.attribution import Attribution, ToldBy
from trunkline.calls.attribution_store import keep_attributions
from trunkline.db.partitions import ensure_partition
from trunkline.ids import uuid7

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = (datetime.now(UTC) - timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
"""Noon yesterday: the database itself notes no payment that is months old."""
TODAY = NOW.astimezone(MOSCOW).date()
ANNA, BORIS = "+79161234567", "+79161234568"
SECOND = timedelta(seconds=1)
LANDING = "https://www.example.ru/?yclid=77&rb_clickid=AbC-1&gclid=Cj0"


def ago(**much: float) -> datetime:
    """Before now."""
    return NOW - timedelta(**much)


@dataclass
class Shop:
    """One day of the shop whose site `scene` is."""

    scene: Scene

    async def visit(self, at: datetime, landing: str = LANDING, *, visitor: UUID | None = None) -> UUID:
        """A visit, by default of somebody new."""
        visit = uuid7(at.timestamp())
        async with self.scene.rows.pool.acquire() as connection:
            for parent in ("visits", "attributions"):
                await ensure_partition(connection, parent, at.year, at.month)
            await connection.execute(
                "insert into visits (id, visitor, site_id, started_at, seen_at, landing, referrer, agent, consent, ym,"
                " ga) values ($1, $2, $3, $4, $4, $5, '', '', 'full', $6, $7)",
                *(visit, visitor or uuid4(), self.scene.rows.site, at, landing, YM, GA),
            )
        return visit

    async def call(self, at: datetime, visit: UUID | None, *, client: str = ANNA, sure: float = 0.99) -> None:
        """A call of that visit; None: of a static number."""
        call_id = await add_call(self.scene.rows.pool, client, "answered", line=number_of(0), at=at, talk=60)
        by = ToldBy.VISIT if visit else ToldBy.NUMBER
        known = Attribution(call_id, number_of(0), client, by, sure, visit, visit, "Окна", "Paid Search", "yandex")
        async with self.scene.rows.pool.acquire() as connection:
            await ensure_partition(connection, "attributions", at.year, at.month)
            await keep_attributions(connection, [known])

    async def called(self, *, before: timedelta = timedelta(days=1), landing: str = LANDING) -> None:
        """A visit, and the call it led to a minute later."""
        await self.call(NOW - before, await self.visit(NOW - before - timedelta(minutes=1), landing))

    async def form(self, at: datetime, visit: UUID, *, client: str = ANNA) -> None:
        """A form of that visit."""
        await self.scene.rows.pool.execute(
            "insert into site_forms (id, said_id, site_id, at, said_at, visit_id, visitor, phone, page, agreed)"
            " values ($1, $2, $3, $4, $4, $5, $5, $6, '', 'policy-1')",
            *(uuid7(at.timestamp()), uuid4(), self.scene.rows.site, at, visit, client),
        )

    async def contact(self, number: str = ANNA, company: UUID | None = None) -> UUID:
        """Somebody with a number."""
        contact = uuid4()
        pool = self.scene.rows.pool
        await pool.execute("insert into contacts (id, name, company_id) values ($1, 'Анна', $2)", contact, company)
        await pool.execute("insert into contact_phones (contact_id, number) values ($1, $2)", contact, number)
        return contact

    async def paid(self, amount: str = "12345.50", on: date = TODAY, **by: Any) -> UUID:
        """A payment, as an import writes it."""
        payment = uuid7(NOW.timestamp())
        named = "".join(f", {name}" for name in by)
        places = "".join(f", ${place + 4}" for place in range(len(by)))
        await self.scene.rows.pool.execute(
            f"insert into payments (id, source, external_id, amount, paid_on{named})"
            f" values ($1, 'crm', gen_random_uuid()::text, $2::text::numeric, $3{places})",
            *(payment, amount, on, *by.values()),
        )
        return payment

    async def look(self, now: datetime = NOW) -> int:
        """The worker's look at payments."""
        return await look_at_payments(self.scene.rows.pool, MOSCOW, now)

    async def deliver(self, now: datetime = NOW) -> None:
        """All of it: looked at, put together, sent."""
        await self.look(now)
        await gather(self.scene.rows.pool, now)
        await self.scene.drain()

    async def told(self) -> list[dict[str, Any]]:
        """What is written to be told."""
        return [row["payload"] for row in await self.scene.rows.pool.fetch("select payload from exports order by id")]
