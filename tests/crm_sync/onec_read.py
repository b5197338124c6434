"""A 1C base that is read, and the turns of who reads it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from crm_sync.connector import Connector, ConnectorFields
from crm_sync.keeping import save_connector
from crm_sync.onec.asking import LONGEST_ANSWER, Bases
from crm_sync.onec.base import base_of
from crm_sync.onec.check import check
from crm_sync.onec.parts import PAGE
from crm_sync.onec.reading import Reading
from crm_sync.port import Reach
from crm_sync.store import find_connector
from tests.crm_sync.onec_scene import Told
from tests.crm_sync.portal_client import Hand
from tests.crm_sync.scene import BOX, LOOPBACK, ROOT
from tests.fakes.onec.base import OneCBase
from tests.fakes.onec.world import CASH, COMPANIES, ORDERS, TRANSFERS
from trunkline.db.types import Pool
from trunkline.web.i18n import Reader, Translations
from trunkline.webhooks.deliverer import webhook_session

MOSCOW = ZoneInfo("Europe/Moscow")
WORDS = Translations(("crm_sync",))


def guid(name: str) -> str:
    """The same for the same name."""
    return str(uuid5(UUID(int=1), name))


def phones(*numbers: str) -> list[dict[str, str]]:
    """A section of contact information."""
    lines = [{"Тип": "Телефон", "НомерТелефона": "", "Представление": one} for one in numbers]
    return [{"Тип": "Адрес", "Представление": "Москва, 8 495 555-09-09"}, *lines]


@dataclass
class OneCRead(Told):
    """Its database, and the base; `page` and `longest` are what whoever reads it keeps to."""

    pool: Pool
    base: OneCBase
    clock: Hand
    connector: UUID = field(default_factory=lambda: UUID(int=0))
    page: int = PAGE
    longest: int = LONGEST_ANSWER

    async def connect(self, layout: str = "ut11", history: str = "", **more: Any) -> None:
        told = ConnectorFields(**(self.base.connector() | {"active": True} | more))
        async with self.pool.acquire() as connection:
            self.connector = await save_connector(connection, BOX, None, told, ROOT, datetime.now(UTC))
            await base_of(connection, await find_connector(connection, self.connector))
        await self.pool.execute("update crm_onec set layout = $1, history = $2", layout, history)

    def a_company(self) -> None:
        """A client with an order that is paid by a transfer and in cash, and owes the rest."""
        put = self.base.world.put
        put(
            COMPANIES,
            guid("Ромашка"),
            НаименованиеПолное="ООО Ромашка",
            ИНН="7701234567",
            КонтактнаяИнформация=phones("8 495 555-01-01"),
        )
        put(COMPANIES, guid("folder"), НаименованиеПолное="Покупатели", IsFolder=True)
        steps = [{"ДатаПлатежа": f"2026-0{month}-15T00:00:00"} for month in (3, 5, 4)]
        said = {"Контрагент_Key": guid("Ромашка"), "Number": "ТД00-17", "Date": self.day(20), "СуммаДокумента": 1000}
        put(ORDERS, guid("order"), **said, ЭтапыГрафикаОплаты=steps)
        self.base.world.state(guid("order"), ПроцентОплаты=40, ПроцентОтгрузки=25)
        self.pays(TRANSFERS, "transfer", 300)
        self.pays(CASH, "cash", 100.5)
        self.base.world.owes((guid("Ромашка"), 400, "2026-03-01"), (guid("Ромашка"), 200, "2026-04-01"))

    def pays(self, name: str, payment: str, amount: float, days: int = 1, **more: Any) -> None:
        """A payment of the order, made or changed."""
        lines = [
            {
                "LineNumber": "1",
                "Заказ": guid("order"),
                "Заказ_Type": "StandardODATA.Document_ЗаказКлиента",
                "Сумма": amount,
            }
        ]
        said = {
            "Контрагент": guid("Ромашка"),
            "Date": self.day(days),
            "СуммаДокумента": amount,
            "РасшифровкаПлатежа": lines,
        }
        self.base.world.put(name, guid(payment), **(said | more))

    def day(self, ago: int) -> str:
        """As 1C writes a moment so many days ago."""
        return f"{datetime.fromtimestamp(self.clock.at - ago * 86400, UTC):%Y-%m-%dT%H:%M:%S}"

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Reading]:
        """One that goes on, with what it remembers."""
        async with webhook_session(LOOPBACK) as session:
            yield reading_of(self.pool, session, self.clock, self.page, self.longest)

    async def read(self) -> None:
        """Turns until there is no more."""
        async with self.process() as reading:
            while await reading.one_round():
                pass

    async def later(self, seconds: float = 60.0) -> None:
        """The next turn."""
        self.clock.at += seconds
        await self.read()

    async def known(self) -> Connector:
        async with self.pool.acquire() as connection:
            return await find_connector(connection, self.connector)

    async def trouble(self) -> dict[str, str]:
        """Of each part that does not go on."""
        return {
            row["part"]: row["trouble"]
            for row in await self.pool.fetch("select * from crm_onec_places where trouble <> ''")
        }

    async def look(self) -> list[str]:
        """What is wrong, as the check says."""
        async with webhook_session(LOOPBACK) as session:
            return [
                one.text
                for one in await check(_reach(self.pool, session, self.clock), await self.known())
                if one.remedy
            ]


def _reach(pool: Pool, session: Any, clock: Any) -> Reach:
    return Reach(pool, None, BOX, session, LOOPBACK, lambda name: name, lambda _: None, clock)


def reading_of(pool: Pool, session: Any, clock: Any, page: int = PAGE, longest: int = LONGEST_ANSWER) -> Reading:
    """As the worker has it."""
    return Reading(pool, Bases(_reach(pool, session, clock), longest), Reader("en", MOSCOW), WORDS, page)
