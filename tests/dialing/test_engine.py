"""The callback engine on a real PostgreSQL and Valkey: order, free agents, and who gets through."""

import asyncio
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from redis.asyncio import Redis

from trunkline.crypto import SecretBox
from trunkline.db.partitions import ensure_partitions
from trunkline.db.types import Pool
from trunkline.dialing import callbacks_store, store
from trunkline.dialing.callbacks_store import Taken, Wanted
from trunkline.dialing.engine import one_round
from trunkline.dialing.store import Wish
from trunkline.ids import call_uuid, uuid7
from trunkline.pbx.devices import PROVED_AT, device_key
from trunkline.people.identity import Reach

MOSCOW = ZoneInfo("Europe/Moscow")
CLIENT = "+79161234567"
LINE = "+74951234567"


def noon() -> datetime:
    """Twelve in Moscow, today: calls of this month have their partition."""
    return datetime.now(MOSCOW).replace(hour=12, minute=0, second=0, microsecond=0).astimezone(UTC)


@pytest.fixture(autouse=True)
async def _company(pool: Pool, redis: Redis) -> None:
    """Two agents of the queue sales, online and idle; Anna is asked first."""
    await pool.execute(
        "insert into pbxs (id, name, kind, settings) values ('office', 'Office', 'asterisk', $1)",
        {"members_username": "trunkline-members", "members_dials": True},
    )
    await pool.execute("insert into queues (id, name, target) values ('sales', 'Sales', 'sales')")
    for name, extension, penalty in (("Anna", "101", 0), ("Boris", "102", 1)):
        person = uuid4()
        await pool.execute("insert into people (id, name, extension) values ($1, $2, $3)", person, name, extension)
        await pool.execute("insert into queue_members values ('sales', $1, $2)", person, penalty)
    await pool.execute("update dial_rules set number_calls = 1000, number_minutes = 9999")
    async with pool.acquire() as connection:
        await ensure_partitions(connection, datetime.now(UTC).date())
    await idle(redis, "101", "102")


async def idle(redis: Redis, *extensions: str) -> None:
    await redis.delete(device_key("office"))
    fields: dict[Any, Any] = dict.fromkeys(extensions, "not_inuse")
    await redis.hset(device_key("office"), mapping=fields | {PROVED_AT: str(noon().timestamp() + 3600 * 24)})


async def take(pool: Pool, to: str = CLIENT, at: datetime | None = None, **change: Any) -> Taken:
    at = at or noon()
    wish = Wish(to, "office", "", ip=change.pop("ip", None), line=LINE, key=change.pop("key", None))
    wanted = Wanted(wish, "sales", "Europe/Moscow", "test", at)._replace(**change)
    async with pool.acquire() as connection, connection.transaction():
        return await callbacks_store.take(connection, wanted, Reach(UUID(int=0), None, None), at, SecretBox(bytes(32)))


async def turn(pool: Pool, redis: Redis, at: datetime) -> list[tuple[str, str]]:
    """One round; the dials that are open after it: number, agent."""
    await one_round(pool, redis, MOSCOW, at, SecretBox(bytes(32)))
    rows = await pool.fetch("select number, agent from dials where state <> 'ended' order by number")
    return [tuple(row) for row in rows]


async def end_dials(pool: Pool, outcome: str, talk: int = 0) -> None:
    await pool.execute(
        "update dials set state = 'ended', outcome = $1, talk_seconds = $2, sent_at = at, ended_at = at "
        "where state <> 'ended'",
        outcome,
        talk,
    )


async def standing(pool: Pool, callback: UUID | None) -> tuple[str, str, int]:
    row = await pool.fetchrow("select state, why, attempts from callbacks where id = $1", callback)
    assert row is not None
    return row["state"], row["why"], row["attempts"]


async def test_in_order_and_never_more_than_free_agents(pool: Pool, redis: Redis) -> None:
    for place in range(4):
        await take(pool, f"+7916000000{place}", noon() + timedelta(seconds=place))
    at = noon() + timedelta(minutes=1)

    assert await turn(pool, redis, at) == [("+79160000000", "101"), ("+79160000001", "102")]
    assert len(await turn(pool, redis, at)) == 2, "both agents have a dial of ours"
    await end_dials(pool, "answered", 60)
    assert await turn(pool, redis, at) == [("+79160000002", "101"), ("+79160000003", "102")]


async def test_two_engines_dial_each_once(pool: Pool, redis: Redis) -> None:
    for place in range(6):
        await take(pool, f"+7916000000{place}")
    await asyncio.gather(*(one_round(pool, redis, MOSCOW, noon(), SecretBox(bytes(32))) for _ in range(6)))

    assert await pool.fetchval("select count(*) from dials") == 2
    assert await pool.fetchval("select count(distinct agent) from dials") == 2


@pytest.mark.parametrize("state", ["inuse", "unknown", "unavailable", "ringing"])
async def test_only_an_idle_telephone_is_rung(pool: Pool, redis: Redis, state: str) -> None:
    await take(pool)
    await redis.hset(device_key("office"), mapping={"101": state})
    assert await turn(pool, redis, noon()) == [(CLIENT, "102")]


async def test_who_is_on_a_break_or_in_wrap_up_is_not_rung(pool: Pool, redis: Redis) -> None:
    await take(pool)
    await pool.execute(
        "insert into presence_states (person_id, state) select id, 'break' from people where name = 'Anna'"
    )
    await pool.execute("insert into wrap_ups values ('office', '102', gen_random_uuid(), now() + interval '1 hour')")
    assert await turn(pool, redis, noon()) == []


async def test_the_owner_first(pool: Pool, redis: Redis) -> None:
    boris = await pool.fetchval("select id from people where name = 'Boris'")
    await take(pool, owner=boris)
    assert await turn(pool, redis, noon()) == [(CLIENT, "102")]


async def test_one_in_flight_a_number_whatever_the_way(pool: Pool, redis: Redis) -> None:
    told = await asyncio.gather(*(take(pool, "8 (916) 123-45-67", source=f"way{place}") for place in range(20)))

    assert len({one.id for one in told}) == 1
    assert sum(one.fresh for one in told) == 1
    assert await turn(pool, redis, noon()) == [(CLIENT, "101")]
    assert (await take(pool)).id == told[0].id, "also while it is dialled"


async def test_the_client_does_not_answer_and_keeps_his_place(pool: Pool, redis: Redis) -> None:
    first = (await take(pool)).id
    await take(pool, "+79160000009", noon() + timedelta(seconds=1))
    await idle(redis, "101")
    at = noon() + timedelta(minutes=1)
    for attempt in (1, 2, 3):
        assert await turn(pool, redis, at) == [(CLIENT, "101")], "before the other, who came later"
        await end_dials(pool, "no_answer")
        await idle(redis)
        await one_round(pool, redis, MOSCOW, at, SecretBox(bytes(32)))
        assert await standing(pool, first) == ("waiting" if attempt < 3 else "given_up", "no_answer", attempt)
        await idle(redis, "101")
        at += timedelta(minutes=15)
    assert await turn(pool, redis, at) == [("+79160000009", "101")]


async def test_a_voicemail_is_no_success(pool: Pool, redis: Redis) -> None:
    callback = (await take(pool)).id
    await turn(pool, redis, noon())
    await end_dials(pool, "answered", 9)
    await one_round(pool, redis, MOSCOW, noon(), SecretBox(bytes(32)))
    assert await standing(pool, callback) == ("waiting", "short", 1)


async def test_an_agent_who_does_not_answer_is_no_attempt(pool: Pool, redis: Redis) -> None:
    callback = (await take(pool)).id
    await turn(pool, redis, noon())
    await end_dials(pool, "agent_no_answer")
    await one_round(pool, redis, MOSCOW, noon(), SecretBox(bytes(32)))
    assert await standing(pool, callback) == ("waiting", "agent", 0)
    assert await turn(pool, redis, noon() + timedelta(seconds=31)) == [(CLIENT, "101")]


async def call(pool: Pool, at: datetime, outcome: str = "answered", identifier: UUID | None = None) -> None:
    """A call with the client, as the story writes it."""
    await pool.execute(
        "insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, started_at, outcome, "
        "answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial, has_gap) values "
        "($1, 'office', $6, 'in', $2, '', $2, $5, $3, $4, '', '{}', '{}', '{}', '{}', '{}', 0, 0, false, false)",
        identifier or uuid7(at.timestamp()),
        CLIENT,
        at,
        outcome,
        LINE,
        str(uuid4()),
    )


async def test_who_gets_through_by_himself_is_called_no_more(pool: Pool, redis: Redis) -> None:
    await call(pool, noon() - timedelta(minutes=5))
    callback = (await take(pool, at=noon() + timedelta(milliseconds=300))).id
    await idle(redis)
    await call(pool, noon() + timedelta(seconds=10), "missed")
    await one_round(pool, redis, MOSCOW, noon() + timedelta(minutes=1), SecretBox(bytes(32)))
    assert (await standing(pool, callback))[0] == "waiting"

    began = noon() + timedelta(milliseconds=400)
    await call(pool, began, identifier=call_uuid("office", f"{int(began.timestamp())}.7", 0.0))

    await idle(redis, "101")
    assert await turn(pool, redis, noon() + timedelta(minutes=1)) == []
    assert await standing(pool, callback) == ("cancelled", "got_through", 0)


async def test_our_own_short_call_is_no_getting_through(pool: Pool, redis: Redis) -> None:
    callback = (await take(pool)).id
    await turn(pool, redis, noon())
    own = await pool.fetchval("select call_id from dials")
    await call(pool, noon() + timedelta(seconds=1), identifier=own)
    await end_dials(pool, "answered", 3)
    await one_round(pool, redis, MOSCOW, noon() + timedelta(minutes=1), SecretBox(bytes(32)))
    assert await standing(pool, callback) == ("waiting", "short", 1)


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("insert into do_not_call (number, reason, person) values ($1, 'asked', 'x')", "do_not_call"),
        ("insert into spam_numbers (number, votes) values ($1, 9)", "spam"),
    ],
)
async def test_who_may_not_be_called_is_not(pool: Pool, redis: Redis, statement: str, rule: str) -> None:
    callback = (await take(pool)).id
    await pool.execute(statement, CLIENT)
    assert await turn(pool, redis, noon()) == []
    assert await standing(pool, callback) == ("cancelled", rule, 0)
    refused = (await take(pool)).verdict
    assert refused is not None
    assert refused.rule == rule


async def test_the_switch_keeps_everybody_waiting(pool: Pool, redis: Redis) -> None:
    callback = (await take(pool)).id
    await pool.execute("update dial_rules set active = false")
    assert await turn(pool, redis, noon()) == []
    assert (await standing(pool, callback))[0] == "waiting"


@pytest.mark.parametrize(("cap", "column"), [("ip_calls", "ip"), ("day_calls", "day")])
async def test_200_forged_requests_are_stopped(pool: Pool, cap: str, column: str) -> None:
    await pool.execute(f"update dial_rules set {cap} = 7")

    told = await asyncio.gather(*(take(pool, f"+7916{place:07}", ip=ip_address("203.0.113.5")) for place in range(200)))

    assert sum(one.fresh for one in told) == 7
    assert {one.verdict.rule for one in told if one.verdict} == {"passed", f"{column}_calls"}
    assert await pool.fetchval("select count(*) from callbacks") == 7


async def test_a_number_that_is_being_called_is_not_called_a_second_time(pool: Pool, redis: Redis) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await store.accept(connection, Wish(CLIENT, "office", "103"), noon(), SecretBox(bytes(32)))
    await take(pool)

    assert await turn(pool, redis, noon()) == [(CLIENT, "103")]
    await end_dials(pool, "no_answer")
    assert await turn(pool, redis, noon()) == [(CLIENT, "101")]


async def hosted(pool: Pool, redis: Redis) -> None:
    """The company's PBX is one in the cloud, which tells of no telephone."""
    await redis.delete(device_key("office"))
    await pool.execute("update pbxs set kind = 'zadarma', settings = '{\"dials\": true}'")


async def says(pool: Pool, extension: str, state: str = "online") -> None:
    await pool.execute(
        "insert into presence_states (person_id, state, since) "
        "select id, $2::text::presence_state, now() from people where extension = $1",
        extension,
        state,
    )


async def test_on_a_hosted_pbx_his_own_word_and_our_legs_say_who_is_free(pool: Pool, redis: Redis) -> None:
    await hosted(pool, redis)
    await take(pool)
    assert await turn(pool, redis, noon()) == [], "nobody said that he is there"

    await says(pool, "101")
    await says(pool, "102")
    await pool.execute(
        "insert into agent_calls (pbx, extension, call_id, state, leg, since, other, other_name, line, queue) "
        "values ('office', '101', $1, 'ringing', '1', $2, '', '', '', '')",
        uuid4(),
        noon(),
    )
    assert await turn(pool, redis, noon()) == [(CLIENT, "102")]
    await end_dials(pool, "agent_no_answer")
    assert await turn(pool, redis, noon()) == []
    await pool.execute(
        "update presence_states set state = 'break' where person_id in (select id from people where extension = '102')"
    )
    assert await turn(pool, redis, noon() + timedelta(minutes=1)) == [], "one is in a call, one has a break"
    await pool.execute("delete from agent_calls")
    assert await turn(pool, redis, noon() + timedelta(minutes=1)) == [(CLIENT, "101")]


async def test_a_hosted_pbx_rings_nobody_who_works_on_a_mobile(pool: Pool, redis: Redis) -> None:
    """It would ring the desk he does not sit at."""
    await hosted(pool, redis)
    await says(pool, "101")
    await says(pool, "102")
    await pool.execute("update people set works_on = 'forwarded', mobile = '+79031234567' where extension = '101'")
    await take(pool)

    assert await turn(pool, redis, noon()) == [(CLIENT, "102")]


async def test_a_call_nobody_told_the_end_of_keeps_no_one_for_ever(pool: Pool, redis: Redis) -> None:
    await hosted(pool, redis)
    await says(pool, "101")
    await take(pool)
    await pool.execute(
        "insert into agent_calls (pbx, extension, call_id, state, leg, since, other, other_name, line, queue) "
        "values ('office', '101', $1, 'talking', '1', $2, '', '', '', '')",
        uuid4(),
        noon() - timedelta(hours=25),
    )

    assert await turn(pool, redis, noon()) == [(CLIENT, "101")]


async def test_a_telephone_that_is_known_counts_beside_a_hosted_pbx(pool: Pool, redis: Redis) -> None:
    """An Asterisk beside it, by whose link a telephone is out of reach."""
    await hosted(pool, redis)
    await pool.execute("insert into pbxs (id, name, kind) values ('own', 'Own', 'asterisk')")
    fields: dict[Any, Any] = {"101": "unavailable", PROVED_AT: str(noon().timestamp() + 3600 * 24)}
    await redis.hset(device_key("own"), mapping=fields)
    await says(pool, "101")
    await take(pool)

    assert await turn(pool, redis, noon()) == []
