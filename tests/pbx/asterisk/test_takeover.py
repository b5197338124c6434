"""Two nodes on one PBX, real processes: the acting one is killed with all that it had not stored yet."""

import asyncio
import time
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from tests.fakes.ami_server import AmiServer
from tests.fakes.dialogue import call_again, stamped
from tests.fakes.pbx_nodes import Company, nodes_running, story_steps
from tests.fakes.waiting import eventually
from trunkline.pbx.asterisk.messages import events_of

DIALOGUES = ("simple_answered", "queue_answered", "ring_group_answered", "blind_transfer", "queue_abandoned")


@pytest.fixture
async def company(database_url: str, valkey_url: str, secret_key: bytes, pool: asyncpg.Pool, redis: Redis) -> Company:
    return Company(database_url, valkey_url, secret_key, pool)


async def test_no_step_is_lost_or_doubled_when_the_acting_node_is_killed(
    server: AmiServer, company: Company, tmp_path: Path
) -> None:
    await company.add_pbx(server.port)
    async with nodes_running(company, tmp_path, ["a", "b"]) as (a, b):
        await server.until(lambda: server.logged_in == 2, 30)
        said: list[bytes] = []
        talking = asyncio.create_task(talk(server, said, seconds=9.0))
        await asyncio.sleep(3.0)
        await a.kill()
        killed = time.monotonic()
        await eventually(lambda: company.acts("b"))
        took = time.monotonic() - killed
        await talking
        await server.until(lambda: server.logged_in == 1)
        await asyncio.sleep(0.3)
        await b.stop()

    expected = {event.step_id for frame in said for event in events_of("office", frame, 0)}
    stored = await story_steps(company.pool)
    assert len(expected) > 500
    assert len(stored) == len(set(stored))
    assert set(stored) == expected
    assert took <= 5.0
    assert await company.pool.fetchval("select count(*) from calls where ended_at is null") == 0


async def talk(server: AmiServer, said: list[bytes], seconds: float) -> None:
    """Calls one after another and over each other, about 200 events a second."""
    end = time.monotonic() + seconds
    copy = 0
    while time.monotonic() < end:
        calls = [call_again(name, copy + n, time.time()) for n, name in enumerate(DIALOGUES)]
        copy += len(DIALOGUES)
        for step in range(max(map(len, calls))):
            for call in calls:
                if step < len(call):
                    said.append(frame := stamped(call[step]))
                    await server.say(frame + b"\r\n\r\n")
            await asyncio.sleep(0.02)
