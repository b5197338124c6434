"""An employee's Google account beside the company's contacts, as tests see them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from crm_sync.google.store import SQL
from crm_sync.google.syncing import Syncing
from tests.fakes.google_people import FakeGoogle
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool


@dataclass
class Clock:
    """A time that a test moves."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True)
class Office:
    """Anna's account and the company's contacts."""

    pool: Pool
    fake: FakeGoogle
    syncing: Syncing
    clock: Clock
    anna: UUID
    box: SecretBox

    async def contact(self, name: str, number: str, **more: object) -> UUID:
        """One of the company's, with a number."""
        identifier = uuid4()
        await self.pool.execute(
            "insert into contacts (id, name, responsible_id, email) values ($1, $2, $3, $4)",
            identifier, name, more.get("responsible"), more.get("email"),
        )  # fmt: skip
        await self.pool.execute("insert into contact_phones (contact_id, number) values ($1, $2)", identifier, number)
        return identifier

    async def chooses(self, staff: bool, contacts: str) -> None:
        await self.pool.fetchval(SQL["choose"], self.anna, staff, contacts, self.clock())

    async def leaves(self) -> None:
        await self.pool.fetchval(SQL["leave"], self.anna, self.clock())

    async def turns(self, **later: float) -> None:
        """What is due by then."""
        self.clock.move(**later)
        while await self.syncing.turn():
            pass

    async def state(self) -> tuple[str | None, bool, int]:
        """Anna's trouble, her doubt, and how many are kept."""
        row = await self.pool.fetchrow("select trouble, doubt from google_accounts where person_id = $1", self.anna)
        assert row is not None
        return row["trouble"], row["doubt"], await self.pool.fetchval("select count(*) from google_cards")
