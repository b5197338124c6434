"""The keeper of queue members against a PBX that loses links, refuses rights, and is changed by others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from redis.asyncio import Redis

from tests.fakes.ami_server import COMMANDS, MEMBER_COMMANDS, AmiServer, member
from tests.fakes.waiting import eventually
from trunkline.alarms.alarm import AlarmBell, open_alarms
from trunkline.background import end
from trunkline.db.types import Pool
from trunkline.pbx.asterisk.keeper import Keeper, KeeperTiming, Keeping
from trunkline.pbx.asterisk.terms import Address

QUICK = KeeperTiming(tick=0.02, look_every=0.1, pace=0.0, again=0.05, refused=0.1)
ANNA = ("sales", "PJSIP/101")


@pytest.fixture
async def server() -> AsyncIterator[AmiServer]:
    async with AmiServer({"trunkline-members": "s3cret"}) as server:
        server.queue_names = ["sales", "own"]
        server.commands = (*COMMANDS, *MEMBER_COMMANDS)
        yield server


@pytest.fixture(autouse=True)
async def company(pool: asyncpg.Pool, office: None) -> None:
    """Anna answers the queue sales, with penalty 2."""
    await pool.execute("insert into queues (id, name, target) values ('sales', 'Sales', 'sales')")
    await pool.execute("insert into people (id, name, extension) values (gen_random_uuid(), 'Анна', '101')")
    await pool.execute("insert into queue_members select 'sales', id, 2 from people")


@asynccontextmanager
async def keeping(server: AmiServer, pool: Pool, redis: Redis, acting: list[bool] | None = None) -> AsyncIterator[None]:
    """A keeper at work; it acts while the last of `acting` is true."""
    told = acting if acting is not None else [True]
    address = Address("127.0.0.1", server.port, "trunkline-members", "s3cret")
    keeper = Keeper("office", Keeping(address), lambda: told[-1], pool, AlarmBell(pool, redis), QUICK)
    running = asyncio.create_task(keeper.run())
    try:
        yield
        assert not running.done(), running.result()
    finally:
        await end([running])


async def looked(server: AmiServer, rounds: int = 2) -> None:
    """Wait until it has looked at the PBX so often again."""
    before = len(server.asked("QueueStatus"))
    await server.until(lambda: len(server.asked("QueueStatus")) >= before + rounds)


async def alarm_titles(pool: asyncpg.Pool) -> list[str]:
    async with pool.acquire() as connection:
        return [alarm.title % alarm.facts for alarm in await open_alarms(connection)]


async def rest(pool: asyncpg.Pool, seconds: float) -> None:
    await pool.execute(
        "insert into wrap_ups (pbx, extension, call_id, until) "
        "values ('office', '101', gen_random_uuid(), now() + make_interval(secs => $1)) "
        "on conflict (pbx, extension) do update set until = excluded.until",
        seconds,
    )


async def test_members_become_right_and_are_then_left_alone(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis
) -> None:
    async def nothing_made() -> bool:
        return bool(await pool.fetchval("select not exists (select from members_made)"))

    async with keeping(server, pool, redis):
        await server.until(lambda: ANNA in server.members)
        assert server.asked("QueueAdd")[0]["MemberName"] == "Анна"
        await pool.execute("update queue_members set penalty = 5")
        await server.until(lambda: server.members[ANNA]["Penalty"] == "5")
        await looked(server)
        assert [len(server.asked(name)) for name in MEMBER_COMMANDS] == [1, 0, 1, 0]

        await pool.execute("delete from queue_members")
        await server.until(lambda: ANNA not in server.members)
        await eventually(nothing_made)


async def test_a_link_lost_in_the_middle_repeats_nothing(server: AmiServer, pool: asyncpg.Pool, redis: Redis) -> None:
    """Asterisk carried it out and the answer was lost: the next look finds it there, and it is still ours."""
    server.drop_after = "QueueAdd"
    async with keeping(server, pool, redis):
        await server.until(lambda: server.logins >= 2)
        await looked(server)
        assert len(server.asked("QueueAdd")) == 1

        await pool.execute("delete from queue_members")
        await server.until(lambda: ANNA not in server.members)


async def test_who_does_not_act_keeps_nothing(server: AmiServer, pool: asyncpg.Pool, redis: Redis) -> None:
    acting = [False]
    async with keeping(server, pool, redis, acting):
        acting.append(True)
        await server.until(lambda: ANNA in server.members)
        acting.append(False)
        await server.until(lambda: server.logged_in == 0)
    assert server.logins == 1


async def test_a_missing_right_is_told_in_words_until_it_is_given(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis
) -> None:
    server.commands = (*COMMANDS, "QueueAdd")
    wanted = "may not do QueueRemove, QueuePause, QueuePenalty. Give it write = agent."

    async def told() -> bool:
        return any(wanted in title for title in await alarm_titles(pool))

    async def silent() -> bool:
        return await alarm_titles(pool) == []

    async with keeping(server, pool, redis):
        await eventually(told)
        assert server.asked("QueueAdd") == []
        server.commands = (*COMMANDS, *MEMBER_COMMANDS)
        await server.until(lambda: ANNA in server.members)
        await eventually(silent)


async def test_a_refused_login_is_told(server: AmiServer, pool: asyncpg.Pool, redis: Redis) -> None:
    server.users = {"trunkline-members": "another"}

    async def told() -> bool:
        return any("refuses the login of trunkline-members" in title for title in await alarm_titles(pool))

    async with keeping(server, pool, redis):
        await eventually(told)


async def test_pauses_of_ours_begin_and_end_and_those_of_others_stay(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis
) -> None:
    server.members[ANNA] = member(*ANNA)
    server.members["own", "PJSIP/101"] = member("own", "PJSIP/101", reason="lunch")
    await rest(pool, 3600)
    async with keeping(server, pool, redis):
        await server.until(lambda: server.members[ANNA]["PausedReason"] == "trunkline")
        await rest(pool, 0)
        await server.until(lambda: server.members[ANNA]["Paused"] == "0")
    assert server.members["own", "PJSIP/101"]["PausedReason"] == "lunch"


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        pytest.param(
            "insert into presence_states (person_id, state) select id, 'break' from people",
            "update presence_states set state = 'online'",
            id="a break, until somebody says so",
        ),
        pytest.param(
            "insert into presence_states (person_id, state, return_at) "
            "select id, 'offline', now() + interval '1 h' from people",
            "update presence_states set return_at = now()",
            id="offline, until the return that was told",
        ),
        pytest.param(
            "insert into absences (id, person_id, starts_at, ends_at) "
            "select gen_random_uuid(), id, now(), now() + interval '9 d' from people",
            "delete from absences",
            id="a vacation",
        ),
    ],
)
async def test_who_is_away_is_paused(server: AmiServer, pool: asyncpg.Pool, redis: Redis, begin: str, end: str) -> None:
    async with keeping(server, pool, redis):
        await pool.execute(begin)
        await server.until(lambda: ANNA in server.members and server.members[ANNA]["PausedReason"] == "trunkline")
        await pool.execute(end)
        await server.until(lambda: server.members[ANNA]["Paused"] == "0")


async def test_who_takes_over_lifts_what_is_overdue(server: AmiServer, pool: asyncpg.Pool, redis: Redis) -> None:
    server.members[ANNA] = member(*ANNA, reason="trunkline")
    await rest(pool, -1)

    async with keeping(server, pool, redis):
        await server.until(lambda: server.members[ANNA]["Paused"] == "0")


async def test_a_pause_ends_while_postgresql_is_away(
    server: AmiServer, pool: asyncpg.Pool, database_url: str, redis: Redis
) -> None:
    server.members[ANNA] = member(*ANNA)
    await rest(pool, 0.5)
    own = await asyncpg.create_pool(database_url, min_size=1, max_size=2)
    async with keeping(server, own, redis):
        await server.until(lambda: server.members[ANNA]["PausedReason"] == "trunkline")
        own.terminate()
        await server.until(lambda: server.members[ANNA]["Paused"] == "0")
