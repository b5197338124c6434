"""Every table is filled with the number, which is then erased and looked for in a dump and in the data directory."""

import subprocess
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from recordings.erasing import forget_of_calls
from recordings.vault import Vault
from tests.erasing.filling import NOW, NUMBER, SPELLINGS, TEXTS, fill
from trunkline.calls.phone import Number
from trunkline.crypto import SecretBox
from trunkline.db.partitions import ensure_partitions
from trunkline.db.programs import client_environment, client_program
from trunkline.db.types import Pool
from trunkline.dialing.rules_store import drop_number
from trunkline.dialing.store import Wish, accept
from trunkline.erasing.columns import BYTES, EMPTIED, KEPT, NUMBERS, OURS, REMOVED, kept_because
from trunkline.erasing.columns import TEXTS as TEXTS_OF_CATALOGUE
from trunkline.erasing.erasing import Eraser, erase, look
from trunkline.erasing.files import held_in
from trunkline.erasing.scrubbing import SQL, Column, is_looked_at, tables_of
from trunkline.erasing.spelling import spelling_of
from trunkline.errors import InvalidInput
from trunkline.ids import uuid7
from trunkline.messages.stopping import Stop, is_stopped
from trunkline.people.audit import Actor

_NOT_FILLED = {"transcript_search"}
_STANDS = """
create function stand() returns trigger language plpgsql as 'begin raise exception ''no further''; end';
create trigger stands before update on works for each row execute function stand();
"""
_NOT_COUNTED = {"recordings"}
"""Counted when the worker has deleted the files at the PBX: until then their names stand."""
_WORDS = """
    uuid _uuid bool _bytea _cidr int2 _int2 int4 _int4 int8 float4 _float4 float8 numeric timestamptz date
    time interval inet cidr xid8 tstzrange int8range contact_class person_role presence_state alarm_severity
    pgqueuer_status
"""
_NUMBERLESS = frozenset(_WORDS.split())
"""Ids, sums, times and words of closed lists; a hash of a number in `report_facts.client` goes by linked.sql."""
ACTOR = Actor(None, "Анна", "test")
BOX = SecretBox(bytes(range(32)))


@pytest.fixture
def eraser(pool: Pool, redis: Redis, tmp_path: Path) -> Eraser:
    (tmp_path / "store").mkdir()
    return Eraser(pool, redis, BOX, tmp_path / "data", partial(forget_of_calls, pool, Vault(tmp_path / "store")))


def dump(url: str) -> str:
    done = subprocess.run(
        [client_program("pg_dump"), "--inserts"],
        env=client_environment(url),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


async def test_the_number_is_nowhere_afterwards(pool: Pool, eraser: Eraser, redis: Redis, database_url: str) -> None:
    async with pool.acquire() as connection:
        await ensure_partitions(connection, NOW)
        tables = {table.name for table in await tables_of(connection)} - _NOT_FILLED
        for text in TEXTS:
            await fill(connection, tables - set(OURS), text, uuid7(NOW.timestamp()))
    spelling = spelling_of(Number(NUMBER))
    (eraser.data_dir / "imports").mkdir(parents=True)
    (eraser.data_dir / "imports" / "x-problems.csv").write_text(f"3;{SPELLINGS[2]}\n")
    (eraser.data_dir / "spool" / "web").mkdir(parents=True)
    (eraser.data_dir / "spool" / "web" / "0000000001.spool").write_bytes(b"\x81" + NUMBER.encode())
    await redis.hset("trunkline:seen", mapping={NUMBER: "1", "+74950000001": "2"})
    await redis.set(f"throttle:{NUMBER}", "1")
    assert (await look(eraser, Number(NUMBER)))["works"] == len(TEXTS)
    # Broken off within: at a table that is reached when most are done.
    await pool.execute(_STANDS)
    with pytest.raises(asyncpg.RaiseError):
        await erase(eraser, Number(NUMBER), ACTOR, NOW)
    await pool.execute("drop trigger stands on works")

    proof = await erase(eraser, Number(NUMBER), ACTOR, NOW)

    assert [name for name in tables - set(OURS) - _NOT_COUNTED if not proof.counts.get(name)] == []
    assert {one.why for one in proof.left} == {"ask", "waits", "refused", "spool", "backups"}
    assert [
        (row["id"], row["finished_at"] is not None)
        for row in await pool.fetch("select * from erasures where finished_at > $1", NOW)
    ] == [(proof.id, True)]
    assert spelling.holds(proof.document().decode()) is False
    assert not spelling.holds("\n".join(proof.lines()))
    assert await redis.hgetall("trunkline:seen") == {b"+74950000001": b"2"}
    assert await redis.exists(f"throttle:{NUMBER}") == 0
    # The worker deletes what the PBX keeps, and a restart of the process the segment of its spool.
    await pool.execute("update recordings set stage = 'deleted'")
    (eraser.data_dir / "spool" / "web" / "0000000001.spool").unlink()
    again = await erase(eraser, Number(NUMBER), ACTOR, NOW)
    assert {one.why for one in again.left} == {"refused", "backups"}
    held = [
        f"{line[:60]} … {found.group()}"
        for line in dump(database_url).splitlines()
        for found in spelling.found.finditer(line)
    ]
    assert held == []
    assert held_in(eraser.data_dir, spelling) == []


async def test_every_name_in_the_lists_is_a_column_there_is(pool: Pool) -> None:
    """And what wants a number and cannot be null goes with its row."""
    columns = [Column(*row) for row in await pool.fetch(SQL["columns"])]
    names = {f"{column.table}.{column.name}" for column in columns} | {f"{column.table}.*" for column in columns}
    listed = {f"{table}.{name}" for one in (REMOVED, EMPTIED) for table in one for name in one[table]}

    assert sorted((set(KEPT) | listed | {f"{table}.*" for table in OURS}) - names) == []
    stuck = [
        f"{column.table}.{column.name}"
        for column in columns
        if is_looked_at(column) and column.wants_number and not column.nullable
        if column.name not in REMOVED.get(column.table, ())
    ]
    assert stuck == []


async def test_every_column_that_can_hold_a_number_is_in_one_of_the_lists(pool: Pool) -> None:
    """Text, JSON and lists are erased unless a line says why not; bytes stay unless a line says that they go."""
    columns = [Column(*row) for row in await pool.fetch(SQL["columns"])]
    bytes_of_nobody = [
        f"{column.table}.{column.name}"
        for column in columns
        if column.type in BYTES and not is_looked_at(column)
        if column.table not in OURS and kept_because(column.table, column.name) is None
    ]

    assert bytes_of_nobody == []
    known = TEXTS_OF_CATALOGUE | BYTES | NUMBERS | _NUMBERLESS
    assert sorted({column.type for column in columns} - known) == []


async def test_a_number_of_our_own_is_not_erased(pool: Pool, eraser: Eraser) -> None:
    await pool.execute("insert into lines (id, number, name) values (gen_random_uuid(), $1, 'Shop')", NUMBER)

    with pytest.raises(InvalidInput, match=r"set up itself \(lines\)"):
        await erase(eraser, Number(NUMBER), ACTOR, NOW)


async def test_who_was_not_to_be_called_is_not_called_after_it(pool: Pool, eraser: Eraser) -> None:
    """The list names him no more; the guard, and what is written to clients, know him by his mark."""
    await pool.execute("insert into do_not_call (number, reason, person) values ($1, 'asked us', 'Анна')", NUMBER)
    await pool.execute("insert into message_stops (address, at) values ($1, now())", NUMBER)

    await erase(eraser, Number(NUMBER), ACTOR, NOW)

    wish = Wish(SPELLINGS[2], "office", "101")
    async with pool.acquire() as connection:
        assert await connection.fetchval("select count(*) from do_not_call") == 0
        verdict = (await accept(connection, wish, NOW, BOX)).verdict
        assert verdict is not None
        assert (verdict.rule, verdict.trace[-1].used) == ("do_not_call", {"reason": "asked us"})
        other = (await accept(connection, wish, NOW, SecretBox(bytes(32)))).verdict
        assert other is not None
        assert other.rule != "do_not_call", "without the key nobody can tell whom the mark means"
    assert await is_stopped(pool, BOX, Stop(None, NUMBER))
    async with pool.acquire() as connection:
        assert await drop_number(connection, NUMBER, ACTOR, NOW, BOX)
        again = (await accept(connection, wish, NOW, BOX)).verdict
        assert again is not None
        assert again.rule != "do_not_call"
