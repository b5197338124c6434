"""`trunkline pbx check` of a hosted PBX: each thing that is wrong is said, with its remedy."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from msgspec.structs import replace

from router.wiring import build_question_app
from tests.fakes.mango import FORM, webhook
from tests.pbx.hooks.test_store import BOX
from tests.pbx.zadarma.test_told import ANSWERED, OUTGOING, START, records
from trunkline.directory.reader import Directory
from trunkline.pbx.asterisk.check import Finding
from trunkline.pbx.hooks.check import check_hosted
from trunkline.pbx.hooks.reach import reach
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.store import HostedPbx, keep_heard, list_hosted, save_hosted
from trunkline.pbx.store import add_token
from trunkline.settings import load
from trunkline.spool import SpoolWriter

NOW = datetime.fromtimestamp(START / 1e6, UTC) + timedelta(hours=1)
MOSCOW = {"zone": "Europe/Moscow"}


async def findings(pool: asyncpg.Pool, *heard: HookRecord, zone: str = "Europe/Moscow") -> list[Finding]:
    """Of a PBX with its secret, its address and no line; nothing of ours listens."""
    pbx = HostedPbx(id="cloud", name="Cloud", kind="zadarma", settings={"zone": zone})
    async with pool.acquire() as connection:
        await save_hosted(connection, BOX, pbx, {"secret": "s"})
        await add_token(connection, "cloud")
        await keep_heard(connection, [(one, 1) for one in heard])
        (kept,) = await list_hosted(connection)
        return await check_hosted(connection, kept, BOX, "http://127.0.0.1:1", NOW)


def bad(found: list[Finding]) -> str:
    return "\n".join(one.text for one in found if not one.good)


async def test_a_pbx_nobody_has_told_of_is_said_to_be_silent(pool: asyncpg.Pool) -> None:
    told = bad(await findings(pool))

    assert "nothing of it was taken within 7 days" in told
    assert "0 lines are of this PBX" in told
    assert "is no address for a PBX in the cloud" in told


async def test_events_that_are_switched_off_are_named(pool: asyncpg.Pool) -> None:
    told = bad(await findings(pool, *records(ANSWERED)))

    assert "these events did not come: NOTIFY_OUT_START, NOTIFY_OUT_END" in told
    assert "h off ours" not in told
    assert "refused" not in told


async def test_all_that_is_wanted_leaves_nothing_to_say_of_events(pool: asyncpg.Pool) -> None:
    told = await findings(pool, *records([*ANSWERED, *OUTGOING]))

    assert "did not come" not in bad(told)
    assert any(one.good and "the last request was taken" in one.text for one in told)


@pytest.mark.parametrize(
    ("ticked", "missing"),
    [((), ""), (("dials",), "result/callback"), (("dials", "history"), "result/callback, record/added")],
)
async def test_what_a_tick_needs_has_to_be_on_too(pool: asyncpg.Pool, ticked: tuple[str, ...], missing: str) -> None:
    """Named with the code of a result, `result/callback 1000`, or without."""
    told: list[tuple[str, dict[str, Any]]] = [("events/summary", {"entry_id": "1"})]
    told += [("events/call", {"entry_id": "1", "call_state": one}) for one in ("Appeared", "Connected", "Disconnected")]
    later: list[tuple[str, dict[str, Any]]] = [
        ("result/callback", {"result": 1000}),
        ("events/record/added", {"recording_id": "1"}),
    ]
    pbx = HostedPbx(id="cloud", name="Cloud", kind="mango", settings={"key": "k", **dict.fromkeys(ticked, True)})
    async with pool.acquire() as connection:
        await save_hosted(connection, BOX, pbx, {"salt": "s"})
        for sent, silent in ((told, missing), (later, "")):
            heard = [HookRecord("cloud", "mango", START, FORM, "POST", path, "", webhook(said)) for path, said in sent]
            await keep_heard(connection, [(one, 0) for one in heard])
            found = bad(await check_hosted(connection, pbx, BOX, "http://127.0.0.1:1", NOW))
            assert ("did not come" in found) is bool(silent)
            assert f"these events did not come: {silent}" in found or not silent


async def test_what_its_history_lacks_is_told_and_is_no_fault(pool: asyncpg.Pool) -> None:
    told = await findings(pool, *records([*ANSWERED, *OUTGOING]))

    assert any(one.good and "its history is not read" in one.text and "Key of its API" in one.text for one in told)


async def test_a_wrong_secret_is_told_until_something_is_taken(pool: asyncpg.Pool) -> None:
    first, *rest = records(ANSWERED)
    forged = replace(first, received=rest[-1].received + 1_000_000, verdict="forged")

    assert "wrong secret: 1 × NOTIFY_START" in bad(await findings(pool, *rest, forged))
    assert "wrong secret" not in bad(await findings(pool, replace(first, received=forged.received + 1_000_000)))


async def test_a_wrong_zone_is_told_in_hours(pool: asyncpg.Pool) -> None:
    assert "its times are -2.0 h off ours" in bad(await findings(pool, records(ANSWERED)[0], zone="Asia/Yekaterinburg"))


async def test_what_keeps_it_from_working_is_told(pool: asyncpg.Pool) -> None:
    await pool.execute("insert into pbxs (id, name, kind, active) values ('cloud', 'Cloud', 'zadarma', false)")
    async with pool.acquire() as connection:
        (pbx,) = await list_hosted(connection)
        told = bad(await check_hosted(connection, pbx, BOX, "https://127.0.0.1:1", NOW))
        sealed = replace(pbx, secrets=b"sealed with another key, or damaged")
        other = bad(await check_hosted(connection, sealed, BOX, "https://127.0.0.1:1", NOW))

    assert "it is switched off" in told
    assert "it lacks: Secret" in told
    assert "it has no address" in told
    assert "https://127.0.0.1:1 is not reached: " in told
    assert "its secrets were sealed with another key" in other


class TestReach:
    @pytest.fixture
    async def served(self, tmp_path: Path) -> AsyncIterator[TestServer]:
        """A question application without a PBX."""
        settings = load(None, {"TRUNKLINE_DATA_DIR": str(tmp_path), "TRUNKLINE_SECRETS_KEY": b"k".hex() * 32})
        with SpoolWriter(tmp_path / "spool", cap_bytes=1 << 20) as spool:
            application = build_question_app(settings, Directory.open(tmp_path / "directory"), spool)
            server = TestServer(application)
            async with server:
                yield server

    async def test_our_own_listener_is_known(self, served: TestServer) -> None:
        base, now = str(served.make_url("")).rstrip("/"), time.time()

        assert (await reach(base, "zadarma", BOX, datetime.fromtimestamp(now, UTC))).fault == ""
        assert (await reach(base, "zadarma", BOX, datetime.fromtimestamp(now - 300, UTC))).fault == "it answers 404"

    async def test_somebody_elses_is_told_apart(self) -> None:
        application = web.Application()
        application.router.add_get("/{path:.*}", _welcome)
        async with TestServer(application) as server:
            found = await reach(str(server.make_url("")).rstrip("/"), "zadarma", BOX, NOW)
        assert found.fault == "it answers 200"


async def _welcome(_: web.Request) -> web.Response:
    return web.Response(text="Welcome to nginx!")


@pytest.mark.parametrize(
    ("key", "text", "good"),
    [("k", "2 telephones are looked at", True), ("", "telephones are not looked at; it lacks: Key of its API", False)],
)
async def test_telephones_that_are_named_need_the_keys(pool: asyncpg.Pool, key: str, text: str, good: bool) -> None:
    pbx = HostedPbx(id="cloud", name="Cloud", kind="zadarma", settings={**MOSCOW, "phones": "101, 102"})
    async with pool.acquire() as connection:
        await save_hosted(connection, BOX, pbx, {"secret": "s", "api_key": key})
        (kept,) = await list_hosted(connection)
        found = await check_hosted(connection, kept, BOX, "http://127.0.0.1:1", NOW)

    assert (found[-1].text, found[-1].good) == (text, good)
