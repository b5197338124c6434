"""A 1C base that sends rows to the public listener, as its HTTP connection does."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import UUID

from crm_sync.connector import ConnectorFields
from crm_sync.keeping import save_connector
from crm_sync.onec.base import HEADER, base_of, path_of, secret_of
from crm_sync.store import find_connector
from tests.calltracking.conftest import Street
from tests.crm_sync.scene import ROOT
from trunkline.db.types import Pool
from trunkline.keys import settings_key

Said = dict[str, Any]
FIRM = "7f3c1e0a-5b1d-11ee-9c6e-00155d01c802"


def firm(**more: Any) -> Said:
    return {
        "type": "counterparty",
        "id": FIRM,
        "version": 1,
        "name": "ООО Ромашка",
        "phones": ["8 495 555-01-01"],
    } | more


def order(**more: Any) -> Said:
    said = {"type": "order", "id": "order-1", "version": 1, "counterparty": FIRM, "number": "ТД00-17"}
    return said | {"date": "2026-11-20T10:15:00", "amount": 1000} | more


def payment(**more: Any) -> Said:
    said = {"type": "payment", "id": "payment-1", "version": 1, "counterparty": FIRM, "order": "order-1"}
    return said | {"date": "2026-11-21T00:00:00", "amount": 400} | more


def debt(**more: Any) -> Said:
    return {"type": "debt", "id": FIRM, "version": 1, "counterparty": FIRM, "amount": 600, "overdue": 500} | more


class Told:
    """A database that a base has told something."""

    pool: Pool

    async def rows(self, asked: str, *said: object) -> list[Any]:
        """Each row's values."""
        return [tuple(row) for row in await self.pool.fetch(asked, *said)]

    async def state(self) -> list[Any]:
        """All that is shown of what it told."""
        return [
            await self.rows(
                """select external_id, name, tax_id, deleted_at is null, overdue from companies order by external_id"""
            ),
            await self.rows(
                """select o.external_id, c.external_id, number, amount, paid, paid_percent,
                   shipped_percent, deferred_until, ordered_on
                   from orders o left join companies c on c.id = o.company_id
                   where cancelled_at is null order by o.external_id"""
            ),
            await self.rows(
                """select p.external_id, c.external_id, o.external_id, p.amount, p.paid_on from payments p
                   left join companies c on c.id = p.company_id left join orders o on o.id = p.order_id
                   where p.cancelled_at is null order by p.external_id"""
            ),
            await self.rows(
                "select external_id, amount, overdue, overdue_days, due_on from debts order by external_id"
            ),
        ]


@dataclass
class OneCScene(Told):
    """Its database, and what it is answered."""

    pool: Pool
    street: Street
    connector: UUID = field(default_factory=lambda: UUID(int=0))
    secret: str = ""

    async def connect(self, portal: str = "https://1c.example.ru/trade", **more: Any) -> None:
        told = ConnectorFields("base", portal, "Робот", "password", kind="onec", active=True, **more)
        box = self.street.app[settings_key].secret_box()
        async with self.pool.acquire() as connection:
            self.connector = await save_connector(connection, box, None, told, ROOT, datetime.now(UTC))
            known = await find_connector(connection, self.connector)
            self.secret = secret_of(box, self.connector, (await base_of(connection, known)).turn)

    async def post(self, body: Any, *, status: int = 200, **headers: str) -> Any:
        """What is answered to it."""
        sent = {HEADER: self.secret, "Accept-Language": "en"} | {
            name.replace("_", "-"): one for name, one in headers.items()
        }
        how: Said = {"data": BytesIO(body)} if isinstance(body, bytes) else {"json": body}
        async with self.street.client.post(path_of(self.connector), headers=sent, **how) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def send(self, *rows: Said) -> list[str]:
        """The verdicts."""
        return [one["verdict"] for one in (await self.post({"rows": rows}))["rows"]]
