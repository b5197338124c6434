"""One node acts for a PBX: by the row, by the link, and without PostgreSQL."""

import asyncio
import time
from collections.abc import Callable

import asyncpg
import msgspec
import pytest

from tests.fakes.ami_server import AmiServer
from tests.fakes.waiting import eventually
from tests.pbx.asterisk.conftest import Node
from trunkline.db.pool import prepare_connection
from trunkline.pbx.asterisk.acting import Granted, MarkApplier, Seat, Taken, Unknown, acts
from trunkline.pbx.ports import Gap, Mark
from trunkline.spool import Kind, Position, Record

NodeOf = Callable[..., Node]


def record(payload: bytes) -> Record:
    return Record(Kind.MARK, 0.0, payload, Position(1, 0))


@pytest.mark.parametrize(
    ("claim", "taken_seconds_ago", "expected"),
    [
        (Granted(None), 0.0, True),
        (Taken(), 0.0, False),
        (Unknown("down"), 1.0, False),
        (Unknown("down"), 3.5, True),
        (Unknown("down"), float("inf"), True),
    ],
)
def test_who_acts(claim: Granted | Taken | Unknown, taken_seconds_ago: float, expected: bool) -> None:
    assert acts(claim, taken_seconds_ago=taken_seconds_ago, lease=3.0) is expected


async def test_one_node_holds_the_seat_until_it_runs_out_or_is_given_up(pool: asyncpg.Pool, office: None) -> None:
    first, second = Seat(pool, "office", "a", 0.3), Seat(pool, "office", "b", 0.3)

    assert await first.claim() == Granted(None)
    assert await second.claim() == Taken()
    assert await first.claim() == Granted(None)
    await asyncio.sleep(0.4)
    assert await second.claim() == Granted(None)
    assert await first.claim() == Taken()
    await second.release()
    assert await first.claim() == Granted(None)


async def test_ten_nodes_at_once_get_one_seat(pool: asyncpg.Pool, office: None) -> None:
    claims = await asyncio.gather(*(Seat(pool, "office", str(n), 5).claim() for n in range(10)))

    assert sum(isinstance(claim, Granted) for claim in claims) == 1


async def test_a_node_that_cannot_ask_knows_that_it_does_not_know(office: None) -> None:
    async with asyncpg.create_pool(
        "postgresql://nobody@127.0.0.1:1/none", min_size=0, init=prepare_connection
    ) as nowhere:
        assert isinstance(await Seat(nowhere, "office", "a", 3).claim(), Unknown)


async def test_a_mark_is_stored_and_never_goes_back(pool: asyncpg.Pool, office: None) -> None:
    marks = [msgspec.msgpack.encode(Mark("office", stamp)) for stamp in (20.0, 30.0, 10.0)]
    gone = msgspec.msgpack.encode(Mark("deleted", 5.0))
    async with pool.acquire() as connection:
        applied = await MarkApplier().apply(connection, [record(one) for one in [*marks, gone, b"\xc1"]])
        await MarkApplier().apply(connection, [record(marks[0])])

    assert len(applied.rejects) == 1
    assert await Seat(pool, "office", "a", 3).claim() == Granted(30.0)


async def test_a_node_that_was_killed_leaves_what_it_missed_to_the_one_that_stood_by(
    server: AmiServer, node_of: NodeOf, pool: asyncpg.Pool
) -> None:
    b = node_of("b", lease=60.0, stand_by=0.02)
    a = node_of("a", lease=60.0, stand_by=15.0)  # so long is the seat offered that b surely looks
    await pool.execute("insert into pbx_acting (pbx, node, until) values ('office', 'a', now() + interval '1 hour')")
    async with b.station(server):
        await server.until(lambda: server.logged_in == 1)
        await server.event("Newchannel", Exten="0")
        await pool.execute("insert into pbx_marks (pbx, mark) values ('office', $1)", time.time())
        await server.event("Newchannel", Exten="missed")
        async with a.station(server) as second:  # started again, while its seat is still its own
            await eventually(lambda: "missed" in b.spooled.extens())
            assert not second._acts()

    assert a.spooled.extens() == []


async def test_the_one_that_stands_by_takes_over_what_it_remembers(
    server: AmiServer, node_of: NodeOf, pool: asyncpg.Pool
) -> None:
    # As long as nothing else may make b act: a's seat running out, PostgreSQL not answering in time.
    a, b = node_of("a", lease=60.0), node_of("b", lease=60.0)
    async with a.station(server) as first:
        await eventually(lambda: "Resynced" in a.spooled.link_events())
        async with b.station(server):
            await server.until(lambda: server.logged_in == 2)
            await server.event("Newchannel", Exten="1")
            await eventually(lambda: a.spooled.extens() == ["1"])
            assert b.spooled.extens() == []
            await pool.execute("update pbx_acting set node = 'b', until = clock_timestamp() + interval '1 hour'")
            await eventually(lambda: b.spooled.extens() == ["1"])
            await eventually(lambda: not first._acts())  # for a moment both do, which is harmless
            await server.event("Newchannel", Exten="2")
            await eventually(lambda: b.spooled.extens() == ["1", "2"])

    assert a.spooled.extens() == ["1"]


async def test_a_node_whose_link_is_lost_lets_the_other_act(server: AmiServer, node_of: NodeOf) -> None:
    """Node a loses its way to the PBX, not to PostgreSQL: b must not wait for it."""
    a, b = node_of("a"), node_of("b")
    async with AmiServer() as other_way, a.station(other_way):
        await eventually(lambda: "Resynced" in a.spooled.link_events())
        async with b.station(server):
            await server.until(lambda: server.logged_in == 1)
            await other_way.stop()
            await eventually(lambda: "LinkUp" in b.spooled.link_events())
            assert "LinkLost" in a.spooled.link_events()
        await other_way.start()


async def test_without_postgresql_the_acting_node_goes_on_and_nothing_is_lost(
    server: AmiServer, node_of: NodeOf, database_url: str
) -> None:
    node = node_of("a")
    async with node.station(server):
        await eventually(lambda: "Resynced" in node.spooled.link_events())
        await node.plug.pool.close()
        await server.event("Newchannel", Exten="1")
        await asyncio.sleep(1.0)
        await server.event("Newchannel", Exten="2")
        await eventually(lambda: node.spooled.extens() == ["1", "2"])
        server.drop()
        await eventually(lambda: any(isinstance(record, Gap) for record in node.spooled.look().links))
        await server.event("Newchannel", Exten="3")
        await eventually(lambda: node.spooled.extens() == ["1", "2", "3"])
