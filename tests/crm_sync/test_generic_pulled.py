"""What a home-made CRM is asked for: what changed, page by page, and all of it once a day (crm.md §6.6).

Of the points at which a reader is killed every eighth is tried; every second passed when this was written.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from crm_sync.generic.check import check
from crm_sync.generic.pulling import Pulling
from tests.crm_sync.generic_scene import MOSCOW, SECRET, GenericScene, generic_crm
from tests.fakes.receiver import PAGE, Receiver
from tests.faults.harness import kill_at_every_point
from trunkline.webhooks.signature import verify

BY_LINK = """
[in.contacts]
rows = "items"
[in.contacts.fields]
external_id = "id"
name = "name"
phones = "phone"
version = "v"
[in.contacts.pull]
url = "/contacts?since={since}"
since = "unix"
next = "next"
sweep = "/contacts"
"""
BY_PAGE = BY_LINK.replace('next = "next"', 'page = "p"')
NAMES = "select name from contacts where deleted_at is null order by external_id::int"


@dataclass
class Export:
    """The CRM's script: `rows` by id, each with the moment it changed; `chaos` are the next answers, one each."""

    clock: Any
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    chaos: list[web.Response] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    on: str = ""
    size: int = 2

    def put(self, number: int, name: str) -> None:
        """A contact is made or changed."""
        at = int(self.clock())
        self.rows[number] = {"id": number, "name": name, "phone": f"+7916000{number:04}", "v": at, "_at": at}

    async def answer(self, request: web.Request) -> web.Response:
        """A page of them, by id."""
        signed = request.headers.get("Trunkline-Signature", "")
        at = float(signed.removeprefix("t=").partition(",")[0])  # a child has a clock of its own
        assert verify(SECRET.encode(), request.raw_path.encode(), signed, at)
        self.asked.append(request.raw_path)
        if self.chaos:
            return self.chaos.pop(0)
        since, after = int(request.query.get("since", 0)), int(request.query.get("after", 0))
        skipped = (int(request.query.get("p", 1)) - 1) * self.size
        found = [row for number, row in sorted(self.rows.items()) if row["_at"] >= since and number > after]
        page = found[skipped : skipped + self.size]
        told: dict[str, Any] = {"items": page}
        if page and len(found) > self.size:
            told["next"] = f"{self.on}/contacts?since={since}&after={page[-1]['id']}"
        return web.json_response(told, headers={"Date": formatdate(self.clock(), usegmt=True)})


@pytest.fixture
async def export(own: GenericScene, receiver: Receiver) -> AsyncIterator[Export]:
    """On the host of the receiver."""
    one = Export(receiver.clock)
    app = web.Application()
    app.router.add_get("/contacts", one.answer)
    app.router.add_post("/receiver.php", receiver.answer)
    async with TestServer(app) as server:
        await own.pool.execute("update crm_connectors set portal = $1", str(server.make_url("/receiver.php")))
        await own.maps(BY_LINK)
        yield one


async def pull(own: GenericScene) -> None:
    """A turn, some minutes after the one before."""
    own.clock.at += 301

    async def wait(_seconds: float) -> None:
        """Politely."""

    async with generic_crm(own.pool, own.clock) as crm:
        await Pulling(crm.receivers, MOSCOW, wait).one_round()


async def names(own: GenericScene) -> list[str]:
    return [row["name"] for row in await own.pool.fetch(NAMES)]


async def trouble(own: GenericScene) -> str:
    said: str = await own.pool.fetchval("select trouble from crm_pulls")
    return said


@pytest.mark.parametrize("mapping", [BY_LINK, BY_PAGE])
async def test_all_of_it_is_read_and_then_what_changed(own: GenericScene, export: Export, mapping: str) -> None:
    await own.maps(mapping)
    for number in range(1, 6):
        export.put(number, f"c{number}")
    await pull(own)
    assert await names(own) == ["c1", "c2", "c3", "c4", "c5"]
    pages = len(export.asked)
    assert pages >= 3
    own.clock.at += 1000
    export.put(3, "c3 anew")
    export.put(6, "c6")
    await pull(own)
    assert await names(own) == ["c1", "c2", "c3 anew", "c4", "c5", "c6"]
    assert "since=" in export.asked[pages]
    assert len(export.asked) - pages <= 2
    await own.pool.execute("update crm_connectors set fills = false")
    before = len(export.asked)
    await pull(own)
    assert len(export.asked) == before


async def test_what_a_whole_reading_does_not_show_is_gone(own: GenericScene, export: Export) -> None:
    for number in range(1, 4):
        export.put(number, f"c{number}")
    await pull(own)
    await own.pool.execute("update contacts set updated_at = '2020-01-01'")
    del export.rows[2]
    export.rows[3]["v"] = "not a number"
    await pull(own)
    assert await names(own) == ["c1", "c2", "c3"]
    own.clock.at += 86_400
    await pull(own)
    assert await names(own) == ["c1", "c3"]
    assert await own.pool.fetchval("select gone from crm_pulls") == 1


async def test_an_export_that_broke_off_loses_nobody(own: GenericScene, export: Export) -> None:
    export.size = 1000
    for number in range(1, 31):
        export.put(number, f"c{number}")
    await pull(own)
    await own.pool.execute("update contacts set updated_at = '2020-01-01'")
    export.rows = {1: export.rows[1]}
    own.clock.at += 86_400
    await pull(own)
    assert len(await names(own)) == 30
    assert "29 are not there any more beside 1 that are" in await trouble(own)


FAULTS: dict[str, tuple[web.Response, str]] = {
    "page": (web.Response(text=PAGE, content_type="text/html"), "its answer is a web page"),
    "500": (web.Response(status=500), "HTTP 500"),
    "not signed": (web.Response(status=401), "HTTP 401"),
    "elsewhere": (web.Response(status=302, headers={"Location": "http://10.0.0.1/"}), "HTTP 302"),
    "no rows": (web.json_response({"list": []}), "has no list at items"),
    "next is no address": (web.json_response({"items": [], "next": 5}), "names no address of a page"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_told_in_words_and_mended_by_itself(own: GenericScene, export: Export, fault: str) -> None:
    for number in range(1, 6):
        export.put(number, f"c{number}")
    answer, words = FAULTS[fault]
    export.chaos = [answer]
    await pull(own)
    assert words in await trouble(own)
    assert await names(own) == []
    async with generic_crm(own.pool, own.clock) as crm:
        found = await check(crm.receivers, await own.known())
    assert any("contacts are not read" in one.text and words in one.text and one.remedy for one in found)
    await pull(own)
    assert len(await names(own)) == 5
    assert await trouble(own) == ""


async def test_it_rests_where_it_is_told_to(own: GenericScene, export: Export) -> None:
    export.put(1, "c1")
    export.chaos = [web.Response(status=429, headers={"Retry-After": "1000"})]
    await pull(own)
    await pull(own)
    assert len(export.asked) == 1
    own.clock.at += 1000
    await pull(own)
    assert await names(own) == ["c1"]


async def test_a_next_page_on_another_host_is_not_asked_for(own: GenericScene, export: Export) -> None:
    for number in range(1, 6):
        export.put(number, f"c{number}")
    export.on = "http://127.0.0.1:9"
    await pull(own)
    assert "on another host" in await trouble(own)
    assert await names(own) == ["c1", "c2"]
    export.on = ""
    await pull(own)
    assert len(await names(own)) == 5


async def test_two_readers_leave_nothing_out(own: GenericScene, export: Export) -> None:
    for number in range(1, 10):
        export.put(number, f"c{number}")
    own.clock.at += 301
    await asyncio.gather(pull(own), pull(own))
    assert len(await names(own)) == 9


@pytest.mark.timeout(120)
async def test_a_reader_killed_at_any_point_leaves_nothing_out(
    own: GenericScene, export: Export, database_url: str, record_property: Callable[[str, object], None]
) -> None:
    for number in range(1, 6):
        export.put(number, f"c{number}")

    async def prepare() -> None:
        await own.pool.execute("truncate crm_pulls, crm_pulled, contacts cascade")
        await own.pool.execute("update crm_connectors set reading_until = null")
        export.clock.at += 400

    async def check_all() -> None:
        own.clock.at += 1000  # the turn of who was killed is over
        await pull(own)
        await pull(own)
        assert await names(own) == ["c1", "c2", "c3", "c4", "c5"]
        place = await own.pool.fetchrow("select next, whole, swept_at, trouble from crm_pulls")
        assert place is not None
        assert (place["next"], place["whole"], place["trouble"]) == ("", False, "")
        assert place["swept_at"] is not None

    tried = await kill_at_every_point(
        "sql",
        "tests.crm_sync.generic_scene:pull",
        [database_url, str(own.clock.at + 400)],
        tell=record_property,
        prepare=prepare,
        check=check_all,
        every=8,
    )

    assert tried.points >= 4
