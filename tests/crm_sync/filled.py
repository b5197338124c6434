"""A portal whose CRM fills the mirror, and the turns of who reads it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from crm_sync.bitrix24.asking import Scan
from crm_sync.bitrix24.mirroring import PAGES, Mirroring
from crm_sync.bitrix24.portal import Portals
from crm_sync.body import LONGEST_ANSWER
from crm_sync.filling import Filling
from crm_sync.store import find_connector
from tests.crm_sync.scene import Scene
from tests.fakes.bitrix24.entities import COMPANY, CONTACT, DEAL, LEAD
from trunkline.outbox.gate import Gate
from trunkline.outbox.shared import SharedState

ASKED = {"companies": COMPANY, "contacts": CONTACT, "leads": LEAD, "deals": DEAL}
Row = dict[str, Any]


@dataclass
class Filled:
    """`pauses` are what the reader waited for its turn; the portal's clock goes on by them.

    Unless `has_queue`, its plan has no queue of events: changes are looked for by their time. `pages` and `longest` are
    what whoever reads it keeps to.
    """

    scene: Scene
    pauses: list[float] = field(default_factory=list)
    has_queue: bool = False
    pages: int = PAGES
    longest: int = LONGEST_ANSWER

    def __post_init__(self) -> None:
        if not self.has_queue:
            self.scene.portal.world.rules.features = frozenset()

    async def read(self) -> bool:
        """One turn of a process of its own; whether there is more to sweep."""
        async with self.process() as filling:
            return await filling.one_round()

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Filling]:
        """One that goes on, with what it remembers."""
        async with self.scene.portals(longest=self.longest) as portals:
            yield self.filling(portals)

    def filling(self, portals: Portals) -> Filling:
        """Who reads through `portals`."""
        scan = Scan(portals, Gate(SharedState(None, self.scene.clock), self.scene.clock), self._pause)
        return Filling(self.scene.pool, {"bitrix24": Mirroring(self.scene.pool, scan, self.pages)}, self.scene.clock)

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.scene.clock.at += seconds

    async def later(self, seconds: float = 60.0) -> None:
        """The next turn."""
        self.scene.clock.at += seconds
        await self.read()

    def add(self, kind: int, number: str = "", **fields: Any) -> int:
        """One more item; its number there."""
        said = {name.upper(): value for name, value in fields.items()}
        if number:
            said["PHONE"] = [{"VALUE": one} for one in number.split(",")]
        return self.scene.portal.world.crm.add(kind, said, user=fields.get("assigned_by_id", 1))

    def change(self, kind: int, number: int, **fields: Any) -> None:
        """As somebody does in the portal."""
        self.scene.portal.world.crm.update(kind, number, {name.upper(): value for name, value in fields.items()})

    def delete(self, kind: int, number: int) -> None:
        """As somebody does in the portal."""
        self.scene.portal.world.crm.delete(kind, number)

    async def rows(self, asked: str, *said: object) -> list[Any]:
        """Each row's values."""
        return [tuple(row) for row in await self.scene.pool.fetch(asked, *said)]

    async def contacts(self) -> list[Any]:
        """What the card and the router see: name, company, numbers."""
        return await self.rows(
            """select k.name, coalesce(c.name, ''), coalesce((
                   select string_agg(number, ',' order by number) from contact_phones where contact_id = k.id), '')
               from contacts k left join companies c on c.id = k.company_id
               where k.deleted_at is null order by k.external_id"""
        )

    async def trouble(self) -> dict[str, str]:
        """Of each entity that does not go on."""
        return {
            row["entity"]: row["trouble"] or row["doubt"]
            for row in await self.scene.pool.fetch("select * from crm_mirrors where trouble || doubt <> ''")
        }

    async def known(self) -> Any:
        """The connector as it is now."""
        async with self.scene.pool.acquire() as connection:
            return await find_connector(connection, self.scene.connector)
