"""Scenes for pictures: the demo company with a client of whom much is known, and calls that ring at one desk."""

import asyncio
import json
import os
import time
import urllib.request
import uuid
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any

import asyncpg
from redis.asyncio import Redis

from tests.browser.served import Served
from tests.card.conftest import House
from trunkline.calls.agents import Change, store_agents
from trunkline.calls.agents_now import AgentNow, AgentState
from trunkline.db.pool import prepare_connection
from trunkline.demo.traffic import PBX
from trunkline.ids import call_uuid
from trunkline.outbox.wake import publish
from trunkline.servers import database_url, redis_url
from trunkline.settings import load

DESK = "190"
"""The administrator's telephone: of the demo's own calls none rings there."""
STRANGER = "+78432005566"
_SQL = {
    "rich": "select p.number from contact_phones p join contacts c on c.id = p.contact_id "
    "join debts d on d.company_id = c.company_id join deals e on e.company_id = c.company_id "
    "where (select count(*) from contact_phones o where o.number = p.number) = 1 "
    "and (select count(*) from orders o where o.company_id = c.company_id) between 3 and 5 "
    "and exists (select from tasks t where t.contact_id = c.id) order by p.number limit 1",
    "shared": "select p.number from contact_phones p join contacts c on c.id = p.contact_id where c.class = 'client' "
    "group by 1 having count(*) > 1 order by bool_or(exists (select from debts d where d.company_id = c.company_id)) "
    "desc, 1 limit 1",
    "know": "update contacts set vip = true, city = 'Казань', note = 'Любит, когда звонят после обеда.', "
    "deputy_id = (select id from people where extension = '118') "
    "where id = (select contact_id from contact_phones where number = $1)",
    "note": "insert into contact_notes (id, contact_id, person, text, at) select $2, contact_id, 'Смирнова Анна', "
    "'Договор продлили до конца года, оплату ждут от головной компании.', now() - interval '3 days' "
    "from contact_phones where number = $1",
    "lead": "insert into leads (id, source, external_id, contact_id, direction, title, stage, next_call_at) "
    "select $2, 'demo', 'picture', contact_id, 'Вахта', 'Два автобуса на зиму', 'новая', now() + interval '1 day' "
    "from contact_phones where number = $1",
    "callback": "insert into callbacks (id, number, line, queue_id, source, zone, asked_at, wanted_at, next_at, state, "
    "why, attempts, misses) values ($1, $2, (select number from lines order by number limit 1), $3, $4, 'Asia/Omsk', "
    "now() - make_interval(mins => $5), now() - make_interval(mins => $5), now() + make_interval(mins => $6), "
    "'waiting', $7, $8, $9)",
    "wish": "update callbacks set state = 'dialling', note = 'Спрашивал про зимние рейсы, ждёт расчёт.' where id = $1",
    "dial": "insert into dials (id, at, number, pbx, agent, longest_seconds, ring_seconds, channel, call_id, "
    "callback_id, state, sent_at) values ($1, now(), $2, $3, $4, 3600, 20, $5, $6, $7, 'sent', now())",
}
Row = dict[str, Any]
_PAST: tuple[tuple[int, Row], ...] = (
    (2, {"outcome": "answered", "answered_by": "103", "talk_ms": 245_000}),
    (9, {"outcome": "missed", "missed_why": "abandoned_in_queue"}),
    (23, {"outcome": "answered", "answered_by": "118", "talk_ms": 61_000}),
)
_CALLBACKS = (
    ("sales", "site", 4, 0, "", 0, 0),
    ("sales", "widget", 35, 25, "no_answer", 1, 0),
    ("service", "crm", 90, 30, "no_answer", 2, 0),
    ("sales", "site", 12, 2, "agent", 0, 1),
    ("quality", "site", 240, 480, "hours", 0, 0),
)
"""Queue, source, minutes since it was asked for, minutes until the next attempt, why, attempts, misses."""


class Scenes:
    """What is laid out, step by step, in a loop of its own: Playwright's runs in the thread that asks."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._settings = load(None, os.environ | {"TRUNKLINE_DATA_DIR": str(served.data_dir)})
        self._thread, self._runner = ThreadPoolExecutor(1), asyncio.Runner()
        self._serial = 0
        self._calls: list[uuid.UUID] = []

    def __enter__(self) -> "Scenes":
        self._do(self._prepare())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self._pool.close())
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    def _do(self, work: Coroutine[Any, Any, Any]) -> None:
        self._thread.submit(self._runner.run, work).result()

    def ring(self, number: str, state: AgentState = AgentState.RINGING) -> None:
        """A call of `number` at the desk, routed as a PBX would have it routed."""
        self._do(self._ring(number, state))

    def call_back(self, number: str) -> None:
        """The desk rings because `number` asked to be called back."""
        self._do(self._call_back(number))

    def quiet(self) -> None:
        """Nobody calls that desk any more, and nothing is left of who did."""
        self._do(self._quiet())

    async def _prepare(self) -> None:
        self._pool = await asyncpg.create_pool(database_url(self._settings), init=prepare_connection, min_size=1)
        await self._pool.execute("update people set extension = $1 where login = 'admin'", DESK)
        self.rich: str = await self._pool.fetchval(_SQL["rich"])
        self.shared: str = await self._pool.fetchval(_SQL["shared"])
        await self._pool.execute(_SQL["know"], self.rich)
        for name in ("note", "lead"):
            await self._pool.execute(_SQL[name], self.rich, uuid.uuid4())
        house = await self._house()
        for days, more in _PAST:
            await house.call(self.rich, ago=timedelta(days=days, hours=days % 5), over=True, pbx=PBX, **more)
        lines = self._pool.fetch("select number from contact_phones order by number desc limit 5")
        for place, row in enumerate(await lines):
            await self._pool.execute(_SQL["callback"], uuid.uuid4(), row["number"], *_CALLBACKS[place])

    async def _ring(self, number: str, state: AgentState) -> None:
        self._serial += 1
        house, now = await self._house(), time.time()
        linkedid = f"{now:.0f}.{9_000_000 + self._serial}"
        line = await self._pool.fetchval("select number from lines where id = $1", house.line)
        question = json.dumps({"call_id": linkedid, "from": number, "to": line}).encode()
        await asyncio.to_thread(_ask, f"{self._served.question}/router/v1/route", question)
        call = call_uuid(PBX, linkedid, 0.0)
        talks: Row = {"outcome": "answered", "answered_at": house.now} if state is AgentState.TALKING else {}
        await house.call(number, id=call, pbx=PBX, linkedid=linkedid, ago=timedelta(0), rang=[DESK], **talks)
        here = AgentNow(DESK, state, f"{linkedid}.1", int(now * 1e6), number, "", line, "sales")
        await self._tell(call, here)
        self._calls.append(call)

    async def _call_back(self, number: str) -> None:
        self._serial += 1
        house, now, wish = await self._house(), time.time(), uuid.uuid4()
        linkedid = f"dial-{now:.0f}.{self._serial}"
        call = call_uuid(PBX, linkedid, 0.0)
        await self._pool.execute(_SQL["callback"], wish, number, "sales", "site", 22, 0, "no_answer", 1, 0)
        await self._pool.execute(_SQL["wish"], wish)
        await self._pool.execute(_SQL["dial"], uuid.uuid4(), number, PBX, DESK, linkedid, call, wish)
        ours: Row = {"direction": "out", "caller": DESK, "dialled": number, "line_id": None, "queues": []}
        await house.call(number, id=call, pbx=PBX, linkedid=linkedid, ago=timedelta(0), rang=[], **ours)
        await self._tell(call, AgentNow(DESK, AgentState.RINGING, f"{linkedid}.1", int(now * 1e6), number, "", "", ""))
        self._calls.append(call)

    async def _quiet(self) -> None:
        for call in self._calls:
            await self._tell(call, None)
            await self._pool.execute("delete from calls where id = $1", call)
            await self._pool.execute(
                "delete from callbacks where id in (select callback_id from dials where call_id = $1)", call
            )
            await self._pool.execute("delete from dials where call_id = $1", call)
        self._calls.clear()

    async def _tell(self, call: uuid.UUID, here: AgentNow | None) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            post = await store_agents(connection, [Change(PBX, call, DESK, here)])
        assert post is not None
        async with Redis.from_url(redis_url(self._settings)) as redis:
            await publish(redis, [(post.channel, post.payload)])

    async def _house(self) -> House:
        line = await self._pool.fetchval("select id from lines order by city = 'Казань' desc, number limit 1")
        return House(self._pool, uuid.uuid4(), line, datetime.now(UTC).replace(microsecond=0))


def _ask(url: str, question: bytes) -> None:
    with urllib.request.urlopen(url, question, timeout=5):
        pass
