"""Any node takes the next turn of a PBX that echoes nothing: two nodes at one Valkey, and none that answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from router import offers
from router.dialogue_states import DialogueStates, Standing, later
from router.hooks_web import hooks_key
from router.offers import LIMIT_SECONDS
from router.state import LIFETIME_SECONDS, StateBook, Turn
from router.web import desk_key
from router.wiring import build_question_app
from tests.fakes.hosted import BEGINNINGS, address, company
from tests.fakes.waiting import eventually
from tests.fakes.zadarma import FakeCall
from tests.router.company import CLIENT, OFFICE, SPAMMER, head_of
from tests.router.conftest import WriteDirectory
from tests.router.test_hooks import ANYTIME, Client, cloud, kept, said
from trunkline.crypto import SecretBox
from trunkline.directory.reader import Directory
from trunkline.settings import Settings
from trunkline.spool import SpoolWriter

NOW = 1_786_006_800.0
PATIENT = 30.0
"""Seconds: a machine under load is no Valkey that does not answer."""
GONE = Redis(port=1, retry=Retry(NoBackoff(), 0))
BOOK = StateBook(SecretBox(b"k" * 32))


def state(turn: int) -> str:
    return BOOK.seal(Turn(turn, "r"), "cloud", "in_1", NOW)


class Nodes:
    """Question processes of one company; `now` is the clock of all."""

    def __init__(self, clients: list[Client]) -> None:
        self.clients = clients
        self.now = NOW


@pytest.fixture
async def nodes(
    write_directory: WriteDirectory, settings: Settings, tmp_path: Path, redis: Redis
) -> AsyncIterator[Nodes]:
    folder = write_directory(head=head_of(ANYTIME, pbxs=(cloud(settings),)))
    company = Nodes([])
    async with AsyncExitStack() as stack:
        for number in range(2):
            spool = stack.enter_context(SpoolWriter(tmp_path / f"node{number}", cap_bytes=1 << 20))
            app = build_question_app(settings, Directory.open(folder), spool, redis)
            app[desk_key].clock = lambda: company.now
            app[hooks_key]._states._limit = PATIENT
            company.clients.append(await stack.enter_async_context(TestClient(TestServer(app))))
        yield company


async def told(redis: Redis, call: str, wanted: int) -> None:
    """Until Valkey knows that turn: the reply went out before."""

    async def knows() -> bool:
        return f".{wanted}.".encode() in (await redis.get(f"dialogue:{{cloud}}:{call}") or b"")

    await eventually(knows)


async def test_any_node_takes_the_next_turn(nodes: Nodes, redis: Redis, tmp_path: Path) -> None:
    one, two = nodes.clients
    call = FakeCall(caller=SPAMMER[1:], line=OFFICE[1:])
    asked = await said(one, call.start_())
    await told(redis, call.call, 1)
    passed = await said(two, call.ivr(str(asked["ivr_saydigits"])))

    assert passed == {"redirect": "0-1", "return_timeout": 45}
    assert [one.turn for one in kept(tmp_path / "node1")[1]] == [2]
    assert 0 < await redis.ttl(f"dialogue:{{cloud}}:{call.call}") <= LIFETIME_SECONDS


async def test_the_node_that_had_the_first_turn_knows_of_the_second(nodes: Nodes, redis: Redis) -> None:
    """Its own memory is a turn behind."""
    call, rung = FakeCall(caller=CLIENT[1:], line=OFFICE[1:]), []
    for turn, client in enumerate((nodes.clients[0], nodes.clients[1], nodes.clients[0]), 1):
        rung.append((await said(client, call.start_()))["redirect"])
        await told(redis, call.call, turn)
        nodes.now += 25

    assert rung[:2] == ["101", "102"]
    assert rung[2] not in rung[:2]


async def test_a_pbx_that_asks_once_a_call_has_no_next_turn(
    write_directory: WriteDirectory, settings: Settings, tmp_path: Path, redis: Redis
) -> None:
    """The same event at two nodes is the first turn at both, and nothing is told of it."""
    folder = write_directory(head=company(settings.secret_box(), ANYTIME))
    rest, kind, body, headers = BEGINNINGS["mango"]("917860068000019", CLIENT[1:])
    for number in range(2):
        with SpoolWriter(tmp_path / f"once{number}", cap_bytes=1 << 20) as spool:
            app = build_question_app(settings, Directory.open(folder), spool, redis)
            app[hooks_key]._states._limit = PATIENT
            async with TestClient(TestServer(app)) as client:
                told = await client.post(address("mango") + rest, data=body, headers={"Content-Type": kind, **headers})
                assert told.status == 200
    turns = [one.turn for number in range(2) for one in kept(tmp_path / f"once{number}")[1]]

    assert turns == [1, 1]
    assert not await redis.keys("dialogue:*")


async def test_without_valkey_a_node_goes_on_by_what_it_knows_and_says_so(
    write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter, spool_dir: Path, redis: Redis
) -> None:
    directory = Directory.open(write_directory(head=head_of(ANYTIME, pbxs=(cloud(settings),))))
    call = FakeCall(caller=SPAMMER[1:], line=OFFICE[1:])
    application = build_question_app(settings, directory, spool, redis)
    application[hooks_key]._states._redis = GONE
    async with TestClient(TestServer(application)) as client:
        asked = await said(client, call.start_())
        passed = await said(client, call.ivr(str(asked["ivr_saydigits"])))

    assert passed == {"redirect": "0-1", "return_timeout": 45}
    first, second = (one.decision.degraded for one in kept(spool_dir)[1])
    assert "state" in first
    assert "state" not in second


class Deaf:
    """A server that takes what is asked and never answers."""

    def __init__(self) -> None:
        self.open: set[asyncio.StreamWriter] = set()

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        while await reader.read(1000):
            pass
        writer.close()


@pytest.fixture
async def deaf() -> AsyncIterator[Redis]:
    server = await asyncio.start_server(Deaf().hear, "127.0.0.1", 0)
    async with server, Redis(port=server.sockets[0].getsockname()[1]) as redis:
        yield redis


async def test_what_does_not_answer_is_left_alone_for_a_while(deaf: Redis) -> None:
    now = 100.0
    states = DialogueStates(deaf, clock=lambda: now)
    states.put("cloud", "in_1", state(1))
    assert states.asks("in_2")

    looks = await asyncio.gather(*(states.look("cloud", f"in_{call}", 30.0) for call in (1, 2)))
    assert looks == [Standing(state(1)), Standing("", missing=True)]
    assert not states.asks("in_2")
    assert states.at_hand("cloud", "in_1") == Standing(state(1))
    assert states.at_hand("cloud", "in_2") == Standing("", missing=True)
    now += 1.0
    assert states.asks("in_2")
    assert not states.asks("")
    await states.close()


async def test_both_waits_of_a_question_are_one(
    write_directory: WriteDirectory,
    settings: Settings,
    spool: SpoolWriter,
    redis: Redis,
    deaf: Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float | None] = []
    timeout = asyncio.timeout

    def noted(delay: float | None) -> asyncio.Timeout:
        if delay is not None and delay <= LIMIT_SECONDS:
            waits.append(delay)
        return timeout(delay)

    directory = Directory.open(write_directory(head=head_of(ANYTIME, pbxs=(cloud(settings),))))
    application = build_question_app(settings, directory, spool, redis)
    application[hooks_key]._states._redis = deaf
    async with TestClient(TestServer(application)) as client:
        monkeypatch.setattr(offers, "LIMIT_SECONDS", LIMIT_SECONDS)
        monkeypatch.setattr(asyncio, "timeout", noted)
        assert await said(client, FakeCall(caller=CLIENT[1:], line=OFFICE[1:]).start_()) == {
            "redirect": "101",
            "return_timeout": 20,
        }
    assert waits, "telephones were asked for"
    assert all(wait is not None and wait <= LIMIT_SECONDS / 2 for wait in waits), "the look had all of the limit"


async def test_what_valkey_could_not_be_told_it_is_told_when_it_is_back(redis: Redis) -> None:
    now, gone = 100.0, DialogueStates(GONE, clock=lambda: now)
    gone.put("cloud", "in_1", state(1))
    await gone.close()
    assert not gone.asks("in_1")
    gone._redis, now = redis, 102.0
    gone.put("cloud", "in_2", state(1))
    await gone.close()

    other = DialogueStates(redis, limit=PATIENT)
    assert [await other.look("cloud", f"in_{call}", 30.0) for call in (1, 2, 3)] == [
        Standing(state(1)),
        Standing(state(1)),
        Standing(),
    ]


async def test_a_dialogue_that_is_over_is_over_for_all(redis: Redis) -> None:
    one, two = DialogueStates(redis, limit=PATIENT), DialogueStates(redis, limit=PATIENT)
    one.put("cloud", "in_1", state(1))
    await one.close()
    assert await two.look("cloud", "in_1", 30.0) == Standing(state(1))
    two.put("cloud", "in_1", "")
    two.put("cloud", "in_9", "")  # of what never began nothing is written
    await two.close()

    assert await one.look("cloud", "in_1", 30.0) == Standing()
    assert not await redis.exists("dialogue:{cloud}:in_9")


@given(st.integers(1, 8), st.integers(1, 8))
def test_the_later_turn_counts(mine: int, told: int) -> None:
    assert later(state(mine), state(told)) == state(max(mine, told))
    assert later(state(mine), "") == ""
    assert later("", state(told)) == state(told)


@given(st.text(), st.text())
def test_whatever_lies_there_is_looked_at(mine: str, told: str) -> None:
    assert later(mine, told) in {mine, told}
