"""Whom a client last talked with is known in the transaction that ends the call, once and for the newest talk."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from tests.calls.dialogues import dialogue
from tests.calls.test_applier import apply, run
from trunkline.calls.announce import Announcement, News
from trunkline.calls.applier import CallApplier
from trunkline.calls.last_talks import remember_talks

ANNA, BORIS = UUID(int=0xA), UUID(int=0xB)
NUMBER = "+79161234567"


@pytest.fixture(autouse=True)
async def people(pool: asyncpg.Pool) -> None:
    await pool.execute(
        "insert into people (id, name, extension) values ($1, 'Анна', '101'), ($2, 'Борис', '102')", ANNA, BORIS
    )


def ended(at: str, agents: list[str], client: str = NUMBER, talk: float = 12.0) -> Announcement:
    payload = {"client": client, "agents": agents, "talk_seconds": talk, "ended_at": f"2026-08-06T{at}+00:00"}
    return Announcement(UUID(int=1), News.ENDED, "x", 0, payload)


async def talks(pool: asyncpg.Pool) -> dict[str, tuple[UUID, str]]:
    rows = await pool.fetch("select number, person_id, at from last_talks")
    return {row["number"]: (row["person_id"], f"{row['at']:%H:%M}") for row in rows}


async def test_an_answered_call_is_remembered_and_a_missed_one_is_not(pool: asyncpg.Pool) -> None:
    applier = CallApplier()
    await apply(pool, applier, run(dialogue("simple_no_answer").frames))
    assert await talks(pool) == {}
    simple = dialogue("simple_answered")
    await apply(pool, applier, run(simple.frames))
    (number,) = await talks(pool)
    client, agent = await pool.fetchval("select client from calls where outcome = 'answered'"), ANNA
    assert (number, (await talks(pool))[number][0]) == (client, agent)


async def test_the_newest_talk_counts_whatever_comes_first(pool: asyncpg.Pool) -> None:
    for news in (
        [ended("10:00", ["101"]), ended("12:00", ["101", "102"]), ended("11:00", ["101"])],
        [ended("09:00", ["101"])],
        [
            ended("12:30", ["999"]),
            ended("13:00", [], talk=5),
            ended("14:00", ["101"], talk=0),
            ended("15:00", ["101"], ""),
        ],
    ):
        async with pool.acquire() as connection, connection.transaction():
            await remember_talks(connection, news)
        assert await talks(pool) == {NUMBER: (BORIS, "12:00")}


async def test_a_talk_asks_for_no_notify(pool: asyncpg.Pool) -> None:
    """A NOTIFY would make the story's transactions wait for each other; the next one heard is of another change."""
    heard = asyncio.Queue[object]()

    def hear(*_: object) -> None:
        heard.put_nowait(None)

    async with pool.acquire() as listener:
        await listener.add_listener("directory", hear)
        async with pool.acquire() as connection, connection.transaction():
            await remember_talks(connection, [ended("10:00", ["101"])])
        await pool.execute("insert into departments values ($1, 'x', 'x')", ANNA)
        await heard.get()
        await listener.remove_listener("directory", hear)
    assert heard.empty()
    assert await pool.fetchval("select count(*) from directory_changes where kind = 'talk'") == 1
