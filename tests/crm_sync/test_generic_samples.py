"""The sample receivers of docs/samples take what our deliverer sends, once each.

The PHP one runs where `php` with pdo_sqlite is on PATH (scripts/install-e2e installs both); it passed under PHP 8.2.36.
Where it is not, the order of its steps is looked at in its text alone.
"""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from crm_sync.generic.lead_news import one_round
from crm_sync.generic.mapping import example
from crm_sync.port import NotSignedIn
from tests.crm_sync.generic_scene import SECRET, GenericScene
from tests.crm_sync.portal_client import Hand
from tests.fakes.rude import rude
from tests.fakes.waiting import eventually
from tests.leads.test_merging import write
from tests.serving import free_port
from trunkline.db.types import Pool
from trunkline.webhooks.signature import sign

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
PHP = shutil.which("php")
TAKEN = "select count(*), count(distinct key), min(phone) from calls"


def _has_sqlite() -> bool:
    if PHP is None:
        return False
    return b"pdo_sqlite" in subprocess.run([PHP, "-m"], capture_output=True, check=True).stdout


COMMANDS: dict[str, Callable[[int, Path], list[str]]] = {
    "py": lambda port, data: [sys.executable, str(SAMPLES / "receiver.py"), f"127.0.0.1:{port}", str(data)],
    "php": lambda port, _data: [PHP or "php", "-S", f"127.0.0.1:{port}", str(SAMPLES / "receiver.php")],
}
LANGUAGES = [
    "py",
    pytest.param("php", marks=pytest.mark.skipif(not _has_sqlite(), reason="no php with pdo_sqlite on PATH")),
]


@asynccontextmanager
async def running(language: str, data: Path) -> AsyncIterator[str]:
    """A sample as a process of its own; its address."""
    port = free_port()
    environment = {**os.environ, "TRUNKLINE_SECRET": SECRET, "TRUNKLINE_DATABASE": str(data)}
    process = await asyncio.create_subprocess_exec(
        *COMMANDS[language](port, data),
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )

    async def listens() -> bool:
        try:
            async with rude(port):
                return True
        except ConnectionError:
            return False

    try:
        await eventually(listens)
        yield f"http://127.0.0.1:{port}/receiver.{language}"
    finally:
        process.kill()
        await process.wait()


def taken(data: Path) -> tuple[int, int, str | None]:
    """How much its handler did, of how many keys, and one phone of them."""
    with sqlite3.connect(data) as db:
        return tuple(db.execute(TAKEN).fetchone())


def now() -> Hand:
    """The samples go by the machine's clock."""
    return Hand(time.time())


@pytest.mark.parametrize("mapping", ["default", "netcat"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_sample_takes_each_event_once(pool: Pool, tmp_path: Path, language: str, mapping: str) -> None:
    data, clock = tmp_path / "seen.sqlite", now()
    async with running(language, data) as url:
        own = GenericScene(pool, url, clock)
        await own.connect()
        await own.maps(example(mapping))
        await own.happens("simple_answered", batch=1)
        await own.deliver()
        many = 3 if mapping == "default" else 1
        phone = "+79161234567" if mapping == "default" else "79161234567"
        assert taken(data) == (many, many, phone)
        await pool.execute("update crm_calls set finished_at = null")
        await own.pool.execute("truncate outbox_log, outbox_streams")
        await own.happens("simple_answered", batch=1)  # told anew, as after an answer that was lost
        await own.deliver()
        assert taken(data) == (many, many, phone)
        assert await own.dead() == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_sample_takes_what_a_lead_tells(pool: Pool, tmp_path: Path, language: str) -> None:
    data = tmp_path / "seen.sqlite"
    async with running(language, data) as url:
        own = GenericScene(pool, url, now())
        await own.connect()
        await write(pool, 1, "+79161234567")
        await one_round(pool, None)
        await own.deliver()
        assert taken(data) == (1, 1, "+79161234567")
        assert await own.dead() == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_sample_refuses_what_is_not_ours(pool: Pool, tmp_path: Path, language: str) -> None:
    data, clock = tmp_path / "seen.sqlite", now()
    async with running(language, data) as url:
        port = int(url.split(":")[2].split("/")[0])
        body, at = b'{"event": "call.ended"}', int(clock.at)
        for header in (
            "",
            "t=1,v1=2",
            sign(b"another", body, at),
            sign(SECRET.encode(), body, at - 600),
            sign(SECRET.encode(), body + b" ", at),
        ):
            async with rude(port) as client:
                client.send(
                    "POST /", body, Trunkline_Signature=header, Trunkline_Delivery="x", Connection="close",
                    Content_Type="application/json",
                )  # fmt: skip
                assert b" 401 " in (await client.heard()).split(b"\r\n")[0], header
        own = GenericScene(pool, url, Hand(clock.at - 3600))
        with pytest.raises(NotSignedIn):
            await own.connect()
    assert not data.exists() or taken(data)[0] == 0


def test_the_php_sample_looks_at_the_signature_before_anything_and_commits_before_it_answers() -> None:
    text = (SAMPLES / "receiver.php").read_text(encoding="utf-8")
    run = text[text.index("$body =") :]
    steps = [
        "php://input",
        "is_signed(",
        "json_decode(",
        "begin immediate",
        "insert or ignore",
        "handle(",
        "exec('commit')",
        "reply(200, ['id'",
    ]
    places = [run.index(step) for step in steps]
    assert places == sorted(places)
    assert "hash_equals(hash_hmac('sha256'" in text
    assert text.index("hash_equals") > text.index("OLDEST_SECONDS) {")
