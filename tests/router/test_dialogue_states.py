"""Any node takes the next turn of a PBX that echoes nothing: two nodes at one Valkey, and none that answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from router import dialogue_states
from router.dialogue_states import STREAM, DialogueStates, Standing, later
from router.hooks_web import hooks_key
from router.state import LIFETIME_SECONDS, StateBook, Turn
from router.web import desk_key
from router.wiring import build_question_app
from tests.fakes.hosted import BEGINNINGS, address, company
from tests.fakes.waiting import eventually
from tests.fakes.zadarma import FakeCall
from tests.router.company import CLIENT, OFFICE, SPAMMER, head_of
from tests.router.conftest import WriteDirectory
from tests.router.test_hooks import ANYTIME, Client, cloud, kept, said
from trunkline.background import running
from trunkline.crypto import SecretBox
from trunkline.directory.reader import Directory
from trunkline.settings import Settings
from trunkline.spool import SpoolWriter

NOW = 1_786_006_800.0
PATIENT = 30.0
"""Seconds: a machine under load is no Valkey that does not answer."""
GONE = Redis(port=1, retry=Retry(NoBackoff(), 0))
BOOK = StateBook(SecretBox(b"k" * 32))


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_LONGEST_SECONDS", "_LEVEL_SECONDS", "_START_SECONDS"):
        monkeypatch.setattr(dialogue_states, name, PATIENT)


def state(turn: int) -> str:
    return BOOK.seal(Turn(turn, "r"), "cloud", "in_1", NOW)


class Nodes:
    """Question processes of one company; `now` is the clock of all."""

    def __init__(self, clients: list[Client], states: list[DialogueStates]) -> None:
        self.clients = clients
        self.states = states
        self.now = NOW


@pytest.fixture
async def nodes(
    write_directory: WriteDirectory, settings: Settings, tmp_path: Path, redis: Redis
) -> AsyncIterator[Nodes]:
    folder = write_directory(head=head_of(ANYTIME, pbxs=(cloud(settings),)))
    company = Nodes([], [])
    async with AsyncExitStack() as stack:
        for number in range(2):
            spool = stack.enter_context(SpoolWriter(tmp_path / f"node{number}", cap_bytes=1 << 20))
            app = build_question_app(settings, Directory.open(folder), spool, redis)
            app[desk_key].clock = lambda: company.now
            company.states.append(app[hooks_key]._states)
            company.clients.append(await stack.enter_async_context(TestClient(TestServer(app))))
        yield company


async def heard(states: DialogueStates, call: str, turn: int, pbx: str = "cloud") -> None:
    """Until that process knows of the turn: the reply went out before."""
    await eventually(lambda: f".{turn}." in states.standing(pbx, call).state)


async def test_any_node_takes_the_next_turn(nodes: Nodes, redis: Redis, tmp_path: Path) -> None:
    one, two = nodes.clients
    call = FakeCall(caller=SPAMMER[1:], line=OFFICE[1:])
    asked = await said(one, call.start_())
    await heard(nodes.states[1], call.call, 1)
    passed = await said(two, call.ivr(str(asked["ivr_saydigits"])))

    assert passed == {"redirect": "0-1", "return_timeout": 45}
    assert [one.turn for one in kept(tmp_path / "node1")[1]] == [2]
    assert 0 < await redis.ttl(STREAM) <= LIFETIME_SECONDS


async def test_a_node_that_began_after_the_first_turn_takes_the_next(
    nodes: Nodes,
    write_directory: WriteDirectory,
    settings: Settings,
    spool: SpoolWriter,
    spool_dir: Path,
    redis: Redis,
) -> None:
    call = FakeCall(caller=SPAMMER[1:], line=OFFICE[1:])
    asked = await said(nodes.clients[0], call.start_())
    await heard(nodes.states[1], call.call, 1)
    folder = write_directory(head=head_of(ANYTIME, pbxs=(cloud(settings),)))
    app = build_question_app(settings, Directory.open(folder), spool, redis)
    app[desk_key].clock = lambda: nodes.now
    async with TestClient(TestServer(app)) as young:
        assert await said(young, call.ivr(str(asked["ivr_saydigits"]))) == {"redirect": "0-1", "return_timeout": 45}
    (decision,) = kept(spool_dir)[1]
    assert decision.turn == 2
    assert "state" not in decision.decision.degraded


async def test_the_node_that_had_the_first_turn_knows_of_the_second(nodes: Nodes) -> None:
    """Its own turn is not the last one."""
    call, rung = FakeCall(caller=CLIENT[1:], line=OFFICE[1:]), []
    for turn, place in enumerate((0, 1, 0), 1):
        rung.append((await said(nodes.clients[place], call.start_()))["redirect"])
        for states in nodes.states:
            await heard(states, call.call, turn)
        nodes.now += 25

    assert rung[:2] == ["101", "102"]
    assert rung[2] not in rung[:2]


@pytest.mark.parametrize("name", ["mango", "megafon", "exolve"])
async def test_a_pbx_that_asks_once_a_call_has_no_next_turn(
    write_directory: WriteDirectory, settings: Settings, tmp_path: Path, redis: Redis, name: str
) -> None:
    """The same request at two nodes, and at one of them again when it is no repeat, is the first turn every time."""
    folder = write_directory(head=company(settings.secret_box(), ANYTIME))
    rest, kind, body, headers = BEGINNINGS[name]("917860068000019", CLIENT[1:])
    said_, now = [], NOW

    def clock() -> float:
        return now

    for number in range(2):
        with SpoolWriter(tmp_path / f"once{number}", cap_bytes=1 << 20) as spool:
            app = build_question_app(settings, Directory.open(folder), spool, redis)
            app[desk_key].clock = clock
            async with TestClient(TestServer(app)) as client:
                for _ in range(1 + number):
                    sent = {"Content-Type": kind, **headers}
                    told = await client.post(address(name) + rest, data=body, headers=sent)
                    said_.append((told.status, await told.read()))
                    now += 25
    turns = [one.turn for number in range(2) for one in kept(tmp_path / f"once{number}")[1]]

    assert set(turns) == {1}
    assert len(set(said_)) == 1
    assert said_[0][0] == 200
    assert not await redis.exists(STREAM)


async def test_a_question_asks_nothing_of_valkey(
    write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter, redis: Redis
) -> None:
    """Every PBX's, where no telephone rings: what is told of its dialogue is told when the answer has gone."""
    folder = write_directory(head=company(settings.secret_box(), ANYTIME))
    app = build_question_app(settings, Directory.open(folder), spool, redis)
    desk = app[hooks_key]
    asked: list[Any] = []
    async with TestClient(TestServer(app)) as client:
        desk._states._news = Unheard(asked)
        for place, (name, begun) in enumerate(BEGINNINGS.items()):
            rest, kind, body, headers = begun(f"917860068{place:06d}", SPAMMER[1:])
            sent = {"Content-Type": kind, **headers}
            assert (await client.post(address(name) + rest, data=body, headers=sent)).status == 200
        assert asked, "some dialogue has begun"
        assert not await redis.exists(STREAM)


class Unheard(asyncio.Event):
    """Notes that there is something to tell, and wakes nobody."""

    def __init__(self, noted: list[Any]) -> None:
        super().__init__()
        self.noted = noted

    def set(self) -> None:
        self.noted.append(self)


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


def following(states: DialogueStates) -> AbstractAsyncContextManager[None]:
    return running({"follow": states.follow, "tell": states.tell})


async def test_who_cannot_read_on_says_so(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where nothing answers and nothing ends, and no longer once it is read again."""
    monkeypatch.setattr(dialogue_states, "_AWAY_SECONDS", 0.001)
    states = DialogueStates(redis)
    assert states.standing("cloud", "in_2") == Standing("", missing=True)
    assert states.standing("cloud", "") == Standing()
    await states.catch_up()
    states.put("cloud", "in_1", state(1))
    assert states.standing("cloud", "in_2") == Standing()
    states._redis = GONE
    async with following(states):
        await eventually(lambda: not states.is_level)
        assert states.standing("cloud", "in_1") == Standing(state(1))
        states._redis = redis
        await eventually(lambda: states.is_level)


async def test_what_was_read_long_ago_is_not_all(redis: Redis) -> None:
    now = 100.0
    states = DialogueStates(redis, clock=lambda: now)
    await states.catch_up()
    assert states.is_level
    now += PATIENT
    assert not states.is_level


class Deaf:
    """A server that takes what is asked and never answers."""

    def __init__(self) -> None:
        self.open: set[asyncio.StreamWriter] = set()

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        while await reader.read(1000):
            pass
        writer.close()


async def test_a_valkey_that_does_not_answer_keeps_nobody_from_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogue_states, "_START_SECONDS", 0.01)
    server = await asyncio.start_server(Deaf().hear, "127.0.0.1", 0)
    async with server, Redis(port=server.sockets[0].getsockname()[1]) as deaf:
        states = DialogueStates(deaf)
        await states.catch_up()
        assert not states.is_level


async def test_what_valkey_could_not_be_told_it_is_told_when_it_is_back(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogue_states, "_AWAY_SECONDS", 0.001)
    gone, other = DialogueStates(GONE), DialogueStates(redis)
    gone.put("cloud", "in_1", state(1))
    await gone.close()
    assert gone._untold
    gone._script = redis.register_script(dialogue_states._SCRIPT)
    gone.put("cloud", "in_2", state(1))
    await gone.close()
    assert not gone._untold
    await other.catch_up()
    assert [other.standing("cloud", f"in_{call}") for call in (1, 2, 3)] == [
        Standing(state(1)),
        Standing(state(1)),
        Standing(),
    ]


async def test_of_what_cannot_be_told_the_newest_is_kept() -> None:
    states = DialogueStates(GONE)
    for place in range(dialogue_states._MOST_UNTOLD + 5):
        states.put("cloud", f"in_{place}", state(1))
    assert len(states._untold) == dialogue_states._MOST_UNTOLD
    assert next(iter(states._untold)) == ("cloud", "in_5")


async def test_a_dialogue_that_is_over_is_over_for_all(redis: Redis) -> None:
    one, two = DialogueStates(redis), DialogueStates(redis)
    one.put("cloud", "in_1", state(1))
    async with following(one), following(two):
        await heard(two, "in_1", 1)
        two.put("cloud", "in_1", "")
        await eventually(lambda: one.standing("cloud", "in_1") == Standing())
    told = await redis.xlen(STREAM)
    two.put("cloud", "in_9", "")  # of what never began nothing is told
    await two.close()
    assert await redis.xlen(STREAM) == told


async def test_all_that_was_told_before_is_read(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """In more entries than are read at a time; what nobody could have told is passed over, the oldest thrown away."""
    monkeypatch.setattr(dialogue_states, "_MOST_READ", 7)
    monkeypatch.setattr(dialogue_states, "_MOST_AT_ONCE", 1)
    old = 250
    async with redis.pipeline() as pipe:
        for place in range(old):
            pipe.xadd(STREAM, {"told": b"\xc1"} if place % 2 else {"other": b""}, id=f"1-{place + 1}")
        await pipe.execute()
    one, two = DialogueStates(redis), DialogueStates(redis)
    for place in range(20):
        one.put("cloud", f"in_{place}", state(1))
    one.put("cloud", "in_0", state(2))
    await one.close()
    await two.catch_up()
    assert two.standing("cloud", "in_0") == Standing(state(2))
    assert all(two.standing("cloud", f"in_{place}").state for place in range(20))
    left: Any = await redis.xrange(STREAM, "-", f"1-{old}")
    assert len(left) <= 100, "a block of them stays beside what is young"


@given(st.integers(1, 8), st.integers(1, 8))
def test_the_later_turn_counts(mine: int, told: int) -> None:
    assert later(state(mine), state(told)) == state(max(mine, told))
    assert later(state(mine), "") == ""
    assert later("", state(told)) == state(told)


@given(st.text(), st.text())
def test_whatever_lies_there_is_looked_at(mine: str, told: str) -> None:
    assert later(mine, told) in {mine, told}


@pytest.mark.parametrize(
    "told", [b"", b"\xc1", b"\x90", msgspec.msgpack.encode((b"me", [("cloud", "in_1")])), b"\x92\xc4"]
)
def test_what_is_no_word_of_a_process_is_left_out(told: bytes) -> None:
    states = DialogueStates(None)
    states._take(told)
    assert states.standing("cloud", "in_1") == Standing()
