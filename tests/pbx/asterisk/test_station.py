"""One Asterisk on one node: spooling, restarts, refusals, gaps and device states, with real PostgreSQL and Valkey."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from tests.fakes.ami_server import AmiServer
from tests.fakes.waiting import eventually
from tests.pbx.asterisk.conftest import TIMING, Node
from tests.pbx.asterisk.test_backfill import row, write
from trunkline.pbx.asterisk.terms import Limits
from trunkline.pbx.devices import PROVED_AT, DeviceState, decode_change
from trunkline.pbx.ports import Gap, LinkLost, LinkUp, Resynced
from trunkline.spool import Position, SpoolReader

NodeOf = Callable[..., Node]


async def call(server: AmiServer, exten: str) -> None:
    await server.event("Newchannel", Exten=exten)


async def acting(node: Node) -> None:
    await eventually(lambda: "Resynced" in node.spooled.link_events())


async def test_frames_are_spooled_as_they_came_with_a_name_of_the_link_s_life(
    server: AmiServer, node_of: NodeOf
) -> None:
    server.channels = [{"Channel": "PJSIP/101-1", "Uniqueid": "9.1", "Linkedid": "9.1"}]
    node = node_of("a")
    begun = time.time()
    async with node.station(server):
        await acting(node)
        server.cut = 3
        await call(server, "Иванов")
        await eventually(lambda: node.spooled.extens() == ["Иванов"])

    up, resynced = node.spooled.links[:2]
    assert isinstance(up, LinkUp)
    late = time.time() - begun  # it is told in whole seconds, since when it was said
    assert up.booted_at is not None
    assert -1 <= up.booted_at - server.booted_at <= late + 1
    assert not up.restarted
    assert isinstance(resynced, Resynced)
    assert [leg.uniqueid for leg in resynced.legs] == ["9.1"]


async def test_a_lost_link_is_made_again_and_the_gap_is_filled_from_cel(
    server: AmiServer, node_of: NodeOf, tmp_path: Path
) -> None:
    cel = tmp_path / "trunkline.csv"
    write(cel, [row(time.time() - 100, "before")])
    node = node_of("a")
    async with node.station(server, cel=cel):
        await acting(node)
        await call(server, "1")
        await eventually(lambda: node.spooled.extens() == ["1"])
        await server.stop()
        await eventually(lambda: "LinkLost" in node.spooled.link_events())
        write(cel, [row(time.time() - 100, "before"), row(time.time(), "in the gap"), row(time.time() + 100, "after")])
        await asyncio.sleep(0.05)
        await server.start()
        await eventually(lambda: node.spooled.link_events()[-1] == "Resynced" and "Gap" in node.spooled.link_events())

    names = [name for name in node.spooled.link_events() if name != "Resynced"]
    assert names == ["LinkUp", "LinkLost", "LinkUp", "Gap"]
    [gap] = [record for record in node.spooled.links if isinstance(record, Gap)]
    rows = [frame for frame in node.spooled.frames if frame["Event" if "Event" in frame else "Response"] == "CEL"]
    assert [frame["UniqueID"] for frame in rows] == ["in the gap"]
    assert gap.rows == 1
    assert gap.since < time.time() < gap.until + 60


async def test_without_a_cel_file_the_gap_is_marked_unfilled(server: AmiServer, node_of: NodeOf) -> None:
    node = node_of("a")
    async with node.station(server):
        await acting(node)
        server.drop()
        await eventually(lambda: "Gap" in node.spooled.link_events())

    assert [record.rows for record in node.spooled.links if isinstance(record, Gap)] == [None]


async def test_a_restarted_asterisk_is_told_from_one_whose_link_was_lost(server: AmiServer, node_of: NodeOf) -> None:
    node = node_of("a")
    async with node.station(server):
        await acting(node)
        server.drop()
        await eventually(lambda: node.spooled.link_events().count("LinkUp") == 2)
        await server.restart()
        await eventually(lambda: node.spooled.link_events().count("LinkUp") == 3)

    assert [record.restarted for record in node.spooled.links if isinstance(record, LinkUp)] == [False, False, True]


async def test_an_asterisk_restarted_while_we_were_down_is_noticed_too(server: AmiServer, node_of: NodeOf) -> None:
    node = node_of("a")
    async with node.station(server):
        await acting(node)
    await server.restart()
    async with node.station(server):
        await eventually(lambda: node.spooled.link_events().count("LinkUp") == 2)

    assert [record.restarted for record in node.spooled.links if isinstance(record, LinkUp)] == [False, True]


async def test_a_refused_login_waits_long_and_says_so(
    server: AmiServer, node_of: NodeOf, caplog: pytest.LogCaptureFixture
) -> None:
    server.refuse_logins = True
    node = node_of("a", patience=replace(TIMING.patience, refused=30.0))
    async with node.station(server):
        await server.until(lambda: len(server.asked("Login")) == 1)
        await asyncio.sleep(0.4)

    assert len(server.asked("Login")) == 1


async def test_people_are_told_of_a_refusal_at_once_and_of_its_end(
    server: AmiServer, node_of: NodeOf, pool: asyncpg.Pool
) -> None:
    server.refuse_logins = True
    node = node_of("a", away_after=60.0, patience=replace(TIMING.patience, refused=0.1))
    async with node.station(server):
        await eventually(lambda: alarms_are(pool, {"pbx.login:office:a"}))
        server.refuse_logins = False
        await eventually(lambda: alarms_are(pool, set()))


async def test_people_are_told_of_a_link_that_stays_down(
    server: AmiServer, node_of: NodeOf, pool: asyncpg.Pool
) -> None:
    node = node_of("a")
    async with node.station(server):
        await acting(node)
        await server.stop()
        await eventually(lambda: alarms_are(pool, {"pbx.link:office:a"}))
        await server.start()
        await eventually(lambda: alarms_are(pool, set()))


async def alarms_are(pool: asyncpg.Pool, wanted: set[str]) -> bool:
    return {row["key"] for row in await pool.fetch("select key from alarms where cleared_at is null")} == wanted


async def test_a_stream_of_events_that_died_ends_the_link_though_pings_are_answered(
    server: AmiServer, node_of: NodeOf
) -> None:
    node = node_of("a", patience=replace(TIMING.patience, proof_within=0.5, link=Limits(action=0.5)))
    async with node.station(server):
        await acting(node)
        server.deaf_to = {"UserEvent"}
        await eventually(lambda: "LinkLost" in node.spooled.link_events())

    assert any(isinstance(record, LinkLost) for record in node.spooled.links)


async def test_a_user_who_may_not_see_channels_closes_no_call(server: AmiServer, node_of: NodeOf) -> None:
    server.denied = {"CoreShowChannels", "Status", "UserEvent"}
    node = node_of("a")
    async with node.station(server):
        await eventually(lambda: "LinkUp" in node.spooled.link_events())
        await call(server, "1")
        await eventually(lambda: node.spooled.extens() == ["1"])
        await asyncio.sleep(0.2)

    assert node.spooled.link_events() == ["LinkUp"]


async def test_a_full_spool_makes_a_gap_that_is_filled_when_there_is_room(server: AmiServer, node_of: NodeOf) -> None:
    before = REGISTRY.get_sample_value("trunkline_ami_unspooled_total", {"pbx": "office"}) or 0.0
    node = node_of("a", cap_bytes=17 << 20)
    async with node.station(server):
        await acting(node)
        for _ in range(180):
            await server.event("Newstate", Filler="x" * 100_000)
        await eventually(
            lambda: (REGISTRY.get_sample_value("trunkline_ami_unspooled_total", {"pbx": "office"}) or 0.0) > before
        )
        SpoolReader(node.spooled.folder).release(Position(2, 0))  # the first segment is stored
        await call(server, "after")
        await eventually(lambda: "Gap" in node.spooled.link_events())
        await eventually(lambda: node.spooled.extens() == ["after"])

    [gap] = [record for record in node.spooled.links if isinstance(record, Gap)]
    assert gap.cause == "the spool was full"


async def test_device_states_go_to_valkey_with_the_proof_of_the_link(
    server: AmiServer, node_of: NodeOf, redis: Redis
) -> None:
    server.devices = {
        "PJSIP/101": "NOT_INUSE",
        "PJSIP/102": "UNAVAILABLE",
        "Queue:sales": "INUSE",
        "Local/1@x": "INUSE",
    }
    messages: list[tuple[dict[str, DeviceState], float | None]] = []
    node = node_of("a")
    async with redis.pubsub() as listener:
        await listener.subscribe("device:office")
        async with node.station(server):
            await acting(node)
            await eventually(lambda: states_are(redis, {"101": "not_inuse", "102": "unavailable"}))
            await server.event("DeviceStateChange", Device="PJSIP/101", State="RINGING")
            await eventually(lambda: states_are(redis, {"101": "ringing", "102": "unavailable"}))
            async with asyncio.timeout(5):
                while not messages or messages[-1][0].get("101") != "ringing":
                    message = await listener.get_message(ignore_subscribe_messages=True, timeout=1)
                    if message:
                        messages.append(decode_change(message["data"]))

    assert messages[-1][1] == pytest.approx(time.time(), abs=5)


async def test_device_states_come_back_when_valkey_lost_them(server: AmiServer, node_of: NodeOf, redis: Redis) -> None:
    server.devices = {"PJSIP/101": "INUSE"}
    node = node_of("a")
    async with node.station(server):
        await eventually(lambda: states_are(redis, {"101": "inuse"}))
        await redis.flushall()
        await eventually(lambda: states_are(redis, {"101": "inuse"}))


async def test_the_proof_ages_when_the_link_is_gone(server: AmiServer, node_of: NodeOf, redis: Redis) -> None:
    node = node_of("a")
    async with node.station(server):
        await acting(node)
        await server.stop()
        await eventually(lambda: "LinkLost" in node.spooled.link_events())
        before = await redis.hget("device:office", PROVED_AT)
        await asyncio.sleep(0.3)

        assert await redis.hget("device:office", PROVED_AT) == before
        await server.start()


async def test_marks_follow_what_is_spooled(server: AmiServer, node_of: NodeOf, pool: asyncpg.Pool) -> None:
    node = node_of("a")
    async with node.station(server):
        await acting(node)
        await call(server, "1")
        stamp = float(str((await spooled_call(node))["Timestamp"]))
        await eventually(lambda: any(mark.stamp >= stamp for mark in node.spooled.look().marks))


async def spooled_call(node: Node) -> dict[str, str | list[str]]:
    await eventually(lambda: node.spooled.extens() == ["1"])
    return next(frame for frame in node.spooled.frames if frame.get("Event") == "Newchannel")


async def states_are(redis: Redis, wanted: dict[str, str]) -> bool:
    found = await redis.hgetall("device:office")
    return {key: value for key, value in found.items() if key != PROVED_AT.encode()} == {
        key.encode(): value.encode() for key, value in wanted.items()
    }
