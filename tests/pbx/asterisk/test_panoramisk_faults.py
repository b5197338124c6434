"""The ten faults of panoramisk 1.4 (pbx.md §4): each is shown on panoramisk alone, then shown mended by our link."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from panoramisk import Manager

from tests.fakes.ami_server import AmiServer, frame
from trunkline.pbx.asterisk.link import Link, open_link
from trunkline.pbx.asterisk.terms import ActionTimedOut, Address, Limits, LinkDown

NAME = "Иванов & Ко, ООО+"
ORIGINATE = {
    "Action": "Originate",
    "Channel": "PJSIP/101",
    "Exten": "79161234567",
    "Context": "agents",
    "Priority": "1",
}
QUICK = Limits(connect=5, action=5, ping_after=0.05, pong=0.1, queue=100)


@pytest.fixture(autouse=True)
def quiet_panoramisk() -> None:
    logging.getLogger("panoramisk").setLevel(logging.CRITICAL)


@pytest.fixture
async def server() -> AsyncIterator[AmiServer]:
    async with AmiServer() as server:
        yield server


@asynccontextmanager
async def panoramisk(server: AmiServer, **config: Any) -> AsyncIterator[Manager]:
    """panoramisk alone, logged in; reconnects after 0 s so that a test need not wait."""
    manager = Manager(
        host="127.0.0.1", port=server.port, username="trunkline", secret="s3cret", ping_delay=60, **config
    )
    manager.reconnect_timeout = 0
    await manager.connect()
    await server.until(lambda: server.logged_in == 1)
    try:
        yield manager
    finally:
        manager.connection_lost = lambda exc: None  # the only way to stop it for certain
        manager.close()
        await server.until(lambda: server.logged_in == 0)


@asynccontextmanager
async def ours(
    server: AmiServer,
    *,
    limits: Limits = QUICK,
    received: Callable[[bytes], None] = lambda run: None,
    wanted: frozenset[str] = frozenset({"Newchannel"}),
) -> AsyncIterator[Link]:
    address = Address("127.0.0.1", server.port, "trunkline", "s3cret")
    async with open_link(address, received=received, wanted=wanted, limits=limits) as link:
        yield link


async def heard_by_panoramisk(
    server: AmiServer, manager: Manager, send: Callable[[], Any], count: int = 1
) -> list[Any]:
    """The Newchannel events panoramisk passes on while `send` runs, up to `count` or half a second of waiting."""
    heard: list[Any] = []
    enough = asyncio.Event()

    def note(_manager: Manager, event: Any) -> None:
        heard.append(event)
        if len(heard) >= count:
            enough.set()

    manager.register_event("Newchannel", note)
    await send()
    try:
        async with asyncio.timeout(0.5):
            await enough.wait()
    except TimeoutError:
        pass
    return heard


# 1. Letters cut between two segments


async def test_1_panoramisk_loses_cut_letters(server: AmiServer) -> None:
    async with panoramisk(server) as manager:
        server.cut = 1
        heard = await heard_by_panoramisk(server, manager, lambda: server.event("Newchannel", CallerIDName=NAME))

    assert heard[0]["CallerIDName"] == " & , +"


async def test_1_no_letter_is_lost_whatever_the_offset(server: AmiServer) -> None:
    event = frame(Event="Newchannel", CallerIDName=NAME)
    async with ours(server) as link:
        for cut in range(1, len(event)):
            server.cut = cut
            await server.say(event)
            assert await link.next_event() == {"Event": "Newchannel", "CallerIDName": NAME}


# 2. A callback that raises


async def test_2_panoramisk_closes_the_connection_when_a_callback_raises(
    server: AmiServer, event_loop_errors: list[dict[str, Any]]
) -> None:
    async with panoramisk(server) as manager:
        manager.register_event("Newchannel", lambda manager, event: 1 / 0)
        await server.event("Newchannel")
        await server.until(lambda: server.logins == 2)

    assert isinstance(event_loop_errors[0]["exception"], ZeroDivisionError)


async def test_2_a_callback_that_raises_is_counted_and_the_stream_goes_on(server: AmiServer) -> None:
    def broken(run: bytes) -> None:
        raise ZeroDivisionError

    async with ours(server, received=broken) as link:
        await server.event("Newchannel", Exten="1")
        assert (await link.next_event())["Exten"] == "1"
        assert link.counts.faults > 0
        assert not link.lost.done()


# 3. Originate without Async


async def test_3_panoramisk_loses_the_connection_over_an_originate_without_async(
    server: AmiServer, event_loop_errors: list[dict[str, Any]]
) -> None:
    async with panoramisk(server) as manager:
        answer = manager.send_action(dict(ORIGINATE))
        await server.until(lambda: server.logins == 2)

    assert isinstance(event_loop_errors[0]["exception"], KeyError)
    assert not answer.done()


async def test_3_originate_is_always_async(server: AmiServer) -> None:
    server.deaf_to = {"Originate"}
    async with ours(server) as link:
        with pytest.raises(ActionTimedOut):
            await link.ask(ORIGINATE, timeout=0.1)
        assert server.asked("Originate")[0]["Async"] == "true"
        assert not link.lost.done()


# 4 and 5. Answers that never come


async def test_4_and_5_panoramisk_waits_without_end_and_keeps_the_action(server: AmiServer) -> None:
    async with panoramisk(server) as manager:
        answer = manager.send_action({**ORIGINATE, "Async": "true"})
        await server.until(lambda: len(server.asked("Originate")) == 1)
        _, waiting = await asyncio.wait([answer], timeout=0.5)

        assert waiting
        assert len(manager.protocol.responses) == 1


async def test_4_and_5_an_action_times_out_and_is_forgotten(server: AmiServer) -> None:
    server.deaf_to = {"Status"}
    async with ours(server) as link:
        with pytest.raises(ActionTimedOut):
            await link.ask({"Action": "Status"}, timeout=0.05)
        assert link.waiting == 0


# 6. A link that is dead but not closed


async def test_6_panoramisk_never_notices_a_missing_pong(server: AmiServer) -> None:
    async with panoramisk(server, ping_interval=0) as manager:
        server.stalled = True
        manager.ping_interval = 0.02
        manager.ping()
        await asyncio.sleep(0.5)

        assert server.logged_in == 1
        server.stalled = False


async def test_6_silence_after_a_ping_ends_the_link(server: AmiServer) -> None:
    async with ours(server) as link:
        server.stalled = True
        async with asyncio.timeout(2):
            assert "silent" in str(await link.lost)


async def test_6_a_quiet_pbx_that_answers_pings_stays(server: AmiServer) -> None:
    async with ours(server) as link:
        await server.until(lambda: len(server.asked("Ping")) > 3)
        assert not link.lost.done()


# 7 and 8. Actions over a lost connection


async def test_7_panoramisk_sends_unanswered_actions_again(server: AmiServer) -> None:
    server.deaf_to = {"Originate"}
    async with panoramisk(server) as manager:
        manager.send_action({**ORIGINATE, "Async": "true"})
        await server.until(lambda: len(server.asked("Originate")) == 1)
        server.drop()
        await server.until(lambda: len(server.asked("Originate")) == 2)


async def test_7_nothing_is_ever_sent_again(server: AmiServer) -> None:
    server.deaf_to = {"Originate"}
    async with ours(server) as link:
        asking = asyncio.create_task(link.ask(ORIGINATE))
        await server.until(lambda: len(server.asked("Originate")) == 1)
        server.drop()
        with pytest.raises(LinkDown):
            await asking
    async with ours(server) as link:
        await link.ask({"Action": "Ping"})

    assert len(server.asked("Originate")) == 1


async def test_8_panoramisk_queues_actions_while_down(server: AmiServer) -> None:
    async with panoramisk(server) as manager:
        server.drop()
        await server.until(lambda: server.logged_in == 0)
        answer = manager.send_action({"Action": "Status"})

        assert not answer.done()


async def test_8_actions_are_refused_while_down(server: AmiServer) -> None:
    async with ours(server) as link:
        server.drop()
        await link.lost
        with pytest.raises(LinkDown):
            await link.ask({"Action": "Status"})

    assert server.asked("Status") == []


# 9. Order and bound


async def test_9_panoramisk_runs_async_callbacks_in_no_order_and_without_bound(server: AmiServer) -> None:
    running = 0
    finished: list[str] = []
    done = asyncio.Event()

    async def slow(_manager: Manager, event: Any) -> None:
        nonlocal running
        running += 1
        await asyncio.sleep(0.2 if event["Exten"] == "0" else 0.01)
        finished.append(event["Exten"])
        if len(finished) == 200:
            done.set()

    async with panoramisk(server) as manager:
        manager.register_event("Newchannel", slow)
        await server.say(b"".join(frame(Event="Newchannel", Exten=str(n)) for n in range(200)))
        async with asyncio.timeout(5):
            await done.wait()

    assert running == 200
    assert finished[-1] == "0"


async def test_9_events_come_in_order_and_what_overflows_is_counted(server: AmiServer) -> None:
    runs: list[bytes] = []
    async with ours(server, received=runs.append) as link:
        await server.say(b"".join(frame(Event="Newchannel", Exten=str(n)) for n in range(150)))
        await link.ask({"Action": "Ping"})
        taken = [(await link.next_event())["Exten"] for _ in range(QUICK.queue)]

    assert taken == [str(n) for n in range(100)]
    assert link.counts.overflow == 50
    assert b"".join(runs).count(b"Event: Newchannel") == 150  # the spool misses nothing


# 10. Reconnecting


async def test_10_panoramisk_reconnects_after_close(server: AmiServer) -> None:
    noticed = asyncio.Event()
    config = {"username": "trunkline", "secret": "s3cret", "on_disconnect": lambda manager, exc: noticed.set()}
    manager = Manager(host="127.0.0.1", port=server.port, ping_delay=60, **config)
    manager.reconnect_timeout = 0.05
    await manager.connect()
    await server.until(lambda: server.logins == 1)
    server.drop()
    await noticed.wait()
    manager.close()
    try:
        await server.until(lambda: server.logins == 2)
    finally:
        manager.connection_lost = lambda exc: None
        manager.close()


async def test_10_close_is_the_end(server: AmiServer) -> None:
    async with ours(server) as link:
        link.close()
        assert await link.lost == "closed by us"
    await server.until(lambda: server.logged_in == 0)
    await asyncio.sleep(0.1)

    assert server.logins == 1


async def test_11_panoramisk_awaits_a_list_after_queue_add(server: AmiServer) -> None:
    server.queue_names = ["sales"]
    add = {"Action": "QueueAdd", "Queue": "sales", "Interface": "PJSIP/101", "Penalty": "0"}
    async with panoramisk(server) as manager:
        answer = manager.send_action(add)
        await server.until(lambda: bool(server.asked("QueueAdd")))
        await manager.send_action({"Action": "Ping"})
        assert not answer.done()


async def test_11_queue_add_has_one_answer(server: AmiServer) -> None:
    server.queue_names = ["sales"]
    async with ours(server) as link:
        add = {"Action": "QueueAdd", "Queue": "sales", "Interface": "PJSIP/101", "Penalty": "0"}
        assert (await link.ask(add))[0]["Message"] == "Added interface to queue"
        assert (await link.ask(add))[0]["Response"] == "Error"
