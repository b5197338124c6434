"""The way to the PBX is cut without a word, or the PBX stands still: who acts then, and that nothing is lost."""

from collections.abc import Callable
from dataclasses import replace

import asyncpg
from prometheus_client import REGISTRY

from tests.fakes.ami_server import AmiServer
from tests.fakes.waiting import eventually
from tests.pbx.asterisk.conftest import TIMING, Node
from trunkline.pbx.asterisk.station import Station
from trunkline.pbx.asterisk.terms import Limits

NodeOf = Callable[..., Node]
CUT = {
    "lease": 60.0,
    "stand_by": 0.02,
    "patience": replace(TIMING.patience, link=Limits(ping_after=0.2, doubt=0.6, pong=60.0)),
}
"""Neither a seat that runs out nor a link that is given up may make the other act: only the doubt is left."""


async def offers(pool: asyncpg.Pool, number: int) -> str:
    """Wait until the seat was offered so often; whose it is then."""
    seen: set[object] = set()

    async def enough() -> bool:
        row = await pool.fetchrow("select until from pbx_acting where until < clock_timestamp()")
        seen.update(() if row is None else row)
        return len(seen) >= number

    await eventually(enough)
    return str(await pool.fetchval("select node from pbx_acting"))


async def acting(node: Node) -> None:
    await eventually(lambda: "Resynced" in node.spooled.link_events())


def is_up(station: Station) -> bool:
    return station._link is not None and not station._link.lost.done()


async def test_the_other_acts_before_a_silent_link_is_given_up(server: AmiServer, node_of: NodeOf) -> None:
    a, b = node_of("a", **CUT), node_of("b", **CUT)
    async with a.station(server) as first:
        await acting(a)
        async with b.station(server) as second:
            await eventually(lambda: is_up(second))
            await server.event("Newchannel", Exten="1")
            await eventually(lambda: a.spooled.extens() == ["1"])
            server.cut_off(1)
            await server.event("Newchannel", Exten="2")
            await server.event("Newchannel", Exten="3")
            await eventually(lambda: b.spooled.extens()[-2:] == ["2", "3"])
            await eventually(lambda: not first._acts())
            assert is_up(first)

            server.cut_off()  # mended: what was under way comes, and a stands by
            await server.event("Newchannel", Exten="4")
            await eventually(lambda: b.spooled.extens()[-3:] == ["2", "3", "4"])
            await eventually(lambda: first._link is not None and not first._link.unanswered)
            assert not first._acts()
            assert a.spooled.extens() == ["1"]
            assert {"LinkLost", "Gap"}.isdisjoint(a.spooled.link_events() + b.spooled.link_events())


async def test_a_pbx_that_stands_still_for_all_moves_no_seat(
    server: AmiServer, node_of: NodeOf, pool: asyncpg.Pool
) -> None:
    seldom = CUT | {"stand_by": 0.3}  # it is heard by both at once again, and whose the seat was comes first
    a, b = node_of("a", **seldom), node_of("b", **seldom)
    async with a.station(server) as first, b.station(server) as second:
        await eventually(lambda: is_up(first) and is_up(second))
        await eventually(lambda: first._acts() or second._acts())
        acting_node, other = (a, b) if first._acts() else (b, a)
        await acting(acting_node)
        server.cut_off(1, 2)
        await server.event("Newchannel", Exten="1")

        assert await offers(pool, 5) == acting_node.plug.node
        assert (first._acts(), second._acts()) == (acting_node is a, acting_node is b)

        server.cut_off()
        await server.event("Newchannel", Exten="2")
        await eventually(lambda: acting_node.spooled.extens() == ["1", "2"])
        await eventually(lambda: held(pool))
        assert acting_node.spooled.link_events().count("LinkUp") == 1
        assert other.spooled.link_events() == []


async def test_a_lone_node_acts_on_through_a_doubt(server: AmiServer, node_of: NodeOf, pool: asyncpg.Pool) -> None:
    node = node_of("a", **CUT)
    async with node.station(server) as station:
        await acting(node)
        server.ignore_pings = True
        server.deaf_to = {"UserEvent", "QueueSummary"}
        assert await offers(pool, 3) == "a"
        assert station._acts()
        assert REGISTRY.get_sample_value("trunkline_ami_acting", {"pbx": "office"}) == 1
        await server.event("Newchannel", Exten="1")
        await eventually(lambda: node.spooled.extens() == ["1"])
        await eventually(lambda: held(pool))

    assert node.spooled.link_events().count("LinkUp") == 1


async def held(pool: asyncpg.Pool) -> bool:
    """Whether the seat is somebody's alone again."""
    return bool(await pool.fetchval("select until > clock_timestamp() + interval '10 s' from pbx_acting"))
