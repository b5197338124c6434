"""A call of a PBX in the cloud whose end was lost ends by us: once, not early, and put right by what comes late."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.calls.unheard import give_up
from tests.faults.harness import kill_at_every_point
from tests.pbx.hooks.test_store import BOX
from tests.pbx.hooks.test_store import apply as hear
from tests.pbx.zadarma.test_told import ANSWERED, CALL, MISSED, START, Timed, records
from trunkline.calls.applier import CallApplier
from trunkline.calls.unheard import SILENT_SECONDS
from trunkline.pbx.hooks.store import HostedPbx, save_hosted

SECOND = 1_000_000
FIVE_HOURS = CALL.ends("answered", 5 * 3600, internal="102", last="102")
LATER = START / SECOND + 100 + SILENT_SECONDS


@pytest.fixture(autouse=True)
async def account(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        assert await save_hosted(connection, BOX, HostedPbx(id="cloud", name="Cloud", kind="zadarma"), {})


async def heard(pool: asyncpg.Pool, sent: Timed) -> None:
    await hear(pool, CallApplier(), records(sent))


async def call(pool: asyncpg.Pool) -> Any:
    (row,) = await pool.fetch("select * from calls")
    return row


async def given_up(pool: asyncpg.Pool) -> Sequence[Any]:
    return await pool.fetch("select * from steps where source = 'ours'")


async def test_it_ends_when_it_was_last_heard_of_and_only_once(
    pool: asyncpg.Pool, database_url: str, tmp_path: Path
) -> None:
    await heard(pool, ANSWERED[:4])
    await give_up(database_url, str(tmp_path), str(LATER - 120))
    assert (await call(pool))["ended_at"] is None
    for _ in range(2):
        await give_up(database_url, str(tmp_path), str(LATER))

    row = await call(pool)
    assert (row["outcome"], row["answered_by"], row["talk_ms"]) == ("answered", "102", 0)
    assert round(row["ended_at"].timestamp() * SECOND) == START + 7 * SECOND + 1
    assert len(await given_up(pool)) == 1
    assert await pool.fetchval("select count(*) from agent_calls") == 0


async def test_nobody_knows_why_it_was_missed_until_its_end_comes_late(
    pool: asyncpg.Pool, database_url: str, tmp_path: Path
) -> None:
    await heard(pool, MISSED[:3])
    await give_up(database_url, str(tmp_path), str(LATER))
    assert (await call(pool))["missed_why"] == "unheard"
    await heard(pool, MISSED[3:])

    assert (await call(pool))["missed_why"] == "abandoned"


async def test_a_talk_that_was_longer_is_put_right_by_its_end(
    pool: asyncpg.Pool, database_url: str, tmp_path: Path
) -> None:
    await heard(pool, ANSWERED[:4])
    await give_up(database_url, str(tmp_path), str(LATER))
    await heard(pool, [(7.0 + 5 * 3600, FIVE_HOURS)])

    assert (await call(pool))["talk_ms"] == 5 * 3_600_000


async def test_a_call_of_which_something_came_lately_is_left_alone(
    pool: asyncpg.Pool, database_url: str, tmp_path: Path
) -> None:
    """By whatever clock its steps are: here the account's zone is set wrong."""
    await hear(pool, CallApplier(), records(ANSWERED[:1], "Asia/Tokyo"))
    await give_up(database_url, str(tmp_path), str(START / SECOND + SILENT_SECONDS - 60))

    assert (await call(pool))["ended_at"] is None


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", ["sql", "file"])
async def test_killed_anywhere_it_is_given_up_once(
    pool: asyncpg.Pool, database_url: str, tmp_path: Path, kind: str, record_property: Callable[[str, object], None]
) -> None:
    async def prepare() -> None:
        await pool.execute("truncate calls, steps, call_keys, hooks_heard")
        await heard(pool, ANSWERED[:4])

    async def check() -> None:
        for _ in range(2):
            await give_up(database_url, str(tmp_path), str(LATER))
        assert (await call(pool))["ended_at"] is not None
        assert len(await given_up(pool)) == 1

    tried = await kill_at_every_point(
        kind,
        "tests.calls.unheard:give_up",
        [database_url, str(tmp_path), str(LATER)],
        tell=record_property,
        prepare=prepare,
        check=check,
        every=4 if kind == "sql" else 1,
    )

    assert tried.points >= (5 if kind == "sql" else 1)
