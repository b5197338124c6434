"""Queue lengths and agents' counts: what each event does to them, on their way to Valkey and over a restart."""

from collections.abc import Callable

import pytest
from redis.asyncio import Redis

from tests.fakes.ami_server import AmiServer
from tests.fakes.waiting import eventually
from tests.pbx.asterisk.conftest import Node
from tests.pbx.asterisk.test_station import acting, call
from trunkline.pbx.asterisk.framing import Frame
from trunkline.pbx.asterisk.tally import Tally, call_rung_out
from trunkline.pbx.live import SHIFT_PAUSE, AgentCount, read_live
from trunkline.pbx.reservations import Reservations

NodeOf = Callable[..., Node]
ANSWER: Frame = {"Event": "DialEnd", "DialStatus": "ANSWER", "DestChannel": "PJSIP/101-0000001a", "DestUniqueid": "9.2"}
HANGUP: Frame = {"Event": "Hangup", "Uniqueid": "9.2", "Linkedid": "9.1"}


def test_a_queue_is_as_long_as_its_last_event_says() -> None:
    tally = Tally()
    assert tally.take({"Event": "QueueCallerJoin", "Queue": "sales", "Count": "2", "Position": "2"}, 0) == {
        "queue:sales": "2"
    }
    tally.take({"Event": "QueueCallerLeave", "Queue": "sales", "Count": "1"}, 0)
    assert tally.fields == {"queue:sales": "1"}
    assert tally.take({"Event": "QueueCallerJoin", "Queue": "sales"}, 0) == {}


def test_what_changed_while_the_summary_came_is_newer() -> None:
    tally = Tally()
    tally.take({"Event": "QueueCallerJoin", "Queue": "gone", "Count": "5"}, 0)
    rows: list[Frame] = [
        {"Response": "Success"},
        {"Event": "QueueSummary", "Queue": "a", "Callers": "3"},
        {"Event": "QueueSummary", "Queue": "b", "Callers": "3"},
    ]
    tally.queues([{"Response": "Success"}, *rows, {"Event": "QueueSummaryComplete"}], {"queue:b": "4"})
    assert tally.fields == {"queue:a": "3", "queue:b": "4"}


def test_a_phone_counts_what_it_answered_and_when_that_ended() -> None:
    tally = Tally()
    tally.take(ANSWER | {"DialStatus": "NOANSWER"}, 10)
    tally.take(ANSWER | {"DestChannel": "Local/101@x-0000001a;1"}, 10)
    tally.take(HANGUP | {"Uniqueid": "9.1"}, 11)
    assert tally.fields == {}
    tally.take(ANSWER, 100.0)
    tally.take(HANGUP, 160.0)
    tally.take(HANGUP, 170.0)
    tally.take(ANSWER, 200.0)
    assert read_live(tally.fields).counts == {"101": AgentCount(2, 200.0, 160.0)}


@pytest.mark.parametrize(("pause", "taken"), [(SHIFT_PAUSE, 4), (SHIFT_PAUSE + 1, 1)])
def test_a_shift_begins_after_a_long_pause(pause: float, taken: int) -> None:
    assert AgentCount(3, 900.0, 1000.0).answered(1000.0 + pause).taken == taken


def test_counts_go_on_from_those_of_the_process_before() -> None:
    tally = Tally()
    tally.take(ANSWER, 200.0)
    tally.restore({"agent:101": "9 1 1", "agent:102": "4 10.5 20.5", "agent:x": "nonsense", "101": "inuse"})
    assert read_live(tally.fields).counts == {"101": AgentCount(1, 200.0, 0.0), "102": AgentCount(4, 10.5, 20.5)}


@pytest.mark.parametrize(
    ("frame", "call"),
    [
        (ANSWER | {"Linkedid": "9.1"}, "9.1"),
        (ANSWER | {"DestLinkedid": "9.1"}, "9.1"),
        (ANSWER | {"Linkedid": "9.1", "DialStatus": "BUSY"}, None),
        (HANGUP, None),
        (HANGUP | {"Uniqueid": "9.1"}, "9.1"),
        ({"Event": "QueueCallerLeave", "Linkedid": "9.1"}, None),
    ],
)
def test_when_reserved_telephones_are_free_again(frame: Frame, call: str | None) -> None:
    assert call_rung_out(frame) == call


async def test_they_reach_valkey_and_outlive_a_restart(server: AmiServer, node_of: NodeOf, redis: Redis) -> None:
    server.queues = [{"Queue": "sales", "Callers": "2"}]

    async def has(name: str, value: str) -> bool:
        found = await redis.hget("device:office", name)
        return isinstance(found, bytes) and found.startswith(value.encode())

    async with node_of("a").station(server):
        await eventually(lambda: has("queue:sales", "2"))
        await server.event("QueueCallerJoin", Queue="sales", Count="3")
        await eventually(lambda: has("queue:sales", "3"))
        headers = {name: str(value) for name, value in ANSWER.items() if name != "Event"}
        await server.event("DialEnd", **headers)
        await eventually(lambda: has("agent:101", "1 "))
    server.queues = [{"Queue": "sales", "Callers": "0"}]
    async with node_of("b").station(server):
        await eventually(lambda: has("queue:sales", "0"))
        await server.event("DialEnd", **headers)
        await eventually(lambda: has("agent:101", "2 "))


async def test_the_callers_hang_up_gives_the_telephone_back(server: AmiServer, node_of: NodeOf, redis: Redis) -> None:
    reservations = Reservations(redis)
    assert await reservations.reserve("office", "9.1", ["101"], [], 60) == frozenset()
    node = node_of("a")
    async with node.station(server):
        await acting(node)
        await call(server, "1")
        await server.event("Hangup", Uniqueid="9.1", Linkedid="9.1", Channel="PJSIP/trunk-1")

        async def is_free() -> bool:
            return await redis.keys("reserved:*") == []

        await eventually(is_free)
