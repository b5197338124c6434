"""An account that fills the mirror, and the turns of who reads it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from crm_sync.amocrm.mirroring import AmoMirroring
from crm_sync.filling import Filling
from tests.crm_sync.amo_scene import AmoScene
from tests.fakes.amocrm.world import World

CONTACTS = """
select k.name, coalesce(c.name, ''), coalesce((
    select string_agg(number, ',' order by number) from contact_phones where contact_id = k.id), '')
from contacts k left join companies c on c.id = k.company_id
where k.deleted_at is null order by k.version, k.external_id
"""


@dataclass
class AmoFilled:
    """Its account, and how long a turn lasts."""

    scene: AmoScene
    turn: timedelta = field(default=timedelta(minutes=1), kw_only=True)

    @property
    def world(self) -> World:
        return self.scene.account.world

    async def read(self) -> bool:
        """One turn of a process of its own; whether there is more."""
        async with self.process() as filling:
            return await filling.one_round()

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Filling]:
        """One that goes on, with what it remembers."""
        async with self.scene.crm() as crm:
            yield Filling(self.scene.pool, {"amocrm": AmoMirroring(crm.accounts, self.turn)}, self.scene.clock)

    async def later(self, seconds: float = 60.0) -> None:
        """The next turns."""
        self.scene.clock.at += seconds
        while await self.read():
            pass

    async def rows(self, asked: str, *said: object) -> list[Any]:
        """Each row's values."""
        return [tuple(row) for row in await self.scene.pool.fetch(asked, *said)]

    async def contacts(self) -> list[Any]:
        """What the card and the router see: name, company, numbers."""
        return await self.rows(CONTACTS)

    async def trouble(self) -> dict[str, str]:
        """Of each entity that does not go on."""
        asked = "select entity, trouble || doubt from crm_mirrors where trouble || doubt <> ''"
        return dict(await self.rows(asked))
