"""Two calls at once never ring the same telephone: reservations on a real Valkey, and without one."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from redis.asyncio import Redis

import router.offers as offers_module
from router.devices import NoDevices
from router.offers import Offers
from router.state import StateBook
from router.switchboard import Reply, Switchboard
from tests.router.company import CLIENT, OFFICE, PLAN, STRANGER, THURSDAY_NOON, head_of
from tests.router.conftest import WriteDirectory
from trunkline.crypto import SecretBox
from trunkline.directory.reader import Directory
from trunkline.directory.values import AgentBrief, QueueBrief, QueueMember
from trunkline.pbx.port import Action, Question
from trunkline.pbx.reservations import Reservations

SIX = [UUID(int=100 + place) for place in range(6)]
EXTENSIONS = [str(201 + place) for place in range(6)]
Board = Callable[[str], Switchboard]


@pytest.fixture
def board(write_directory: WriteDirectory) -> Board:
    """A switchboard of a company whose strangers ring a team of six by this strategy."""

    def make(strategy: str = "linear") -> Switchboard:
        plan = PLAN | {"classes": {"unknown": "team:six", "client": "team:six"}}
        head = head_of(plan)
        agents = {one: AgentBrief(one, f"A{place}", EXTENSIONS[place]) for place, one in enumerate(SIX)}
        members = tuple(QueueMember(one, place // 3) for place, one in enumerate(SIX))
        head = msgspec.structs.replace(
            head,
            agents=head.agents | agents,
            queues=head.queues | {"six": QueueBrief("six", "Шесть", "q-six", strategy, None, members)},
        )
        folder: Path = write_directory(head=head)
        return Switchboard(Directory.open(folder), StateBook(SecretBox(b"k" * 32)), NoDevices())

    return make


def asked(call: int, caller: str = STRANGER, *, state: str = "", status: str = "") -> Question:
    return Question("office", f"1786006800.{call}", caller, OFFICE, state, status, at=THURSDAY_NOON)


def rung(reply: Reply) -> tuple[str, ...]:
    decision = reply.decision
    return (decision.target,) if decision.action is Action.EXTENSION else decision.targets


@pytest.mark.parametrize("strategy", ["linear", "random", "leastrecent", "rrmemory", "ringall"])
async def test_calls_at_once_never_ring_the_same_telephone(board: Board, redis: Redis, strategy: str) -> None:
    nodes = [Offers(board(strategy), Reservations(redis)) for _ in range(2)]
    replies = await asyncio.gather(*(nodes[call % 2].answer(asked(call), THURSDAY_NOON, 30.0) for call in range(12)))
    rings = [extension for reply in replies for extension in rung(reply)]

    assert sorted(rings) == EXTENSIONS
    assert [reply.decision.degraded for reply in replies] == [()] * 12
    left = [reply for reply in replies if not rung(reply)]
    assert {reply.decision.rule for reply in left} == {"overflow"}


async def test_the_deputy_rings_while_the_responsible_rings_for_another(board: Board, redis: Redis) -> None:
    offers = Offers(board("linear"), Reservations(redis))
    first, second, third = [await offers.answer(asked(call, CLIENT), THURSDAY_NOON, 30.0) for call in range(3)]

    assert [one.decision.rule for one in (first, second, third)] == ["responsible", "deputy", "class"]
    assert second.decision.facts.reserved == ("101",)
    told = next(row for row in second.decision.trace if row.rule == "responsible")
    assert told.used["reserved"] is True


async def test_the_same_call_keeps_and_gives_back_its_own(board: Board, redis: Redis) -> None:
    offers = Offers(board("linear"), Reservations(redis))
    first = await offers.answer(asked(1, CLIENT), THURSDAY_NOON, 30.0)
    again = await offers.answer(asked(1, CLIENT), THURSDAY_NOON, 30.0)
    assert rung(first) == rung(again) == ("101",)

    turn = await offers.answer(asked(1, CLIENT, state=again.decision.state, status="BUSY"), THURSDAY_NOON, 30.0)
    assert rung(turn) == ("102",)
    assert rung(await offers.answer(asked(2, CLIENT), THURSDAY_NOON, 30.0)) == ("101",)

    over = await offers.answer(asked(1, CLIENT, state=turn.decision.state, status="ANSWER"), THURSDAY_NOON, 30.0)
    await offers.close()
    assert over.decision.rule == "talk_over"
    assert await redis.keys("reserved:*102") == []
    left = await redis.pttl("reserved:{office}:101")
    assert 20_000 < left <= 22_000  # ring time and two seconds


async def test_a_telephone_the_plan_names_rings_whoever_else_rings_it(
    write_directory: WriteDirectory, redis: Redis
) -> None:
    folder = write_directory(head=head_of(PLAN | {"classes": {"unknown": "extension:110"}}))
    board = Switchboard(Directory.open(folder), StateBook(SecretBox(b"k" * 32)), NoDevices())
    offers = Offers(board, Reservations(redis))
    replies = [await offers.answer(asked(call), THURSDAY_NOON, 30.0) for call in range(2)]

    assert [rung(reply) for reply in replies] == [("110",)] * 2
    assert replies[1].decision.degraded == ()


class Stalled:
    """A server that takes connections and says nothing."""

    async def __aenter__(self) -> str:
        self.connections = 0
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        return f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/0"

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await reader.read()
        writer.close()

    async def __aexit__(self, *_: object) -> None:
        self._server.close()


async def test_a_silent_valkey_costs_one_question_its_limit_and_others_nothing(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offers_module, "LIMIT_SECONDS", 0.05)
    now = 100.0
    stalled = Stalled()
    async with stalled as url:
        redis: Redis = Redis.from_url(url)
        offers = Offers(board("linear"), Reservations(redis), clock=lambda: now)
        replies = [await offers.answer(asked(call), THURSDAY_NOON, 10.0) for call in range(50)]
        await redis.aclose()

    assert {rung(reply) for reply in replies} == {("201",)}
    assert {reply.decision.degraded for reply in replies} == {("reservation",)}
    assert stalled.connections == 1


async def test_a_question_that_rings_nobody_asks_nobody(write_directory: WriteDirectory) -> None:
    board = Switchboard(Directory.open(write_directory()), StateBook(SecretBox(b"k" * 32)), NoDevices())
    stalled = Stalled()
    async with stalled as url:
        redis: Redis = Redis.from_url(url)
        reply = await Offers(board, Reservations(redis)).answer(asked(1), THURSDAY_NOON, 30.0)
        await redis.aclose()

    assert (reply.decision.target, reply.decision.degraded) == ("q-sales", ())
    assert stalled.connections == 0


async def test_what_is_given_back_rings_for_the_next(board: Board, redis: Redis) -> None:
    offers = Offers(board("linear"), Reservations(redis))
    first = await offers.answer(asked(1, CLIENT), THURSDAY_NOON, 30.0)
    offers.give_back("office", asked(1).call_id)
    await offers.close()

    assert rung(await offers.answer(asked(2, CLIENT), THURSDAY_NOON, 30.0)) == rung(first)


async def test_without_reservations_nothing_is_given_back(board: Board) -> None:
    offers = Offers(board("linear"), None)
    offers.give_back("office", asked(1).call_id)

    await offers.close()
