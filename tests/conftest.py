"""Real PostgreSQL and Valkey for every test: one server of each a session, a fresh database a test."""

import asyncio
import functools
import gc
import itertools
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from functools import partialmethod
from pathlib import Path

import asyncpg
import hypothesis
import jinja2
import pytest
from redis.asyncio import Redis

from tests.faults.harness import TOLD
from tests.marked import left_out, strays
from trunkline.db.migrate import migrate
from trunkline.db.pool import open_pool
from trunkline.db.types import Pool
from trunkline.embedded.addresses import postgres_password
from trunkline.embedded.addresses import postgres_url as embedded_url
from trunkline.embedded.addresses import valkey_url as embedded_valkey_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.embedded.valkey import embedded_valkey
from trunkline.web import i18n

# A third of the unit tests' time went into drawing; who looks for a rare fault says --hypothesis-profile=default.
# How long drawing takes says how busy the machine is, no more. The same examples each time, as Hypothesis has it in CI:
# a new one that fails is for who looks for it, not for who lands something else.
_BUSY = (hypothesis.HealthCheck.too_slow,)
hypothesis.settings.register_profile(
    "usual", max_examples=40, deadline=None, derandomize=True, suppress_health_check=_BUSY
)
hypothesis.settings.load_profile("usual")

# What is collected lives as long as the session: looking it through for garbage again and again took half of the
# collection's time and an eighth of the tests'.
gc.disable()

_ENOUGH = 2 * 1024**3  # bytes: what a session's databases may grow to, several times over
_numbers = itertools.count()
# Each of pytest's workers makes a template of its own.
TEMPLATE = f"template_trunkline_{os.getpid()}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database-only", action="store_true", help="only tests that use a database")
    parser.addoption("--write-schema", action="store_true", help="write trunkline/db/schema.sql from the migrations")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """None leaves it to the others."""
    return True if collection_path.is_file() and left_out(collection_path, config.getoption("-m")) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks no PostgreSQL says nothing of another one."""
    if missed := strays(items):
        raise pytest.UsageError("\n".join(missed))
    if config.getoption("--database-only"):
        kept = [item for item in items if "postgres_url" in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


def pytest_collection_finish() -> None:
    # What a test leaves is a few MB: looked for 14 times less often, it costs nothing that could be measured.
    gc.set_threshold(10_000, 10, 10)
    gc.enable()
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Where the fault harness killed its children; reports cross from pytest's workers, what they print does not."""
    told = [
        f"{report.nodeid}: {value}"
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == TOLD
    ]
    if told:
        terminalreporter.section(TOLD)
    for line in told:
        terminalreporter.write_line(line)


class _CompiledOnce(jinja2.BytecodeCache):
    """What a session's templates were compiled to: a third of a second for every application a test builds."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        if compiled := self._compiled.get(bucket.key):
            bucket.bytecode_from_string(compiled)

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def compiled_templates() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        once = partialmethod(jinja2.Environment.__init__, bytecode_cache=_CompiledOnce())
        patch.setattr(jinja2.Environment, "__init__", once)
        yield


@pytest.fixture(scope="session", autouse=True)
def compiled_translations() -> Iterator[None]:
    """The same for what each language's files say: half a second for every application."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(i18n, "_read", functools.cache(i18n._read))
        yield


_GIVEN_UP_AFTER = (
    "trunkline.outbox.shared._PATIENCE_SECONDS",
    "trunkline.outbox.wake._PATIENCE_SECONDS",
    "trunkline.people.throttle._VALKEY_SECONDS",
    "trunkline.presence.telephones._PATIENCE_SECONDS",
    "trunkline.pbx.reservations._LONGEST_SECONDS",
    "calltracking.leases.granting.PATIENCE_SECONDS",
    "router.offers.LIMIT_SECONDS",
)
"""Where a company's question goes on without a server that does not answer in a second or less."""


@pytest.fixture(scope="session", autouse=True)
def patient() -> Iterator[None]:
    """On a busy machine a server that is well answers late: what follows from that is no news about the code.

    A test of one that hangs sets the patience it needs.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in _GIVEN_UP_AFTER:
            patch.setattr(name, 30.0)
        yield


@pytest.fixture(scope="session")
def secret_key() -> bytes:
    return secrets.token_bytes(32)


@pytest.fixture(scope="session")
def servers_dir() -> Iterator[Path]:
    """The session's data directory, reachable by the user the servers run as."""
    with tempfile.TemporaryDirectory(prefix="trunkline-tests-", dir=_in_memory()) as name:
        Path(name).chmod(0o711)
        with owned(Path(name)):
            yield Path(name)


def _in_memory() -> Path | None:
    """Where the servers' files cost no disk: copying a database's template takes 15 ms there, 20 to 350 on ext4."""
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free >= _ENOUGH:
        return memory
    return None


@pytest.fixture(scope="session")
def postgres_url(servers_dir: Path, secret_key: bytes) -> Iterator[str]:
    """A migrated template database on a PostgreSQL of our own, or on the one of TRUNKLINE_TEST_DATABASE_URL."""
    if external := os.environ.get("TRUNKLINE_TEST_DATABASE_URL"):
        asyncio.run(_prepare_template(external))
        yield external
        return
    with asyncio.Runner() as runner:
        server = embedded_postgres(servers_dir, secret_key)
        runner.run(server.__aenter__())
        try:
            url = embedded_url(servers_dir, secret_key)
            runner.run(_hurry(url))
            runner.run(_greet_quickly(url, postgres_password(secret_key)))
            runner.run(_prepare_template(url))
            yield url
        finally:
            runner.run(server.__aexit__(None, None, None))


async def _hurry(url: str) -> None:
    """Nothing of a test session outlives it: without flushing, a database for a test takes 25 ms instead of 400."""
    admin = await asyncpg.connect(url)
    for setting in ("fsync", "full_page_writes"):
        await admin.execute(f"alter system set {setting} = off")
    await admin.execute("select pg_reload_conf()")
    await admin.close()


async def _greet_quickly(url: str, password: str) -> None:
    """The same handshake without what slows a thief: a millisecond of each connection, of which a test has several."""
    admin = await asyncpg.connect(url)
    await admin.execute("set scram_iterations = 1")
    await admin.execute(f"alter role current_user password '{password}'")
    await admin.close()


async def _prepare_template(url: str) -> None:
    admin = await asyncpg.connect(url)
    await admin.execute(f"create database {TEMPLATE}")
    await admin.close()
    connection = await asyncpg.connect(url, database=TEMPLATE)
    await migrate(connection)
    await connection.close()


@pytest.fixture
async def database_url(postgres_url: str) -> AsyncIterator[str]:
    """The URL of a fresh, migrated database."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"create database {name} template {TEMPLATE} strategy file_copy")
    try:
        yield with_database(postgres_url, name)
    finally:
        await admin.execute(f"drop database if exists {name} with (force)")
        await admin.close()


def with_database(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{name}?{query}" if query else f"{base}/{name}"


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with open_pool(database_url, size=8) as pool:
        yield pool


@pytest.fixture(scope="session")
def valkey_url(servers_dir: Path) -> Iterator[str]:
    with asyncio.Runner() as runner:
        server = embedded_valkey(servers_dir)
        runner.run(server.__aenter__())
        try:
            yield embedded_valkey_url(servers_dir)
        finally:
            runner.run(server.__aexit__(None, None, None))


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator["Redis"]:
    """A client of an emptied server."""
    client: Redis = Redis.from_url(valkey_url)
    await client.flushall()
    try:
        yield client
    finally:
        await client.aclose()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An empty data directory."""
    return tmp_path / "data"
