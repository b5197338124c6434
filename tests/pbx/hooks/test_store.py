"""Spooled hooks become calls in the same transaction as everything else, and are kept as they came."""

from collections.abc import Sequence

import asyncpg
import pytest

from tests.pbx.zadarma.test_told import ANSWERED, START, records
from trunkline.calls.applier import CallApplier
from trunkline.crypto import SecretBox
from trunkline.pbx.hooks.record import HookRecord, pack_hook
from trunkline.pbx.hooks.store import HostedPbx, keep_heard, last_heard, list_hosted, save_hosted
from trunkline.spool import Kind, Position, Record

BOX = SecretBox(b"k" * 32)


@pytest.fixture
async def account(pool: asyncpg.Pool) -> HostedPbx:
    pbx = HostedPbx(id="cloud", name="Zadarma", kind="zadarma", settings={"zone": "Europe/Moscow"})
    async with pool.acquire() as connection:
        assert await save_hosted(connection, BOX, pbx, {"secret": "s"})
    return pbx


def spooled(heard: Sequence[HookRecord]) -> list[Record]:
    return [Record(Kind.HOOK, one.received / 1e6, pack_hook(one), Position(0, 0)) for one in heard]


async def apply(pool: asyncpg.Pool, applier: CallApplier, heard: Sequence[HookRecord]) -> None:
    async with pool.acquire() as connection, connection.transaction():
        assert not (await applier.apply(connection, spooled(heard))).rejects


@pytest.mark.usefixtures("account")
async def test_a_call_becomes_one_row_however_its_hooks_come(pool: asyncpg.Pool) -> None:
    heard = records(ANSWERED)
    await apply(pool, CallApplier(), heard[:3])
    ringing = await pool.fetch("select extension, state from agent_calls order by 1")
    applier = CallApplier()  # another process goes on
    await apply(pool, applier, [heard[4]])
    await apply(pool, applier, [heard[3], *heard])
    (row,) = await pool.fetch("select * from calls")

    assert [(one["extension"], one["state"]) for one in ringing] == [("101", "ringing"), ("102", "ringing")]
    assert (row["direction"], row["client"], row["dialled"]) == ("in", "+79160000004", "+74951234567")
    assert (row["outcome"], row["answered_by"], row["talk_ms"] // 1000) == ("answered", "102", 60)
    assert int(row["started_at"].timestamp() * 1e6) == START
    assert await pool.fetchval("select count(*) from agent_calls") == 0
    assert await pool.fetchval("select count(*) from hooks_heard") == len(heard)


@pytest.mark.usefixtures("account")
async def test_refused_hooks_are_kept_and_tell_nothing(pool: asyncpg.Pool) -> None:
    forged = HookRecord("cloud", "zadarma", START, "", "POST", "", "a=\0", b"\0\xff", "forged")
    nobodys = HookRecord("gone", "zadarma", START, "", "POST", "", "", b"")
    unknown = HookRecord("cloud", "other", START, "", "POST", "", "", b"x")
    await apply(pool, CallApplier(), [forged, nobodys, unknown])

    async with pool.acquire() as connection:
        heard = await last_heard(connection, "cloud", 10)
    assert sorted((one.verdict, one.steps, one.body) for one in heard) == [
        ("fits", 0, "x"),
        ("forged", 0, "\ufffd\ufffd"),
    ]
    assert await pool.fetchval("select count(*) from calls") == 0


async def test_only_the_newest_hooks_stay(pool: asyncpg.Pool, account: HostedPbx) -> None:
    heard = [HookRecord(account.id, "zadarma", START + n * 1000, "", "POST", "", "", b"%d" % n) for n in range(2_003)]
    async with pool.acquire() as connection:
        await keep_heard(connection, [(one, 0) for one in heard])
        (newest,) = await last_heard(connection, account.id, 1)
        assert newest.body == "2002"
        assert await connection.fetchval("select count(*) from hooks_heard") == 2_000


async def test_secrets_stay_where_none_are_given_and_other_kinds_are_left_alone(
    pool: asyncpg.Pool, account: HostedPbx
) -> None:
    await pool.execute("insert into pbxs (id, name, kind) values ('office', 'Office', 'asterisk')")
    async with pool.acquire() as connection:
        assert await save_hosted(connection, BOX, account, None)
        taken = HostedPbx(id="office", name="x", kind="zadarma")
        assert not await save_hosted(connection, BOX, taken, None)
        (known,) = await list_hosted(connection)
    assert known.opened(BOX) == {"secret": "s"}
