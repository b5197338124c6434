"""From a call that ended to the vendor's own server, played by a fake at its wire (calltracking.md §4.1, §4.2)."""

import csv
import io
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from calltracking.explaining.follow import attribute_calls
from calltracking.exports.deliverer import ExportDeliverer
from calltracking.exports.destination import DestinationFields
from calltracking.exports.gathering import gather, reconcile
from calltracking.exports.store import SQL, confirm_abroad, find_destination, save_destination
from tests.calltracking.conftest import KEY, NO_HOMES, Rows, number_of
from trunkline.calls.announce import Announcement, News
from trunkline.crypto import SecretBox
from trunkline.ids import call_uuid, lowest_id, uuid7
from trunkline.outbox.worker import OutboxWorker
from trunkline.people.audit import Actor
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session

MOSCOW = ZoneInfo("Europe/Moscow")
YM, GA = "1764200000123456789", "123456.7654321"
ROOT = Actor(None, "root", "test", None)


@dataclass
class Vendors:
    """Metrica and Google behind one address: what they heard, and what they say."""

    url: str = ""
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    status: str = "UPLOADED"
    uploads: list[int] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        """Metrica answers as §4.2 says; Google always 204."""
        self.heard.append((request.path_qs, dict(request.headers), await request.read()))
        if self.statuses:
            return web.Response(status=self.statuses.pop(0), text="no")
        if "mp/collect" in request.path:
            return web.Response(status=204)
        if request.method == "POST":
            self.uploads.append(self.heard[-1][2].count(b"+7916"))
        number = len(self.uploads) if request.method == "POST" else int(request.path.rpartition("/")[2])
        # An upload by Yclid matches nobody.
        status = "LINKAGE_FAILURE" if self.status == "PROCESSED" and self.uploads[number - 1] == 1 else self.status
        rows = self.uploads[number - 1]
        uploading = {"id": number, "source_quantity": rows, "line_quantity": rows, "status": status}
        return web.json_response({"uploading": uploading | {"dynamic_calls_quantity": rows}})

    def moved(self, url: str) -> str:
        """The vendor's address at the fake."""
        return self.url.rstrip("/") + str(URL(url, encoded=True).raw_path_qs)


@pytest.fixture
async def vendors() -> AsyncIterator[Vendors]:
    told = Vendors()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", told.answer)
    async with TestServer(app) as server:
        told.url = str(server.make_url("/"))
        yield told


@dataclass
class Scene:
    """A site whose visitor was shown a number, destinations, and the vendors."""

    rows: Rows
    box: SecretBox
    vendors: Vendors

    async def destination(self, kind: str, **more: Any) -> UUID:
        """One that is switched on."""
        told = DestinationFields(kind=kind, name=kind, account="12345", goal="call", secret="t0ken", active=True)
        told = msgspec.structs.replace(told, **more)
        async with self.rows.pool.acquire() as connection:
            return await save_destination(connection, self.box, None, told, ROOT, datetime.now(UTC))

    async def call(self, place: int = 0, **visit: Any) -> None:
        """A visitor is shown a number, calls, and the call ends."""
        now, number = time.time(), number_of(place)
        told = {"ym": YM, "ga": GA, "landing": "https://www.example.ru/?yclid=77"} | visit
        visitor, identifier, began = uuid4(), uuid7(now - 60), datetime.fromtimestamp(now - 60, UTC)
        await self.rows.pool.execute(
            "insert into visits (id, visitor, site_id, started_at, seen_at, landing, referrer, agent, consent, ym, ga)"
            " values ($1, $2, $3, $4, $4, $5, '', '', 'full', $6, $7)",
            *(identifier, visitor, self.rows.site, began, told["landing"], told["ym"], told["ga"]),
        )
        await self.rows.pool.execute(
            "insert into lease_current (id, number, kind, pool_id, site_id, placement, visit_id, visitor, hold_seconds,"
            " granted_at, seen_until, until) values ($1, $2, 'exclusive', $3, $4, 'main', $5, $6, 900, $7,"
            " $7::timestamptz + interval '1 h', $7::timestamptz + interval '2 h')",
            *(uuid4(), number, self.rows.numbers, self.rows.site, identifier, visitor, began),
        )
        call_id = call_uuid("office", f"{int(now)}.{place}", now)
        payload = {
            "call_id": str(call_id), "direction": "in", "dialled": number, "client": f"+7916123456{place}",
            "started_at": datetime.fromtimestamp(now, UTC).isoformat(), "answered_at": None, "outcome": "missed",
            "talk_seconds": 0.0,
        }  # fmt: skip
        async with self.rows.pool.acquire() as connection, connection.transaction():
            ended = Announcement(call_id, News.ENDED, f"call.ended:{call_id}", int(now * 1e6), payload)
            await attribute_calls(connection, [ended], MOSCOW, NO_HOMES)

    async def deliver(self, seconds: float = 1.0) -> None:
        """Batches are made and go out, `seconds` from now."""
        await gather(self.rows.pool, datetime.fromtimestamp(time.time() + seconds, UTC))
        await self.rows.pool.execute("update outbox_streams set due = now()")
        async with webhook_session(AddressRules(["127.0.0.0/8"])) as session:
            sender = ExportDeliverer(self.rows.pool, self.box, session, "https://c.ru", moved=self.vendors.moved)
            await OutboxWorker(self.rows.pool, None, [sender]).drain()

    async def states(self) -> list[tuple[str, str]]:
        """Of every row: its state, and why."""
        return [tuple(row) for row in await self.rows.pool.fetch("select state, why from exports order by subject, id")]


@pytest.fixture
async def scene(rows: Rows, vendors: Vendors) -> Scene:
    await rows.make(4)
    return Scene(rows, SecretBox(b"k" * 32), vendors)


async def test_calls_reach_metrica_and_it_says_how_many_it_joined(scene: Scene) -> None:
    place = await scene.destination("metrica_calls")
    await scene.call(0)
    await scene.call(1)
    await scene.call(2, ym="")
    await scene.call(3, ym="", landing="https://www.example.ru/")

    await scene.deliver()

    assert sorted(await scene.states()) == [("sent", "")] * 3 + [("unfit", "no_client_id")]
    files = [
        body.decode().split("\r\n\r\n", 1)[1].rsplit("\r\n--", 1)[0] for _path, _headers, body in scene.vendors.heard
    ]
    assert sorted(len(list(csv.DictReader(io.StringIO(file)))) for file in files) == [1, 2]
    assert sorted(file.partition(",")[0] for file in files) == ["ClientId", "Yclid"]
    path, headers, _body = scene.vendors.heard[0]
    assert path.startswith("/management/v1/counter/12345/offline_conversions/upload_calls?comment=Trunkline")
    assert headers["Authorization"] == "OAuth t0ken"
    scene.vendors.status = "PROCESSED"
    async with webhook_session(AddressRules(["127.0.0.0/8"])) as session:
        host = scene.vendors.url.rstrip("/")
        assert await reconcile(scene.rows.pool, scene.box, session, datetime.now(UTC), host) == 2
        assert await reconcile(scene.rows.pool, scene.box, session, datetime.now(UTC), host) == 0
    counts = await scene.rows.pool.fetch(SQL["counts"], lowest_id(datetime(2026, 1, 1, tzinfo=UTC)))
    assert [(row["id"], row["sent"], row["joined"], row["judged"]) for row in counts] == [(place, 3, 2, 3)]


async def test_what_the_vendor_cannot_take_now_is_sent_again_once(scene: Scene) -> None:
    await scene.destination("metrica_calls")
    await scene.call()
    scene.vendors.statuses = [503]

    await scene.deliver()
    assert await scene.states() == [("queued", "")]
    await scene.deliver()
    await scene.deliver()

    assert await scene.states() == [("sent", "")]
    assert len(scene.vendors.heard) == 2
    assert await scene.rows.pool.fetchval("select count(*) from outbox") == 0


async def test_nothing_goes_abroad_before_an_administrator_confirms(scene: Scene) -> None:
    place = await scene.destination("ga4", account="G-ABC123", active=False)
    pool = scene.rows.pool
    await scene.call(0)
    async with pool.acquire() as connection:
        await confirm_abroad(
            connection, await find_destination(connection, place), True, "Root", ROOT, datetime.now(UTC)
        )
    await pool.execute("update export_destinations set active = true")
    await scene.call(1)
    await gather(pool, datetime.fromtimestamp(time.time() + 1, UTC))
    async with pool.acquire() as connection:
        known = await find_destination(connection, place)
        await confirm_abroad(connection, known, False, "Root", ROOT, datetime.now(UTC))

    await scene.deliver()

    assert scene.vendors.heard == []
    assert (
        await pool.fetchval("select error from outbox_dead")
        == "ga4 is switched off, or may not be told anything abroad"
    )
    async with pool.acquire() as connection:
        await confirm_abroad(
            connection, await find_destination(connection, place), True, "Root", ROOT, datetime.now(UTC)
        )
    await pool.execute("update export_destinations set active = true")
    await scene.call(2)
    await scene.deliver()
    assert [path for path, _, _ in scene.vendors.heard] == ["/mp/collect?measurement_id=G-ABC123&api_secret=t0ken"]
    assert await pool.fetchval("select active from export_destinations where not (abroad_at is not null)") is None


async def test_unsure_calls_and_other_sites_are_left_out(scene: Scene) -> None:
    await scene.destination("vk", least=100, secret="")
    await scene.destination("metrica_calls", site=None)
    elsewhere = uuid7(time.time())
    await scene.rows.pool.execute(
        "insert into tracking_sites (id, key, name, hosts) values ($1, 'elsewhere001', 'x', '{x.ru}')", elsewhere
    )
    await scene.destination("metrica_conversions", site=elsewhere)

    await scene.call(0)

    assert KEY
    assert ("unfit", "unsure") in await scene.states()
    assert len(await scene.states()) == 2
