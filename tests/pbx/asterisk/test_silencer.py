"""Pauses of recordings, in whatever order they, faults, new recorders and their ends come."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from tests.fakes.ami_server import COMMANDS, AmiServer
from trunkline.alarms.alarm import AlarmBell
from trunkline.background import end
from trunkline.control import store
from trunkline.control.order import Kind, State
from trunkline.control.store import Leg, NewOrder
from trunkline.db.partitions import ensure_partitions
from trunkline.db.types import Pool
from trunkline.ids import uuid7
from trunkline.pbx.asterisk.controller import Controller, ControllerTiming
from trunkline.pbx.asterisk.framing import Frame
from trunkline.pbx.asterisk.keeper import Keeping
from trunkline.pbx.asterisk.link import Link, open_link
from trunkline.pbx.asterisk.terms import Address, Limits, LinkDown, LinkError
from trunkline.people.identity import EVERYTHING, Identity, Via
from trunkline.people.roles import Role

CALLER, MUTE = "1700000000.7", "MixMonitorMute"
QUICK = ControllerTiming(poll=0.05, answer=0.1, again=0.05, refused=0.2)
BY = Identity(UUID(int=1), "Глава", "head", Role.SUPERVISOR, frozenset(), EVERYTHING, Via.SESSION, "s")
FAULTS: Final = ("", "away", "denied", "lost", "deaf", "partly", "dies")


def channel(number: int, *, linkedid: str = CALLER, recorded: bool = True) -> dict[str, str]:
    """A channel as Status lists it."""
    variable = {"Variable": f"MIXMONITOR_FILENAME={'/monitor/x.wav' if recorded else ''}"}
    name = {"Channel": f"PJSIP/provider-{number:08x}", "Uniqueid": f"1700000000.{number}"}
    return {**name, "Linkedid": linkedid, "BridgeID": "b", **variable}


@pytest.fixture
async def server() -> AsyncIterator[AmiServer]:
    async with AmiServer({"trunkline": "s3cret", "trunkline-members": "s3cret"}) as server:
        server.commands = (*COMMANDS, MUTE)
        server.channels = [channel(7)]
        yield server


@pytest.fixture
async def call(pool: asyncpg.Pool, office: None) -> UUID:
    """A call that goes on; its caller's channel is recorded, and the story tells so."""
    identifier = uuid7(datetime.now(UTC).timestamp())
    async with pool.acquire() as connection:
        await ensure_partitions(connection, datetime.now(UTC).date())
        await connection.execute("insert into people (id, name) values ($1, 'Глава')", BY.person)
        await connection.execute(
            """
            insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, started_at, outcome,
                answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial, has_gap)
            values ($1, 'office', $2, 'in', '', '', '', '', now(), 'answered', '', '{}', '{}', '{}', '{}', '{}', 0, 0,
                false, false)
            """,
            identifier, CALLER,
        )  # fmt: skip
        await connection.execute(
            "insert into steps (call_id, at, step_id, source, leg, channel, what) "
            "values ($1, now(), '12345679', 'live', $2, 'PJSIP/provider-00000007', $3)",
            identifier, CALLER, {"kind": "recorded", "file": "/monitor/x.wav"},
        )  # fmt: skip
    return identifier


class Node:
    """A controller whose work is done when it is told to; time passes when it is told to."""

    def __init__(self, server: AmiServer, pool: Pool, redis: Redis, call: UUID) -> None:
        self.server, self.pool, self.call = server, pool, call
        self.heard = self.controls = True
        self._redis = redis

    async def work(self, fault: str = "") -> None:
        """All that is due is carried out once, and the pauses are kept; with a fault of the PBX or the links."""
        self._break(fault)
        async with AsyncExitStack() as stack:
            hearing = await stack.enter_async_context(self.open("trunkline"))
            saying = await stack.enter_async_context(self.open("trunkline-members"))
            controller = self.controller(hearing)
            try:
                while (order := await controller.claim()) is not None and fault != "dies":
                    await controller.carry_out(saying, order)
                await controller.keep(saying)
            except LinkError:
                pass  # it is opened again, and all goes on from the rows
        self._break("")

    async def passes(self, seconds: float) -> None:
        """So long passes: all there is becomes older."""
        by = timedelta(seconds=seconds)
        await self.pool.execute("update call_orders set at = at - $1::interval, sent_at = sent_at - $1::interval", by)
        await store.settle_orders(self.pool)

    async def ask(self, kind: Kind, seconds: int = 0, fault: str = "") -> State:
        """Somebody asks for it, and waits for what comes of it."""
        new = NewOrder(kind, self.call, Leg("office", CALLER), seconds=seconds)
        async with self.pool.acquire() as connection, connection.transaction():
            keep = store.add_pause if kind is Kind.PAUSE else store.add_order
            order = await keep(connection, new, BY, datetime.now(UTC))
        await self.work(fault)
        return (await store.withdraw_order(self.pool, order))[0]

    def _break(self, fault: str) -> None:
        self.heard = fault != "away"
        self.server.denied = {"Filter", *([MUTE] if fault == "denied" else [])}
        self.server.deaf_to = {MUTE} if fault == "deaf" else set()
        self.server.drop_after = MUTE if fault == "lost" else ""
        told = iter((False, True))

        def second() -> None:
            if next(told, True):
                self.server.denied = {"Filter", MUTE}

        self.server.before = {MUTE: second} if fault == "partly" else {}

    def open(self, user: str) -> Any:
        address = Address("127.0.0.1", self.server.port, user, "s3cret")
        return open_link(address, received=lambda _: None, wanted=frozenset(), limits=Limits())

    async def told(self) -> list[dict[str, Any]]:
        """The facts of the alarms that are open."""
        return [row["facts"] for row in await self.pool.fetch("select facts from alarms where cleared_at is null")]

    def controller(self, hearing: Link, timing: ControllerTiming = QUICK) -> Controller:
        async def look(action: Mapping[str, str]) -> list[Frame]:
            if not self.heard:
                raise LinkDown("down")
            return await hearing.ask(action)

        keeping = Keeping(Address("127.0.0.1", self.server.port, "trunkline-members", "s3cret"), controls=self.controls)
        bell = AlarmBell(self.pool, self._redis)
        return Controller("office", keeping, lambda: True, look, self.pool, self._redis, bell, timing)


@pytest.fixture
def node(server: AmiServer, pool: asyncpg.Pool, redis: Redis, call: UUID) -> Node:
    return Node(server, pool, redis, call)


_STEPS = st.one_of(
    st.tuples(st.just("pause"), st.integers(15, 90), st.sampled_from(FAULTS)),
    st.tuples(st.just("record"), st.just(0), st.sampled_from(FAULTS)),
    st.tuples(st.just("passes"), st.integers(1, 100), st.sampled_from(FAULTS)),
    st.tuples(st.sampled_from(["begins", "moves", "ends"]), st.integers(0, 3), st.just("")),
    st.tuples(st.just("allowed"), st.integers(0, 1), st.just("")),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(_STEPS, max_size=8))
@example(steps=[("pause", 60, ""), ("pause", 60, "away"), ("passes", 70, "")])
@example(steps=[("pause", 60, ""), ("allowed", 0, ""), ("passes", 70, "")])
@example(steps=[("pause", 60, ""), ("begins", 0, ""), ("passes", 70, "")])
@example(steps=[("pause", 20, ""), ("passes", 21, "away"), ("pause", 60, ""), ("passes", 3, "")])
@example(steps=[("begins", 0, ""), ("pause", 60, "partly"), ("passes", 70, "denied"), ("passes", 3, "")])
@example(steps=[("begins", 0, ""), ("pause", 60, ""), ("moves", 1, ""), ("record", 0, "")])
@example(steps=[("pause", 90, ""), ("pause", 15, "deaf"), ("passes", 16, "away"), ("passes", 20, "")])
async def test_a_pause_is_silent_and_ends(node: Node, steps: list[tuple[str, int, str]]) -> None:
    """What is recorded in a pause that was carried out is silent, and nothing is after the last one's end."""
    await node.pool.execute("truncate call_orders, recording_silences")
    node.server.channels, node.server.muted, node.controls = [channel(7)], set(), True
    for what, number, fault in steps:
        await _step(node, what, number, fault)
        if not fault:
            await node.passes(3)  # it was put off by two seconds
            said = len(node.server.actions)
            await node.work()
            await _holds(node, node.server.actions[said:])
    await node.passes(1000)
    await node.work()
    await node.passes(3)
    await node.work()
    assert node.server.muted == set()
    assert await node.pool.fetchval("select count(*) from recording_silences where until is null") == 0
    assert await node.pool.fetchval("select count(*) from call_orders where state in ('accepted', 'sent')") == 0


async def _step(node: Node, what: str, number: int, fault: str) -> None:
    channels = node.server.channels
    match what:
        case "pause" | "record":
            await node.ask(Kind(what), number, fault)
        case "passes":
            await node.passes(number)
            await node.work(fault)
        case "begins":
            channels.append(channel(100 + len(channels)))
        case "moves" if number < len(channels):
            channels[number] = channels[number] | {"Linkedid": "1700000000.2"}
        case "ends" if number < len(channels):
            node.server.muted.discard(channels.pop(number)["Channel"])
        case "allowed":
            node.controls = bool(number)


async def _holds(node: Node, said: Sequence[Frame]) -> None:
    rows = await node.pool.fetch(
        """
        select kind, state, seconds, at + make_interval(secs => seconds) - now() as left from call_orders
        where kind = 'pause' or seconds = 0 order by at
        """
    )
    went_on = max(
        (place for place, row in enumerate(rows) if (row["kind"], row["state"]) == ("record", "done")), default=-1
    )
    pauses = [
        row for row in rows[went_on + 1 :] if row["kind"] == "pause" and row["state"] in {"sent", "done", "unknown"}
    ]
    done = [row for row in pauses if row["state"] == "done"]
    in_call = {row["Channel"] for row in node.server.channels if row["Linkedid"] == CALLER}
    if done and done[-1]["left"] > timedelta(seconds=1):
        assert node.server.muted >= in_call
        assert [one for one in said if one["Action"] == MUTE and one["State"] == "0"] == []
    hung = await node.pool.fetchval("select exists (select from call_orders where kind = 'record' and state = 'sent')")
    if all(row["left"] < timedelta(seconds=-2) for row in pauses) and not hung:
        assert node.server.muted == set()


async def test_switched_off_pauses_still_end(node: Node) -> None:
    """Nobody may pause any more, and the recording of a call is silent still."""
    assert await node.ask(Kind.PAUSE, 15) is State.DONE
    node.controls = False
    async with running(node):
        await node.passes(16)
        await node.server.until(lambda: node.server.muted == set())


async def test_what_a_denied_end_needs_is_told_until_its_call_is_over(node: Node) -> None:
    """Pauses were switched off, and with them the right that ends the one that is under way."""
    assert await node.ask(Kind.PAUSE, 15) is State.DONE
    node.controls = False
    await node.passes(16)
    await node.work("denied")
    assert [facts["needed"] for facts in await node.told()] == ["agent,call"]

    node.server.channels.clear()
    await node.passes(3)
    await node.work()

    assert await node.told() == []
    ended = "select state || ' ' || why from call_orders where kind = 'record'"
    assert await node.pool.fetchval(ended) == "refused silent"


async def test_a_talk_that_begins_is_looked_at_at_once(node: Node) -> None:
    assert await node.ask(Kind.PAUSE, 60) is State.DONE
    node.server.muted.clear()
    async with running(node, ControllerTiming(poll=60.0)) as controller:
        await node.server.until(lambda: node.server.muted != set())
        node.server.channels.append(channel(8))
        controller.heard_talk(CALLER)
        await node.server.until(lambda: len(node.server.muted) == 2)


@asynccontextmanager
async def running(node: Node, timing: ControllerTiming = QUICK) -> AsyncIterator[Controller]:
    """It works by itself."""
    async with node.open("trunkline") as hearing:
        controller = node.controller(hearing, timing)
        task = asyncio.create_task(controller.run())
        try:
            yield controller
        finally:
            await end([task])
