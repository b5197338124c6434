"""From a call that ended to the vendor's own server, played by a fake at its wire (calltracking.md §4.1, §4.2)."""

import csv
import io
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from calltracking.exports.gathering import gather
from calltracking.exports.store import SQL
from tests.calltracking.conftest import KEY, Rows, number_of
from tests.calltracking.exports.scene import MOSCOW, Scene
from trunkline.crypto import SecretBox
from trunkline.ids import lowest_id, uuid7


@dataclass
class Vendors:
    """Metrica, VK and Google Analytics behind one address: what they heard, and what they say."""

    url: str = ""
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    status: str = "UPLOADED"
    uploads: list[int] = field(default_factory=list)
    counts: list[dict[str, Any]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        """Metrica answers as its OfflineCallsUploading says; the others always 204."""
        self.heard.append((request.path_qs, dict(request.headers), await request.read()))
        if self.statuses:
            return web.Response(status=self.statuses.pop(0), text="no")
        if request.path == "/stat/v1/data":
            return web.json_response({"data": self.counts, "total_rows": len(self.counts)})
        if "mp/collect" in request.path or request.path == "/tracker":
            return web.Response(status=204)
        if request.method == "POST":
            self.uploads.append(self.heard[-1][2].count(b"+7916"))
        number = len(self.uploads) if request.method == "POST" else int(request.path.rpartition("/")[2])
        # An upload by Yclid matches nobody.
        status = "LINKAGE_FAILURE" if self.status == "PROCESSED" and self.uploads[number - 1] == 1 else self.status
        rows = self.uploads[number - 1]
        uploading = {"id": number, "source_quantity": rows, "line_quantity": rows, "status": status}
        if status == "PROCESSED":  # the first row's visitor is not known there
            uploading |= {"user_not_found_quantity": 1, "linked_quantity": rows - 1}
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


@pytest.fixture
async def scene(rows: Rows, vendors: Vendors) -> Scene:
    await rows.make(4)
    return Scene(rows, SecretBox(b"k" * 32), vendors.moved)


async def test_calls_reach_metrica_and_it_says_how_many_it_joined(scene: Scene, vendors: Vendors) -> None:
    place = await scene.destination("metrica_calls")
    await scene.call(0)
    await scene.call(1)
    await scene.call(2, ym="")
    await scene.call(3, ym="", landing="https://www.example.ru/")

    await scene.deliver()

    assert sorted(await scene.states()) == [("sent", "")] * 3 + [("unfit", "no_client_id")]
    files = [body.decode().split("\r\n\r\n", 1)[1].rsplit("\r\n--", 1)[0] for _path, _headers, body in vendors.heard]
    assert sorted(len(list(csv.DictReader(io.StringIO(file)))) for file in files) == [1, 2]
    assert sorted(file.partition(",")[0] for file in files) == ["ClientId", "Yclid"]
    path, headers, _body = vendors.heard[0]
    assert path.startswith("/management/v1/counter/12345/offline_conversions/upload_calls?comment=Trunkline")
    assert headers["Authorization"] == "OAuth t0ken"
    vendors.status = "PROCESSED"
    assert await scene.reconcile() == 2
    assert await scene.reconcile() == 0
    counts = await scene.rows.pool.fetch(SQL["counts"], lowest_id(datetime(2026, 1, 1, tzinfo=UTC)))
    assert [(row["id"], row["sent"], row["joined"], row["judged"]) for row in counts] == [(place, 3, 1, 3)]


async def test_metrica_is_asked_a_few_times_a_day_what_it_counts_by_line(scene: Scene, vendors: Vendors) -> None:
    place, now = await scene.destination("metrica_calls"), datetime.now(UTC)
    await scene.destination("vk", secret="")
    today = now.astimezone(MOSCOW).date()
    vendors.counts = [counted(today, 5), counted(today - timedelta(days=1), 2)]
    asked = "select day, number, calls from export_counts where destination_id = $1 order by day desc"

    assert await scene.count(now)
    assert not await scene.count(now + timedelta(hours=5))
    assert [tuple(row) for row in await scene.rows.pool.fetch(asked, place)] == [
        (today, number_of(0), 5),
        (today - timedelta(days=1), number_of(0), 2),
    ]
    vendors.counts, vendors.statuses = [counted(today, 6)], [403]
    assert await scene.count(now + timedelta(hours=6, minutes=1))
    assert await scene.rows.pool.fetchval("select sum(calls) from export_counts") == 7  # a refusal takes nothing away
    assert await scene.count(now + timedelta(hours=13))
    assert await scene.rows.pool.fetchval("select sum(calls) from export_counts") == 6


async def test_what_metrica_counts_for_many_lines_is_read_whole(scene: Scene, vendors: Vendors) -> None:
    await scene.destination("metrica_calls")
    now = datetime.now(UTC)
    vendors.counts = [counted(now.astimezone(MOSCOW).date(), 1)] * 12_000  # 21 days of 570 lines

    assert await scene.count(now)
    assert await scene.rows.pool.fetchval("select sum(calls) from export_counts") == 12_000


def counted(day: date, calls: int) -> dict[str, Any]:
    """A row of Metrica's answer."""
    return {"dimensions": [{"name": day.isoformat()}, {"name": f"call {number_of(0)}"}], "metrics": [float(calls)]}


async def test_what_the_vendor_cannot_take_now_is_sent_again_once(scene: Scene, vendors: Vendors) -> None:
    await scene.destination("metrica_calls")
    await scene.call()
    vendors.statuses = [503]

    await scene.deliver()
    assert await scene.states() == [("queued", "")]
    await scene.deliver()
    await scene.deliver()

    assert await scene.states() == [("sent", "")]
    assert len(vendors.heard) == 2
    assert await scene.rows.pool.fetchval("select count(*) from outbox") == 0


async def test_nothing_goes_abroad_before_an_administrator_confirms(scene: Scene, vendors: Vendors) -> None:
    place = await scene.destination("ga4", account="G-ABC123", active=False)
    pool = scene.rows.pool
    await scene.call(0)
    await scene.confirm(place)
    await scene.call(1)
    await gather(pool, datetime.fromtimestamp(time.time() + 1, UTC))
    await scene.confirm(place, yes=False)

    await scene.deliver()

    assert vendors.heard == []
    assert (
        await pool.fetchval("select error from outbox_dead")
        == "ga4 is switched off, or may not be told anything abroad"
    )
    await scene.confirm(place)
    await scene.call(2)
    await scene.deliver()
    assert [path for path, _, _ in vendors.heard] == ["/mp/collect?measurement_id=G-ABC123&api_secret=t0ken"]
    assert await pool.fetchval("select active from export_destinations where not (abroad_at is not null)") is None


async def test_unsure_calls_and_other_sites_are_left_out(scene: Scene, vendors: Vendors) -> None:
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
