"""The simulator before a Trunkline that runs: visitors, calls and what is said of them all cross real wires."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from typer.testing import CliRunner

from tests.calltracking.conftest import KEY, ORIGIN, Rows
from tests.fakes.waiting import eventually
from tests.serving import Serving, free_port, installation
from tests.web.composed import token_of
from trunkline.app.command import application
from trunkline.db.pool import open_pool
from trunkline.pbx.store import save_pbx
from trunkline.people import store
from trunkline.people.audit import Actor
from trunkline.people.person import Person
from trunkline.people.roles import Right, Role
from trunkline.servers import database_url

pytestmark = pytest.mark.timeout(180)
NUMBERS = 60


async def company(serving: Serving, port: int) -> str:
    """A site with a pool, a PBX that is the simulator, and a token."""
    async with open_pool(database_url(serving.settings), size=2) as pool:
        await Rows(pool).make(NUMBERS)
        link = {"host": "127.0.0.1", "port": port, "username": "trunkline"}
        box = serving.settings.secret_box()
        await save_pbx(
            pool, box, pbx="sim", name="Симулятор", kind="asterisk", settings=link, secrets={"secret": "s3cret"}
        )
        person = Person(name="Мара", login="mara", role=Role.MARKETER, every_department=True, every_line=True)
        async with pool.acquire() as connection, connection.transaction():
            mara = await store.add_person(connection, person, Actor(None, "test", "test"), datetime.now(UTC))
        headers = await token_of(pool, mara, [Right.CALLS_READ])
    return headers["Authorization"].removeprefix("Bearer ")


async def is_served(serving: Serving) -> bool:
    """Whether the public listener has read of the site: it looks every two seconds."""
    url = f"http://{serving.settings.listen.public}/calltracking/v1/sites/{KEY}.json"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status == 200


async def simulate(serving: Serving, folder: Path, port: int, *more: str) -> tuple[int, Any, str]:
    """The command as a process of its own, knowing nothing but addresses and secrets."""
    settings = serving.settings.listen
    (folder / "secret").write_text("s3cret")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "trunkline", "simulate", "through", f"http://{settings.public}", "--json"),
        *("--pages", f"http://{settings.web}", "--site", KEY, "--origin", ORIGIN, "--pbx", "sim"),
        *("--ami-port", str(port), "--ami-secret-file", str(folder / "secret")),
        *("--token-file", str(folder / "token"), "--minutes", "5", *more),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, told = await process.communicate()
    assert process.returncode is not None
    return process.returncode, json.loads(out) if out else None, told.decode()


async def test_visitors_calls_and_answers_cross_the_wires(tmp_path: Path) -> None:
    port, traffic = free_port(), ("--visitors-per-hour", "480", "--speed", "20", "--calls", "0.5", "--seed", "6")
    async with installation(TRUNKLINE_SERVER_TRUSTED_PROXIES="127.0.0.1/32") as serving:
        await serving.start()
        (tmp_path / "token").write_text("tl_0_0")
        token = await company(serving, port)
        await eventually(partial(is_served, serving), 30)
        refused, _, why = await simulate(serving, tmp_path, port, *traffic)
        (tmp_path / "token").write_text(token)
        code, told, words = await simulate(serving, tmp_path, port, *traffic)
        leases = await serving.fetchval(
            "select count(*) from (select id from lease_current union select id from lease_history) as held"
        )
        calls = await serving.fetchval("select count(*) from calls")
        strange, _, forbidden = await simulate(serving, tmp_path, port, *traffic, "--site", "nobody000000")

    assert (refused, "calls cannot be read (401)" in why) == (1, True), why
    assert (strange, "is no site of ours" in forbidden) == (1, True), forbidden
    assert code == 0, words
    ours = told["the server's attribution"]
    assert ours["visits"] == leases > 20
    assert (ours["calls"], told["placed"], told["explained"], told["refused"]) == (calls, calls, calls, {})
    assert calls > 5
    assert (ours["coverage"], ours["session_precision"], ours["channel_precision"]) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--minutes", "7"], "--minutes: must be a multiple of 5"),
        (["--minutes", "1440", "--visitors-per-hour", "99999"], "make over 50,000 visits"),
        (["--pages", "localhost:8080"], "--pages: must be http:// or https:// and a host"),
        (["--token-file", "/absent"], "--token-file: /absent cannot be read"),
    ],
)
def test_what_cannot_be_played(more: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret")
    files = ["--ami-secret-file", str(tmp_path / "secret"), "--token-file", str(tmp_path / "secret")]
    asked = ["--site", KEY, "--origin", ORIGIN, "--pbx", "sim", "--ami-port", "5039", *files]

    done = CliRunner().invoke(application, ["simulate", "through", "http://127.0.0.1:8081", *asked, *more])

    assert done.exit_code == 1
    assert message in str(done.exception)
