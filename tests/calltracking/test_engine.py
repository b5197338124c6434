"""What holds whatever happens: nobody's number twice, the ladder, the ledger, servers lost midway."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from calltracking.leases.granting import Granter
from calltracking.leases.lease import Ask, Kind, Shown, without_lease
from calltracking.leases.ledger import who_held
from calltracking.leases.proposals import Proposals, RowProposals, ValkeyProposals
from calltracking.leases.serving import sweep
from calltracking.sites.catalogue import Placement, Pool, Site, Static
from tests.calltracking.conftest import DOUBLES, number_of
from trunkline.db.partitions import ensure_partitions
from trunkline.db.types import Pool as Connections
from trunkline.ids import uuid7

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC).timestamp()
POOL = Pool(UUID(int=2), "Москва", tuple(number_of(place) for place in range(3)), most_sharing=2)
SITE = Site(UUID(int=1), "demosite0001", frozenset(), city="Москва", hold_seconds=300, beat_seconds=24)
DEAD = "redis://127.0.0.1:1/0"


class Clock:
    """Time as a test tells it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


class Blind:
    """Proposes the same numbers to everybody, held or not: what is granted is for the rows to say."""

    async def propose(self, pool: Pool, _at: datetime, most: int, _seconds: int) -> Sequence[str]:
        """See Proposals."""
        return pool.numbers[:most]


class Node:
    """One process's granter on a clock of the test."""

    def __init__(self, connections: Connections, proposals: Proposals, clock: Clock) -> None:
        self.clock = clock
        self.connections = connections
        self.granter = Granter(connections, proposals, clock)

    async def shown(self, visitor: int, *, returns: bool = True, pool: Pool = POOL) -> Shown | None:
        """What this visitor gets."""
        return (await self.all_shown([visitor], returns=returns, pool=pool))[0]

    async def all_shown(
        self, visitors: Sequence[int], *, returns: bool = True, pool: Pool = POOL
    ) -> list[Shown | None]:
        """What each of them gets, who ask at once."""
        visits = [uuid7(self.clock.now, visitor.to_bytes(10, "big")) for visitor in visitors]
        asks = [
            Ask(pool, SITE, "main", visit, UUID(int=visitor), returns)
            for visitor, visit in zip(visitors, visits, strict=True)
        ]
        found = await self.granter.grant(asks)
        return [found.get(ask.key) for ask in asks]

    async def doubles(self) -> int:
        """Exclusive leases of one number at one time, over the whole ledger."""
        return int(await self.connections.fetchval(DOUBLES))


@pytest.fixture
async def ready(pool: Connections) -> Connections:
    async with pool.acquire() as connection:
        await ensure_partitions(connection, datetime.fromtimestamp(NOON, UTC).date())
    return pool


@pytest.fixture
def node(ready: Connections, redis: Redis) -> Node:
    return Node(ready, ValkeyProposals(redis, RowProposals(ready)), Clock())


async def test_the_number_unused_longest_is_given_first(node: Node) -> None:
    first = await node.shown(1)
    node.clock.now += 1000
    others = [await node.shown(2), await node.shown(3), await node.shown(4)]

    assert first == Shown(number_of(0), Kind.EXCLUSIVE)
    assert others == [Shown(number_of(place), Kind.EXCLUSIVE) for place in (1, 2, 0)]


async def test_who_is_gone_loses_his_number_only_when_nothing_cooler_is_left(node: Node) -> None:
    await node.all_shown([1, 2])
    node.clock.now += SITE.window_seconds + 1

    cool, stolen = await node.shown(3), await node.shown(4)

    assert cool == Shown(number_of(2), Kind.EXCLUSIVE)
    assert stolen == Shown(number_of(0), Kind.COOLING)


async def test_exhausted_numbers_are_shared_evenly_and_not_without_end(node: Node) -> None:
    await node.all_shown([1, 2, 3])

    shared = await node.all_shown([4, 5, 6, 7])

    assert sorted(one.number for one in shared if one) == [number_of(place) for place in range(3)]
    assert [one.kind if one else None for one in shared] == [Kind.SHARED] * 3 + [None]
    assert await node.shown(8, pool=replace(POOL, most_sharing=1)) is None


async def test_a_returning_visitor_gets_the_number_he_had(node: Node) -> None:
    await node.all_shown([1, 2])
    had = await node.shown(2)
    node.clock.now += 1000
    async with node.connections.acquire() as connection:
        assert await sweep(connection, datetime.fromtimestamp(node.clock.now, UTC)) == 2

    assert await node.shown(2) == had == Shown(number_of(1), Kind.EXCLUSIVE)


async def test_a_visitor_back_within_his_hold_takes_nobody_else_s_number(node: Node) -> None:
    await node.all_shown([1, 2, 3])
    node.clock.now += SITE.window_seconds + 10

    assert await node.shown(2) == Shown(number_of(1), Kind.EXCLUSIVE)
    assert await node.connections.fetchval("select count(*) from lease_history") == 1


async def test_tabs_that_ask_at_once_share_one_lease(node: Node) -> None:
    await node.all_shown([1, 1, 1])

    assert await node.connections.fetchval("select count(*) from lease_current") == 1


@pytest.mark.parametrize("lost", ["emptied", "away"])
async def test_losing_valkey_midway_loses_no_lease_and_doubles_none(node: Node, redis: Redis, lost: str) -> None:
    await node.all_shown([1, 2])
    if lost == "emptied":
        await redis.flushall()
    else:
        away = ValkeyProposals(Redis.from_url(DEAD), RowProposals(node.connections))
        node = Node(node.connections, away, node.clock)

    assert await node.shown(3) == Shown(number_of(2), Kind.EXCLUSIVE)
    assert await node.shown(1) == Shown(number_of(0), Kind.EXCLUSIVE)
    assert (await node.shown(4) or Shown("", Kind.OWN)).kind is Kind.SHARED
    assert await node.doubles() == 0


async def test_a_changed_pool_is_proposed_anew(node: Node) -> None:
    await node.all_shown([1, 2, 3])
    grown = replace(POOL, numbers=(*POOL.numbers, number_of(9)))

    assert await node.shown(4, pool=grown) == Shown(number_of(9), Kind.EXCLUSIVE)


async def test_nodes_that_ask_for_the_same_numbers_at_once_double_none(ready: Connections) -> None:
    clock = Clock()
    nodes = [Node(ready, Blind(), clock) for _ in range(3)]
    await asyncio.gather(*(ready.fetchval("select pg_sleep(0.01)") for _ in range(6)))  # connected all

    found = await asyncio.gather(*(node.all_shown([10 * at + n for n in range(4)]) for at, node in enumerate(nodes)))

    own = [one.number for shown in found for one in shown if one and one.kind is not Kind.SHARED]
    assert sorted(own) == sorted(POOL.members)
    assert await nodes[0].doubles() == 0


async def test_a_clock_that_is_behind_begins_no_lease_in_the_midst_of_the_one_before(ready: Connections) -> None:
    """One node ends a visitor's lease by its clock; the other, whose clock is behind, gives the number away."""
    ahead, behind = (Node(ready, Blind(), Clock()) for _ in range(2))
    assert await behind.shown(1) == Shown(number_of(0), Kind.EXCLUSIVE)
    ahead.clock.now += 100
    elsewhere = replace(POOL, numbers=POOL.numbers[1:])
    assert await ahead.shown(1, pool=elsewhere) == Shown(number_of(1), Kind.EXCLUSIVE)

    behind.clock.now += 90
    assert await behind.shown(2) == Shown(number_of(0), Kind.EXCLUSIVE)

    granted = await ready.fetchval("select granted_at from lease_current where number = $1", number_of(0))
    assert granted.timestamp() == ahead.clock.now
    assert await behind.doubles() == 0


async def test_a_number_that_is_just_being_closed_is_given_to_nobody(ready: Connections) -> None:
    """Until another's commit nobody knows when the lease before ended; whoever asks meanwhile does not wait for it."""
    node, alone = Node(ready, Blind(), Clock()), replace(POOL, numbers=POOL.numbers[:1], most_sharing=1)
    assert await node.shown(1, pool=alone) == Shown(number_of(0), Kind.EXCLUSIVE)
    node.clock.now += 100
    async with ready.acquire() as connection, connection.transaction():
        await connection.execute("delete from lease_current")
        async with asyncio.timeout(5):
            assert await node.shown(2, pool=alone) is None
    assert await node.shown(2, pool=alone) == Shown(number_of(0), Kind.EXCLUSIVE)


async def test_the_ledger_tells_of_any_past_moment_who_held_a_number(node: Node) -> None:
    number = number_of(0)
    alone = replace(POOL, numbers=(number,))
    await node.shown(1, pool=alone)
    node.clock.now += 30
    await node.shown(2, pool=alone)
    node.clock.now += SITE.window_seconds
    await node.shown(3, pool=alone)
    node.clock.now += 2000
    async with node.connections.acquire() as connection:
        await sweep(connection, datetime.fromtimestamp(node.clock.now, UTC))
        told = {
            after: [
                (held.visitor.int, held.kind, held.present(moment))
                for held in await who_held(connection, number, moment)
            ]
            for after in (-1, 0, 45, 89, 95, 200, 449, 460)
            for moment in [datetime.fromtimestamp(NOON, UTC) + timedelta(seconds=after)]
        }

    first, second, third = (1, Kind.EXCLUSIVE), (2, Kind.SHARED), (3, Kind.COOLING)
    assert told == {
        -1: [],
        0: [(*first, True)],
        45: [(*second, True), (*first, True)],
        89: [(*second, True), (*first, False)],
        95: [(*third, True)],
        200: [(*third, False)],
        449: [(*third, False)],
        460: [],
    }


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("ask"), st.integers(0, 2), st.lists(st.integers(1, 8), min_size=1, max_size=4)),
            st.tuples(st.just("pass"), st.sampled_from((1, 20, 61, 200, 400)), st.just([])),
            st.tuples(st.just("lose"), st.just(0), st.just([])),
            st.tuples(st.just("sweep"), st.just(0), st.just([])),
        ),
        max_size=14,
    )
)
async def test_no_history_of_asks_clocks_and_losses_leases_a_number_twice(
    ready: Connections, redis: Redis, steps: list[tuple[str, int, list[int]]]
) -> None:
    await ready.execute("truncate lease_current, lease_history")
    await redis.flushall()
    clock, rows = Clock(), RowProposals(ready)
    nodes = [Node(ready, ValkeyProposals(redis, rows), clock) for _ in range(2)] + [Node(ready, Blind(), clock)]
    for step, value, visitors in steps:
        match step:
            case "ask":
                shown = await nodes[value].all_shown(visitors)
                assert all(one is None or one.number in POOL.members for one in shown)
            case "pass":
                clock.now += value
            case "lose":
                await redis.flushall()
            case _:
                async with ready.acquire() as connection:
                    await sweep(connection, datetime.fromtimestamp(clock.now, UTC))
        assert await nodes[0].doubles() == 0


def static(number: str, **told: str) -> Static:
    """A number of the placement `main`."""
    return Static(number, "main", **told)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([], Shown("+74951000000", Kind.OWN)),
        ([static("+7495111", source="yandex")], Shown("+74951000000", Kind.OWN)),
        ([static("+7495111"), static("+7495222", city="Казань")], Shown("+7495111", Kind.STATIC)),
        ([static("+7495111"), static("+7495222", city="Москва")], Shown("+7495222", Kind.REGIONAL)),
        ([Static("+7495111", "footer")], Shown("+74951000000", Kind.OWN)),
        ([static("+7495111", city="Москва", source="yandex")], Shown("+74951000000", Kind.OWN)),
    ],
)
def test_without_a_lease_the_ladder_goes_on_to_the_numbers_of_city_site_and_page(
    told: list[Static], expected: Shown
) -> None:
    site = replace(SITE, placements={"main": Placement("main", "+74951000000")}, statics=told)

    assert without_lease(site, "main", told) == expected
