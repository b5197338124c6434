"""Everything we ask of Valkey, asked of a real cluster; what goes together has its keys on one node."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from uuid import UUID

import pytest
from redis import Redis as Waiting
from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode
from redis.exceptions import ClusterDownError, RedisError
from redis.exceptions import ConnectionError as NotConnected

from calltracking.leases.proposals import RowProposals, ValkeyProposals
from calltracking.sites.catalogue import Pool
from router.dialogue_states import DialogueStates
from router.presence_feed import DeviceFeed
from softphone_card.push.sight import Sight
from tests.fakes.waiting import eventually
from tests.serving import free_port
from tests.valkey.servers import Started, cluster, running
from trunkline.channel import follow
from trunkline.outbox.breaker import Breaker
from trunkline.outbox.event import Account
from trunkline.outbox.shared import SharedState
from trunkline.outbox.wake import publish
from trunkline.pbx.devices import DeviceState
from trunkline.pbx.reservations import Reservations
from trunkline.pbx.telling import Teller
from trunkline.people.throttle import BY_CODE, Throttle
from trunkline.presence.telephones import telephones
from trunkline.valkey.address import address_of
from trunkline.valkey.client import open_valkey
from trunkline.valkey.cluster import Cluster
from trunkline.valkey.look import look

NAMES = ("office", "lab", "moscow", "branch-7", "мск", "x")
"""Enough to lie on every node."""
ROOT = Path(__file__).parents[2]
PACKAGES = ("trunkline", "router", "calltracking", "recordings", "softphone_card", "crm_sync")
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    with ExitStack() as stack:
        yield cluster(stack, tmp_path_factory.mktemp("cluster"))


def _url(started: Started) -> str:
    return f"redis+cluster://127.0.0.1:{free_port()},127.0.0.1:{started.ports[1]}"


@pytest.fixture
async def redis(started: Started) -> AsyncIterator[Redis]:
    client = open_valkey(_url(started), socket_timeout=1.0)
    try:
        await client.ping()  # some have little patience, and a machine that tests is slow
        yield client
    finally:
        await client.aclose()


class Rows(RowProposals):
    """The rows of a pool nobody ever held a number of; nobody asks them what to propose while Valkey is there."""

    def __init__(self) -> None:
        """No database is needed for that."""

    async def propose(self, *_: Any) -> Sequence[str]:
        raise AssertionError("Valkey was away")

    async def releases(self, pool: Pool, _at: datetime) -> Mapping[str, float]:
        return {number: place / 10 for place, number in enumerate(pool.numbers)}


async def test_lease_proposals(redis: Redis) -> None:
    proposals = ValkeyProposals(redis, Rows())
    pools = [Pool(UUID(int=place), "Москва", ("+74950000002", "+74950000001", "+74950000003")) for place in range(6)]
    found = await asyncio.gather(*(proposals.propose(pool, NOON, 2, 60) for pool in pools))
    assert found == [["+74950000002", "+74950000001"]] * 6
    await proposals.release((pool.id, "+74950000001", NOON.timestamp() - 1) for pool in pools)
    assert [await proposals.propose(pool, NOON, 9, 60) for pool in pools] == [["+74950000003", "+74950000001"]] * 6
    assert await proposals.propose(Pool(UUID(int=7), "пусто", ()), NOON, 2, 60) == []


async def test_reservations(redis: Redis) -> None:
    reservations = Reservations(redis)
    calls = [(pbx, call) for pbx in NAMES for call in ("first", "second")]
    found = await asyncio.gather(*(reservations.reserve(pbx, call, ["101"], ["102"], 20) for pbx, call in calls))
    assert found == [frozenset(), frozenset({"101"})] * len(NAMES)
    await asyncio.gather(*(reservations.release(pbx, "first") for pbx in NAMES))
    assert await reservations.reserve("lab", "second", ["101"], [], 20) == frozenset()


async def test_dialogues(redis: Redis) -> None:
    one, two = DialogueStates(redis), DialogueStates(redis)
    one.put("zadarma", "in_1", "v1.1.x")
    one.put("uis", "1", "v1.1.y")
    await one.close()
    await two.catch_up()
    following = asyncio.create_task(two.follow())
    try:
        one.put("zadarma", "in_2", "v1.2.z")
        await one.close()
        await eventually(lambda: two.standing("zadarma", "in_2").state == "v1.2.z")
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    asked = (("zadarma", "in_1"), ("uis", "1"), ("uis", "2"))
    assert [two.standing(pbx, call).state for pbx, call in asked] == ["v1.1.x", "v1.1.y", ""]


async def test_device_states(redis: Redis) -> None:
    now, feed = time.time(), DeviceFeed()
    tellers = [Teller(redis, pbx) for pbx in NAMES]
    many = {str(extension): "not_inuse" for extension in range(600)}
    for teller in tellers:
        await teller.tell({"gone": "busy"}, now, whole=True)
        await teller.tell(many, now, whole=True)
    following = asyncio.create_task(feed.follow(redis))
    try:
        await eventually(lambda: all(feed.state(pbx, "599") is DeviceState.NOT_INUSE for pbx in NAMES))
        for teller in tellers:
            await teller.tell({"101": "ringing"}, now, whole=False)
        await eventually(lambda: all(feed.state(pbx, "101") is DeviceState.RINGING for pbx in NAMES), 1.0)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    states, silent = await telephones(redis, NAMES, now)
    assert (states["101"], len(states), silent) == (DeviceState.RINGING, 600, ())


async def test_limiter_tokens_and_breakers(redis: Redis) -> None:
    first, second = (SharedState(redis, lambda: 1_700_000_000.0) for _ in range(2))
    for name in NAMES:
        account = Account(name, rate=2.0, burst=5.0)
        assert [await first.take(account, 4), await second.take(account, 4)] == [(4, 0.0), (1, 0.5)]
        await first.pause(name, 10.0)
        assert await second.take(account, 1) == (0, 10.0)
        await first.step(name, lambda _: (Breaker(open_until=7.0), None))
        assert await second.step(name, lambda breaker: (breaker, breaker.open_until)) == 7.0


async def test_tries_of_passwords(redis: Redis) -> None:
    first, second = Throttle(redis), Throttle(redis)
    for name in NAMES:
        assert [await first.take(BY_CODE, name) for _ in range(BY_CODE.capacity)] == [0.0] * BY_CODE.capacity
        assert await second.take(BY_CODE, name) > 0
        await first.forgive(BY_CODE, name)
        assert await second.take(BY_CODE, name) == 0


async def test_who_sees_a_card(redis: Redis) -> None:
    people = [UUID(int=person) for person in range(6)]
    here, elsewhere = Mock(looking=lambda: frozenset(people)), Mock(looking=frozenset)
    telling = asyncio.create_task(Sight(here, redis).keep_told())
    asking = Sight(elsewhere, redis)

    async def all_seen() -> bool:
        return await asking.seen_by(people) == frozenset(people)

    try:
        await eventually(all_seen)
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


async def test_what_is_said_is_heard_also_after_a_node_was_lost(started: Started, redis: Redis) -> None:
    channel = started.channel_of_the_replicated
    heard: dict[str, list[bytes]] = {name: [] for name in (*NAMES, channel)}
    takers = {name: words.append for name, words in heard.items()}
    # The first channel named is the one whose node all are subscribed at.
    following = asyncio.create_task(follow(redis, {channel: takers[channel], **takers}, away_seconds=0.05))

    async def all_hear(word: bytes) -> bool:
        with suppress(RedisError):
            await redis.exists(channel)  # whoever sends commands too finds out
        await publish(redis, [(name, word) for name in heard])
        return all(word in words for words in heard.values())

    try:
        await eventually(lambda: all_hear(b"before"))
        started.replicated.suspend()  # as if its machine were gone: nobody is told that a connection ended
        await eventually(lambda: all_hear(b"after"), 30)
        await redis.set(channel, "a key of the node that was lost")
        assert (await redis.ping(), (await look(_url(started))).well) == (True, True)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def test_whoever_has_no_patience_leaves_the_others_the_table_of_slots(started: Started) -> None:
    client = open_valkey(_url(started))

    async def ask(seconds: float | None) -> bool:
        async with asyncio.timeout(seconds):
            return bool(await client.exists("a"))

    found = await asyncio.gather(*(ask(0 if place % 2 == 0 else None) for place in range(6)), return_exceptions=True)
    assert [isinstance(answer, TimeoutError) for answer in found] == [True, False] * 3
    await client.aclose()


async def test_the_nodes_of_the_settings_are_asked_again_when_those_found_are_lost() -> None:
    address = address_of("redis+cluster://a:1,b:2")
    assert address is not None
    client = Cluster(address)
    client.nodes_manager.startup_nodes = {"c:3": ClusterNode("c", 3)}
    with pytest.raises(NotConnected, match="is down"), client.as_lost():
        raise ClusterDownError("CLUSTERDOWN The cluster is down")
    assert set(client.nodes_manager.startup_nodes) == {"a:1", "b:2", "c:3"}


def test_nobody_opens_a_transaction() -> None:
    """A cluster's would run in threads (trunkline/valkey/cluster.py): what is one step is a script."""
    files = [file for part in PACKAGES for file in (ROOT / part).rglob("*.py")]
    opened = [str(file) for file in files if re.search(r"\.pipeline\((\)|transaction=True)", file.read_text("utf-8"))]
    assert (len(files) > 500, opened) == (True, [])


async def test_doctor_knows_a_node_from_a_server(started: Started, tmp_path: Path) -> None:
    found = await look(f"redis://127.0.0.1:{started.ports[-1]}")
    assert (found.well, found.message) == (False, "is one node of a cluster")
    port = free_port()
    with running("--port", str(port), "--dir", tmp_path, "--save", ""), Waiting(port=port) as plain:

        def answers() -> bool:
            try:
                return bool(plain.ping())
            except OSError:
                return False

        await eventually(answers)
        with pytest.raises(NotConnected, match="Cluster mode is not enabled"):
            await look(f"redis+cluster://127.0.0.1:{port}")
