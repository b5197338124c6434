"""Whatever is broken, the PBX gets a sane answer in time that says what was missing. No database runs here at all."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from router.web import desk_key
from router.wire import question_of_body, question_of_debris
from router.wiring import build_question_app
from tests.router.company import CLIENT, OFFICE, PLAN, SERVICE, STRANGER, THURSDAY_NOON, head_of
from tests.router.conftest import WriteDirectory
from trunkline.directory.reader import FILE_NAME, Directory
from trunkline.pbx.devices import PROVED_AT, DeviceState, device_key, encode_change
from trunkline.settings import Settings
from trunkline.spool import SpoolWriter

Client = TestClient[web.Request, web.Application]
Asking = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture
def asking(settings: Settings, spool: SpoolWriter, tmp_path: Path) -> Asking:
    """A client of an application on whatever lies in the directory's folder now."""

    @asynccontextmanager
    async def client(redis: Redis | None = None, writer: SpoolWriter | None = None) -> AsyncIterator[Client]:
        directory = Directory.open(tmp_path / "data" / "directory")
        app = build_question_app(settings, directory, writer or spool, redis)
        async with TestClient(TestServer(app)) as client:
            yield client

    return client


async def ask(client: Client, **fields: object) -> dict[str, Any]:
    body = {"call_id": "1786006800.1", "from": STRANGER, "to": OFFICE, "at": THURSDAY_NOON, **fields}
    response = await client.post("/router/v1/route", json=body)
    assert response.status == 200
    answer: dict[str, Any] = await response.json()
    return answer


async def test_no_directory(asking: Asking) -> None:
    async with asking() as client:
        answer = await ask(client)

    assert (answer["action"], answer["rule"], answer["degraded"]) == ("default", "default", ["directory"])


@pytest.mark.parametrize("damage", [b"", b"TRUNKDIR", b"\x00" * 4096])
async def test_a_damaged_directory(asking: Asking, write_directory: WriteDirectory, damage: bytes) -> None:
    (write_directory() / FILE_NAME).write_bytes(damage)
    async with asking() as client:
        assert (await ask(client))["degraded"] == ["directory"]


async def test_a_stale_directory_still_decides(asking: Asking, write_directory: WriteDirectory) -> None:
    write_directory(fresh=False)
    async with asking() as client:
        answer = await ask(client, **{"from": CLIENT})

    assert (answer["rule"], answer["degraded"]) == ("responsible", ["directory-stale"])


async def test_a_directory_damaged_while_running_keeps_the_last(
    asking: Asking, write_directory: WriteDirectory
) -> None:
    folder = write_directory()
    async with asking() as client:
        fresh = folder / "new"
        fresh.write_bytes(b"\x00" * 100)
        fresh.rename(folder / FILE_NAME)
        directory = client.app[desk_key].switchboard.directory
        async with asyncio.timeout(5):
            while not directory.fault:
                await ask(client)
        assert (await ask(client))["target"] == "q-sales"


async def test_answers_during_a_reload(asking: Asking, write_directory: WriteDirectory) -> None:
    write_directory()
    async with asking() as client:
        for version in range(8, 14):
            write_directory(head=head_of(PLAN | {"classes": {"unknown": f"queue:v{version}"}}, version))
            targets = {(await ask(client))["target"] for _ in range(20)}
            assert all(target.startswith(("q-sales", "v")) for target in targets)
        async with asyncio.timeout(5):
            while (await ask(client))["target"] != "v13":
                pass  # each request gives the application's timer its chance


async def test_a_plan_that_cannot_be_read_leaves_the_one_before(
    asking: Asking, write_directory: WriteDirectory
) -> None:
    write_directory()
    async with asking() as client:
        write_directory(head=head_of({"default": "nonsense"}, 8))
        async with asyncio.timeout(5):
            while (answer := await ask(client))["degraded"] != ["plan"]:
                pass
    assert answer["target"] == "q-sales"


async def test_no_plan_at_all(asking: Asking, write_directory: WriteDirectory) -> None:
    write_directory(head=head_of(None))
    async with asking() as client:
        assert (await ask(client))["target"] == "q-sales"
        assert (await ask(client, to=SERVICE))["action"] == "default"


async def test_a_full_spool_degrades_and_answers(
    asking: Asking, write_directory: WriteDirectory, tmp_path: Path
) -> None:
    write_directory()
    with SpoolWriter(tmp_path / "full", cap_bytes=10) as full:
        async with asking(writer=full) as client:
            answer = await ask(client)

    assert (answer["target"], answer["degraded"]) == ("q-sales", ["spool"])


async def test_a_fault_of_ours_gives_the_lines_default(asking: Asking, write_directory: WriteDirectory) -> None:
    write_directory()
    async with asking() as client:
        switchboard = client.app[desk_key].switchboard
        del switchboard._devices
        answer = await ask(client)

    assert (answer["rule"], answer["target"], answer["degraded"]) == ("error", "q-sales", ["error"])


@pytest.mark.parametrize(
    ("fresh", "degraded"),
    [
        pytest.param(True, ["presence", "reservation"], id="Valkey stopped"),
        pytest.param(False, ["directory-stale", "presence", "reservation"], id="both stopped"),
    ],
)
async def test_no_valkey(asking: Asking, write_directory: WriteDirectory, fresh: bool, degraded: list[str]) -> None:
    """Without PostgreSQL the worker leaves no fresh mark: the file says so to every process."""
    write_directory(fresh=fresh)
    redis: Redis = Redis.from_url("redis://127.0.0.1:1/0")
    async with asking(redis=redis) as client:
        answer = await ask(client, **{"from": CLIENT})
    await redis.aclose()

    assert (answer["rule"], sorted(answer["degraded"])) == ("responsible", degraded)


class TestPresence:
    """Device states over a real Valkey."""

    @staticmethod
    async def until(client: Client, rule: str, degraded: list[str]) -> None:
        async with asyncio.timeout(10):
            while True:
                answer = await ask(client, **{"from": CLIENT})
                if (answer["rule"], answer["degraded"]) == (rule, degraded):
                    return

    async def test_states_are_followed_and_age(
        self, asking: Asking, write_directory: WriteDirectory, redis: Redis
    ) -> None:
        write_directory()
        key, alive = device_key("office"), time.time()
        await redis.hset(key, mapping={"101": "unavailable", PROVED_AT: str(alive)})
        async with asking(redis=redis) as client:
            await self.until(client, "deputy", [])
            await redis.publish(key, encode_change({"101": DeviceState.NOT_INUSE}, alive))
            await self.until(client, "responsible", [])
            await redis.publish(key, encode_change({"101": DeviceState.BUSY}, alive - 31))
            await self.until(client, "responsible", ["presence"])
            await redis.publish(key, encode_change({}, alive))
            await self.until(client, "deputy", [])
            await redis.publish(key, b"\xff garbage")
            await self.until(client, "deputy", [])

    async def test_a_lost_connection_makes_states_unknown(
        self, asking: Asking, write_directory: WriteDirectory, redis: Redis, valkey_url: str
    ) -> None:
        write_directory()
        await redis.hset(device_key("office"), mapping={"101": "unavailable"})
        own: Redis = Redis.from_url(valkey_url, retry=Retry(NoBackoff(), 0))  # else redis mends it in silence
        async with asking(redis=own) as client:
            await self.until(client, "deputy", [])
            await redis.client_kill_filter(_type="pubsub")
            await self.until(client, "responsible", ["presence"])
            await self.until(client, "deputy", [])
        await own.aclose()


@given(st.binary(max_size=300) | st.recursive(st.none() | st.text(), st.lists).map(repr).map(str.encode))
def test_any_bytes_make_a_question(body: bytes) -> None:
    assert question_of_debris("office", body).call_id


def test_nested_brackets_are_no_question() -> None:
    with pytest.raises((ValueError, RecursionError)):
        question_of_body("office", b"[" * 200_000)
