"""The process `pbx` follows the company's rows, and its own copy of them while PostgreSQL is away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.fakes.ami_server import AmiServer
from tests.fakes.waiting import eventually
from tests.pbx.asterisk.conftest import Node
from trunkline.alarms.alarm import Severity, raise_alarm
from trunkline.background import end
from trunkline.crypto import SecretBox
from trunkline.db.pool import prepare_connection
from trunkline.pbx.asterisk.process import RowUnusable, Stations, reach
from trunkline.pbx.store import PbxRow, find_pbx, save_pbx

NodeOf = Callable[..., Node]


@pytest.fixture
def box(secret_key: bytes) -> SecretBox:
    return SecretBox(secret_key)


async def save(pool: asyncpg.Pool, box: SecretBox, server: AmiServer, **more: Any) -> None:
    given = {"host": "127.0.0.1", "port": server.port}
    row: dict[str, Any] = {"pbx": "office", "name": "Office", "kind": "asterisk", "settings": given} | more
    await save_pbx(pool, box, **row)


@asynccontextmanager
async def stations(node: Node, box: SecretBox, *, pool: asyncpg.Pool | None = None) -> AsyncIterator[None]:
    plug = replace(node.plug, pool=pool or node.plug.pool)
    running = asyncio.create_task(Stations(plug, box, rows_every=0.05).run())
    try:
        yield
    finally:
        await end([running])


async def test_rows_are_followed_as_they_change(
    server: AmiServer, node_of: NodeOf, pool: asyncpg.Pool, box: SecretBox
) -> None:
    async with stations(node_of("a"), box):
        await save(pool, box, server, secrets={"secret": "s3cret"})
        await server.until(lambda: server.logged_in == 1)
        await save(pool, box, server, active=False)
        await server.until(lambda: server.logged_in == 0)
        await save(pool, box, server)
        await server.until(lambda: server.logged_in == 1)


@pytest.mark.parametrize("end", ["switched off", "deleted"])
async def test_a_pbx_that_is_given_up_leaves_no_alarm_behind(
    server: AmiServer, node_of: NodeOf, pool: asyncpg.Pool, box: SecretBox, end: str
) -> None:
    server.refuse_logins = True
    await save(pool, box, server, secrets={"secret": "s3cret"})
    await save(pool, box, server, pbx="other", secrets={"secret": "s3cret"})
    await _raise(pool, "pbx.members.login:office", "office")
    await _raise(pool, "disk.spool:a", "office")
    async with stations(node_of("a"), box):
        others = {"disk.spool:a", "pbx.login:other:a"}
        await eventually(lambda: _open_are(pool, {"pbx.login:office:a", *others}))
        if end == "deleted":
            await pool.execute("delete from pbxs where id = 'office'")
        else:
            await save(pool, box, server, active=False)
        await eventually(lambda: _open_are(pool, others))


async def test_alarms_of_a_pbx_given_up_while_we_were_down_are_cleared_at_the_start(
    server: AmiServer, node_of: NodeOf, pool: asyncpg.Pool, box: SecretBox
) -> None:
    await save(pool, box, server, secrets={"secret": "s3cret"}, active=False)
    await _raise(pool, "pbx.link:office:b", "office")
    async with stations(node_of("a"), box):
        await eventually(lambda: _open_are(pool, set()))


class _Deaf(Stations):
    """Its stations take their first cancellation for a lost connection, as a driver may."""

    async def _keep(self, *_row: object) -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()


async def test_a_station_that_does_not_hear_its_end_is_told_again(
    server: AmiServer, node_of: NodeOf, pool: asyncpg.Pool, box: SecretBox
) -> None:
    await save(pool, box, server, secrets={"secret": "s3cret"})
    running = asyncio.create_task(_Deaf(node_of("a").plug, box, rows_every=0.05).run())
    await eventually(lambda: any(task.get_name() == "pbx:office" for task in asyncio.all_tasks()))
    await save(pool, box, server, active=False)
    await eventually(lambda: all(task.get_name() != "pbx:office" for task in asyncio.all_tasks()))
    await end([running])


async def _raise(pool: asyncpg.Pool, key: str, pbx: str) -> None:
    async with pool.acquire() as connection:
        await raise_alarm(connection, key, Severity.WARNING, "something", {"pbx": pbx})


async def _open_are(pool: asyncpg.Pool, wanted: set[str]) -> bool:
    return {row["key"] for row in await pool.fetch("select key from alarms where cleared_at is null")} == wanted


async def test_a_start_without_postgresql_hears_by_the_last_known_rows(
    server: AmiServer, node_of: NodeOf, pool: asyncpg.Pool, box: SecretBox
) -> None:
    await save(pool, box, server, secrets={"secret": "s3cret"})
    node = node_of("a")
    async with stations(node, box):
        await eventually(lambda: "Resynced" in node.spooled.link_events())
    async with (
        asyncpg.create_pool("postgresql://nobody@127.0.0.1:1/none", min_size=0, init=prepare_connection) as nowhere,
        stations(node, box, pool=nowhere),
    ):
        await server.until(lambda: server.logins == 2)
        await server.event("Newchannel", Exten="1")
        await eventually(lambda: node.spooled.extens() == ["1"])


async def test_the_copy_on_the_disk_holds_no_secret_in_clear(
    server: AmiServer, node_of: NodeOf, pool: asyncpg.Pool, box: SecretBox
) -> None:
    await save(pool, box, server, secrets={"secret": "s3cret"})
    node = node_of("a")
    async with stations(node, box):
        await server.until(lambda: server.logged_in == 1)
    copy: Path = node.plug.folder / "known.msgpack"

    assert b"s3cret" not in copy.read_bytes()
    assert copy.stat().st_mode & 0o077 == 0


async def test_a_changed_row_keeps_its_secret(pool: asyncpg.Pool, box: SecretBox, server: AmiServer) -> None:
    await save(pool, box, server, secrets={"secret": "s3cret"})
    await save(pool, box, server, name="Head office")
    row = await find_pbx(pool, "office")

    assert row is not None
    assert row.name == "Head office"
    assert row.opened(box) == {"secret": "s3cret"}


@pytest.mark.parametrize(
    ("settings", "sealed_by", "complaint"),
    [
        ({"port": 5038}, b"k" * 32, "the setting host of the PBX office is missing"),
        ({"host": "pbx", "prot": 5038}, b"k" * 32, "the setting prot of the PBX office is .* unknown"),
        ({"host": "pbx", "port": "x"}, b"k" * 32, "the setting port of the PBX office is"),
        ({"host": "pbx", "trust": "ca.pem"}, b"k" * 32, "neither the full path of a file nor .*: ca.pem"),
        ({"host": "pbx"}, b"o" * 32, "another key"),
        ({"host": "pbx"}, None, "no AMI secret"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(settings: dict[str, Any], sealed_by: bytes | None, complaint: str) -> None:
    secrets = None if sealed_by is None else SecretBox(sealed_by).seal(b'{"secret":"x"}')
    row = PbxRow("office", "Office", "asterisk", settings, secrets, True)

    with pytest.raises(RowUnusable, match=complaint):
        reach(row, SecretBox(b"k" * 32))
