"""The feed hands out what happens, makes good what was lost, and never goes back in time."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest
from redis.asyncio import Redis

from softphone_card.feed import Feed, Pace
from softphone_card.message import Changed
from tests.fakes.waiting import eventually
from tests.softphone_card.floor import CLIENT, Floor, call_of
from trunkline.background import running
from trunkline.calls.agents import AGENTS_CHANNEL, AgentEvent
from trunkline.db.types import Pool


class Screen:
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def offer(self, message: Changed) -> None:
        self.told += [(str(one.call_id)[-4:], one.state) for one in message.calls]

    @property
    def states(self) -> list[str]:
        return [state for _, state in self.told]


def short(number: int) -> str:
    return str(call_of(number))[-4:]


QUICK = Pace(compare=0.1, blind=0.05, away=0.05)


@pytest.fixture
async def feed(pool: Pool, redis: Redis) -> AsyncIterator[Feed]:
    feed = Feed(pool, redis, QUICK)
    async with running({"feed": feed.follow, "table": feed.keep_level}):
        await eventually(lambda: heard(redis))
        yield feed


async def heard(redis: Redis) -> bool:
    ((_, listeners),) = await redis.pubsub_numsub(AGENTS_CHANNEL)
    return bool(listeners)


async def until(screen: Screen, *states: str) -> None:
    async def told() -> bool:
        return screen.states == list(states)

    try:
        await eventually(told, 5)
    except TimeoutError:
        raise AssertionError(f"{screen.states}, not {states}") from None


async def test_exactly_those_who_ring_are_told_and_closed_when_one_answers(feed: Feed, floor: Floor) -> None:
    first, second, other = Screen(), Screen(), Screen()
    for extension, screen in (("101", first), ("102", second), ("103", other)):
        feed.listen(extension, screen)
    await floor.ring("101", 1)
    await floor.ring("102", 1)
    await floor.answer("102", 1, "101")
    await until(first, "ringing", "gone")
    await until(second, "ringing", "talking")
    assert other.told == []
    assert (await feed.state("101")).calls == []
    ((extension, state),) = {(one.extension, one.state) for one in (await feed.state("102")).calls}
    assert (extension, state) == ("102", "talking")


async def test_two_calls_of_one_agent(feed: Feed, floor: Floor) -> None:
    screen = Screen()
    feed.listen("101", screen)
    await floor.ring("101", 1)
    await floor.ring("101", 2)
    await floor.leave("101", 1)
    await until(screen, "ringing", "ringing", "gone")
    assert screen.told == [(short(1), "ringing"), (short(2), "ringing"), (short(1), "gone")]
    assert [one.call_id for one in (await feed.state("101")).calls] == [call_of(2)]


async def test_a_feed_that_is_new_in_mid_ring_reads_the_table(pool: Pool, redis: Redis, floor: Floor) -> None:
    floor.silent = True
    await floor.ring("101", 1)
    feed = Feed(pool, redis, QUICK)
    async with running({"feed": feed.follow, "table": feed.keep_level}):
        state = await feed.state("101")
    assert [(one.state, one.other) for one in state.calls] == [("ringing", CLIENT)]
    assert state.event_id == state.calls[0].event_id


async def test_an_event_that_a_client_invents_is_believed_by_nobody(feed: Feed, floor: Floor) -> None:
    await floor.ring("101", 1)
    await feed.state("101", last=(1 << 53) - 1)
    state = await feed.state("101")
    assert [one.state for one in state.calls] == ["ringing"]
    assert state.event_id == state.calls[0].event_id


async def test_cards_that_come_at_once_share_a_reading(feed: Feed, floor: Floor) -> None:
    await floor.ring("101", 1)
    begun = (await feed.state("101")) and feed.readings
    await asyncio.gather(*(feed.state("101", last=(1 << 53) - 1) for _ in range(50)))
    assert feed.readings - begun <= 2


async def test_lost_news_is_made_good_by_the_table(feed: Feed, floor: Floor) -> None:
    screen = Screen()
    feed.listen("101", screen)
    floor.silent = True
    await floor.ring("101", 1)
    await until(screen, "ringing")
    await floor.leave("101", 1)
    await until(screen, "ringing", "gone")


async def test_nobody_is_told_twice_what_news_and_table_say(feed: Feed, floor: Floor) -> None:
    screen = Screen()
    feed.listen("101", screen)
    await floor.ring("101", 1)
    await until(screen, "ringing")
    await feed._level()
    assert screen.states == ["ringing"]


async def test_news_that_is_older_than_what_is_known_changes_nothing(feed: Feed, redis: Redis, floor: Floor) -> None:
    screen = Screen()
    feed.listen("101", screen)
    await floor.ring("101", 1)
    await floor.leave("101", 1)
    await until(screen, "ringing", "gone")
    late = AgentEvent(1, "main", "101", call_of(1), "ringing")
    await redis.publish(AGENTS_CHANNEL, msgspec.json.encode([late]))
    await floor.ring("101", 2)
    await until(screen, "ringing", "gone", "ringing")


async def test_who_knows_more_than_this_process_waits_for_the_table(feed: Feed, pool: Pool, floor: Floor) -> None:
    """Another web process told it of an event this one has not heard of."""
    floor.silent = True
    await floor.ring("101", 1)
    newest = await pool.fetchval("select max(event_id) from agent_calls")
    state = await feed.state("101", newest)
    assert [one.state for one in state.calls] == ["ringing"]
    assert state.event_id >= newest


async def test_news_nobody_can_read_makes_the_table_be_read(feed: Feed, redis: Redis, floor: Floor) -> None:
    screen = Screen()
    feed.listen("101", screen)
    floor.silent = True
    await floor.ring("101", 1)
    await redis.publish(AGENTS_CHANNEL, b"\xff{")
    await until(screen, "ringing")


async def test_without_valkey_the_table_alone_tells(pool: Pool, floor: Floor) -> None:
    nowhere: Redis = Redis(port=1)
    feed, screen = Feed(pool, nowhere), Screen()
    feed.listen("101", screen)
    async with running({"feed": feed.follow, "table": feed.keep_level}):
        await feed.state("101")
        await floor.ring("101", 1)
        await until(screen, "ringing")
        await floor.answer("101", 1)
        await until(screen, "ringing", "talking")
    await nowhere.aclose()


async def test_connections_cut_in_mid_ring(feed: Feed, pool: Pool, redis: Redis, floor: Floor) -> None:
    screen = Screen()
    feed.listen("101", screen)
    await floor.ring("101", 1)
    await until(screen, "ringing")
    await redis.client_kill_filter(_type="pubsub")
    await floor.answer("101", 1)
    await until(screen, "ringing", "talking")
    await eventually(lambda: heard(redis), 5)
    await floor.leave("101", 1)
    await until(screen, "ringing", "talking", "gone")


async def test_who_left_is_told_nothing(feed: Feed, floor: Floor) -> None:
    gone, stays = Screen(), Screen()
    feed.listen("101", gone)
    feed.listen("101", stays)
    feed.leave("101", gone)
    await floor.ring("101", 1)
    await until(stays, "ringing")
    assert gone.told == []


async def test_a_row_has_one_of_our_states(pool: Pool) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute(
            "insert into agent_calls (pbx, extension, call_id, state, leg, since, other, other_name, line, queue) "
            "values ('main', '101', $1, 'sleeping', '1', now(), '', '', '', '')",
            call_of(1),
        )
