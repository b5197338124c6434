"""Orders about calls against a PBX where the call goes on meanwhile, and one that loses links and refuses."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
from redis.asyncio import Redis

from tests.fakes.ami_server import COMMANDS, AmiServer
from tests.fakes.waiting import eventually
from trunkline.alarms.alarm import AlarmBell, open_alarms
from trunkline.background import end
from trunkline.calls.decisions import DecisionApplier
from trunkline.control import store
from trunkline.control.order import STALE_SECONDS, Kind, Mode, Place, State, Target, channel_of
from trunkline.control.store import Choice, Leg, NewOrder
from trunkline.db.types import Pool
from trunkline.ids import call_uuid
from trunkline.pbx.asterisk.controller import Controller, ControllerTiming
from trunkline.pbx.asterisk.framing import Frame
from trunkline.pbx.asterisk.keeper import Keeping
from trunkline.pbx.asterisk.link import open_link
from trunkline.pbx.asterisk.members import Ways
from trunkline.pbx.asterisk.terms import Address, Limits, LinkDown
from trunkline.pbx.port import Action, Decision, DecisionRecord, Question
from trunkline.people.identity import EVERYTHING, Identity, Via
from trunkline.people.roles import Role
from trunkline.spool import Kind as RecordKind
from trunkline.spool import Position, Record
from trunkline.uptime import uptime

QUICK = ControllerTiming(poll=0.05, answer=0.3, again=0.05, refused=0.2)
CALLER, AGENT = "1700000000.7", "1700000000.9"
WAITS = {"Queue": "sales", "Channel": "PJSIP/provider-00000007", "Uniqueid": CALLER}
TALKS = [
    {"Channel": "PJSIP/provider-00000007", "Uniqueid": CALLER, "Linkedid": CALLER, "BridgeID": "b1"},
    {"Channel": "PJSIP/101-00000009", "Uniqueid": AGENT, "Linkedid": CALLER, "BridgeID": "b1"},
]
TO_PRODUCTION = Choice(Target(Place.QUEUE, "production"), "Производство")
TO_201 = Choice(Target(Place.DESK, "201"), "Глеб")
MOVE = NewOrder(Kind.MOVE, uuid4(), Leg("office", CALLER), TO_PRODUCTION, queue="sales")
PASS = NewOrder(Kind.PASS, uuid4(), Leg("office", AGENT), TO_201, agent="101", words="Ждёт счёт")
LISTEN = NewOrder(Kind.LISTEN, uuid4(), Leg("office", AGENT), agent="101", mode=Mode.WHISPER, extension="301")
ORDERED = ("Redirect", "BlindTransfer", "Originate", "Setvar", "MixMonitorMute")


@pytest.fixture
async def server() -> AsyncIterator[AmiServer]:
    async with AmiServer({"trunkline": "s3cret", "trunkline-members": "s3cret"}) as server:
        server.commands = (*COMMANDS, *ORDERED)
        server.queue_names = ["sales", "production"]
        server.contexts = {"trunkline-to-queue", "trunkline-to-desk"}
        server.entries, server.channels = [WAITS], list(TALKS)
        yield server


@asynccontextmanager
async def controlling(
    server: AmiServer,
    pool: Pool,
    redis: Redis,
    *,
    acting: bool = True,
    hears: bool = True,
    clock: Callable[[], float] = uptime,
    **more: object,
) -> AsyncIterator[None]:
    """A controller at work, beside the link that hears."""
    user = Address("127.0.0.1", server.port, "trunkline-members", "s3cret")
    keeping = Keeping(user, **{"controls": True, "listens": True, **more})  # type: ignore[arg-type]
    hearing = Address("127.0.0.1", server.port, "trunkline", "s3cret")
    async with open_link(hearing, received=lambda _: None, wanted=frozenset(), limits=Limits()) as link:

        async def ask(action: Mapping[str, str]) -> list[Frame]:
            if not hears:
                raise LinkDown("down")
            return await link.ask(action)

        bell = AlarmBell(pool, redis)
        controller = Controller("office", keeping, lambda: acting, ask, pool, redis, bell, QUICK, clock)
        running = asyncio.create_task(controller.run())
        try:
            yield
            assert not running.done(), running.result()
        finally:
            await end([running])


async def ordered(pool: Pool, order: NewOrder) -> UUID:
    by = Identity(UUID(int=1), "Глава", "head", Role.SUPERVISOR, frozenset(), EVERYTHING, Via.SESSION, "s")
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("insert into people (id, name) values ($1, 'Глава') on conflict do nothing", by.person)
        return await store.add_order(connection, order, by, datetime.now(UTC))


async def until_over(pool: Pool, order: UUID) -> tuple[State, str]:
    async def over() -> bool:
        return (await store.state_of(pool, order))[0] not in {State.ACCEPTED, State.SENT}

    await eventually(over)
    return await store.state_of(pool, order)


def said(server: AmiServer) -> list[str]:
    """The actions that change something, in their order."""
    return [str(one["Action"]) for one in server.actions if one.get("Action") in ORDERED]


async def test_who_waits_is_moved(server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None) -> None:
    order = await ordered(pool, MOVE)
    async with controlling(server, pool, redis):
        assert await until_over(pool, order) == (State.DONE, "")

    (redirect,) = server.asked("Redirect")
    assert (redirect["Channel"], redirect["Context"], redirect["Exten"], redirect["Priority"]) == (
        "PJSIP/provider-00000007", "trunkline-to-queue", "production", "1",
    )  # fmt: skip
    assert said(server) == ["Setvar", "Redirect"]
    assert server.actions[-2]["Action"] == "QueueStatus", "the last look is right before"
    assert server.asked("Setvar")[0]["Value"] == "queue:sales"


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        pytest.param([], "gone", id="nobody waits"),
        pytest.param([WAITS | {"Uniqueid": "1700000000.8"}], "gone", id="another with that channel's name"),
        pytest.param([WAITS | {"Queue": "production"}], "gone", id="he waits elsewhere"),
    ],
)
async def test_who_waits_no_more_is_left(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None, entries: list[dict[str, str]], why: str
) -> None:
    server.entries = entries
    order = await ordered(pool, MOVE)
    async with controlling(server, pool, redis):
        assert await until_over(pool, order) == (State.REFUSED, why)
    assert said(server) == []


async def test_answered_between_two_looks(server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None) -> None:
    server.before["Setvar"] = server.entries.clear
    order = await ordered(pool, MOVE)
    async with controlling(server, pool, redis):
        assert await until_over(pool, order) == (State.REFUSED, "gone")
    assert said(server) == ["Setvar"], "nothing that moves anybody"


async def test_a_talk_is_passed_on(server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None) -> None:
    order = await ordered(pool, PASS)
    async with controlling(server, pool, redis):
        assert await until_over(pool, order) == (State.DONE, "")

    (transfer,) = server.asked("BlindTransfer")
    assert (transfer["Channel"], transfer["Context"], transfer["Exten"]) == (
        "PJSIP/101-00000009", "trunkline-to-desk", "201",
    )  # fmt: skip
    (back,) = server.asked("Setvar")
    assert (back["Channel"], back["Variable"], back["Value"]) == (
        "PJSIP/provider-00000007", "TRUNKLINE_BACK", "desk:101",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("order", "styles", "name"),
    [
        pytest.param(
            PASS, {"201": "latin"}, 'Ivanov (OOO "Romashka")', id="passed to whose telephone needs Latin letters"
        ),
        pytest.param(PASS, {"201": "off"}, "", id="whose telephone shows none"),
        pytest.param(PASS, {"101": "latin"}, "Иванов (ООО «Ромашка»)", id="from Latin letters to the PBX's own way"),
        pytest.param(MOVE, {"101": "latin"}, "Иванов (ООО «Ромашка»)", id="moved to a queue"),
        pytest.param(PASS, {}, None, id="no telephone has a way of its own"),
    ],
)
async def test_the_next_telephone_shows_the_name_in_its_way(
    server: AmiServer,
    pool: asyncpg.Pool,
    redis: Redis,
    office: None,
    order: NewOrder,
    styles: dict[str, str],
    name: str | None,
) -> None:
    decided = Decision(Action.QUEUE, "class", facts={"name": "Иванов", "company": "ООО «Ромашка»"})
    told = DecisionRecord(1.7e9, 1, "+79161234567", "+74951234567", Question("office", CALLER), decided)
    people = [
        (UUID(int=int(extension)), extension, style) for extension, style in {"101": "", "201": "", **styles}.items()
    ]
    async with pool.acquire() as connection:
        await connection.executemany(
            "insert into people (id, name, extension, caller_names) values ($1, $2, $2, $3)", people
        )
        record = Record(RecordKind.DECISION, told.at, msgspec.msgpack.encode(told), Position(1, 0))
        assert not (await DecisionApplier().apply(connection, [record])).rejects
    kept = await ordered(pool, order._replace(call_id=call_uuid("office", CALLER, 0.0)))
    async with controlling(server, pool, redis):
        assert await until_over(pool, kept) == (State.DONE, "")

    named = [(one["Channel"], one["Value"]) for one in server.asked("Setvar") if one["Variable"] == "CALLERID(name)"]
    assert named == ([] if name is None else [("PJSIP/provider-00000007", name)])
    assert said(server)[-1] in {"Redirect", "BlindTransfer"}, "the name is there before the telephone rings"


@pytest.mark.parametrize(
    ("channels", "why"),
    [
        pytest.param([], "silent", id="gone"),
        pytest.param([TALKS[1] | {"BridgeID": ""}], "silent", id="in no conversation"),
        pytest.param([TALKS[1]], "silent", id="alone in it"),
        pytest.param([*TALKS, TALKS[0] | {"Channel": "x", "Uniqueid": "3"}], "crowd", id="three of them"),
        pytest.param([TALKS[0], TALKS[1] | {"Uniqueid": "1700000001.1"}], "silent", id="another call of his"),
    ],
)
async def test_what_is_no_talk_is_not_passed_on(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None, channels: list[dict[str, str]], why: str
) -> None:
    server.channels = channels
    order = await ordered(pool, PASS)
    async with controlling(server, pool, redis):
        assert await until_over(pool, order) == (State.REFUSED, why)
    assert said(server) == []


async def test_the_pbx_has_the_last_word(server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None) -> None:
    server.refusals = {"BlindTransfer": "Transfer not permitted"}
    order = await ordered(pool, PASS)
    async with controlling(server, pool, redis):
        assert await until_over(pool, order) == (State.REFUSED, "Transfer not permitted")


@pytest.mark.parametrize(
    ("interface", "rung"),
    [("PJSIP/EXT", "PJSIP/301"), ("SIP/EXT", "SIP/301"), ("Local/EXT@from-queue/n", "PJSIP/301")],
)
async def test_a_listeners_phone_is_rung(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None, interface: str, rung: str
) -> None:
    order = await ordered(pool, LISTEN)
    async with controlling(server, pool, redis, ways=Ways(interface)):
        assert await until_over(pool, order) == (State.DONE, "")

    (spy,) = server.asked("Originate")
    assert (spy["Channel"], spy["Application"], spy["Data"]) == (rung, "ChanSpy", f"{AGENT},uqESw")
    assert (spy["ChannelId"], spy["Async"], spy["CallerID"]) == (channel_of(order), "true", "101 <101>")


async def test_nobody_is_rung_for_a_talk_that_is_over(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None
) -> None:
    server.channels = []
    order = await ordered(pool, LISTEN)
    async with controlling(server, pool, redis):
        assert await until_over(pool, order) == (State.REFUSED, "silent")
    assert said(server) == []


@pytest.mark.parametrize(
    ("order", "change", "why"),
    [
        pytest.param(MOVE, {"contexts": set()}, "dialplan", id="no way in the dialplan"),
        pytest.param(PASS, {"contexts": {"trunkline-to-queue"}}, "dialplan", id="nor to a desk"),
        pytest.param(MOVE, {"queue_names": ["sales"]}, "queue", id="no such queue"),
    ],
)
async def test_nothing_is_sent_nowhere(
    server: AmiServer,
    pool: asyncpg.Pool,
    redis: Redis,
    office: None,
    order: NewOrder,
    change: dict[str, object],
    why: str,
) -> None:
    for name, value in change.items():
        setattr(server, name, value)
    kept = await ordered(pool, order)
    async with controlling(server, pool, redis):
        assert await until_over(pool, kept) == (State.REFUSED, why)
    assert said(server) == []


@pytest.mark.parametrize(("order", "more"), [(MOVE, {"controls": False}), (PASS, {"controls": False}),
                                             (LISTEN, {"listens": False})])  # fmt: skip
async def test_what_was_switched_off_is_not_done(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None, order: NewOrder, more: dict[str, Any]
) -> None:
    kept = await ordered(pool, order)
    async with controlling(server, pool, redis, **more):
        assert await until_over(pool, kept) == (State.REFUSED, "setting")
    assert said(server) == []


async def test_unheard_nothing_is_changed(server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None) -> None:
    order = await ordered(pool, MOVE)
    async with controlling(server, pool, redis, hears=False):
        assert await until_over(pool, order) == (State.REFUSED, "away")
    assert said(server) == []


async def test_an_order_without_an_answer_is_unknown_and_never_repeated(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None
) -> None:
    server.deaf_to = {"Redirect"}
    order = await ordered(pool, MOVE)
    async with controlling(server, pool, redis):
        assert (await until_over(pool, order))[0] is State.UNKNOWN
        server.deaf_to = set()
        second = await ordered(pool, PASS)
        assert await until_over(pool, second) == (State.DONE, "")
    assert len(server.asked("Redirect")) == 1


@pytest.mark.parametrize(("kind", "state"), [(Kind.PAUSE, "1"), (Kind.RECORD, "0")])
async def test_a_recording_is_silent_and_sounds_again(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None, kind: Kind, state: str
) -> None:
    order = await ordered(pool, NewOrder(kind, uuid4(), Leg("office", CALLER), seconds=60))
    async with controlling(server, pool, redis):
        assert await until_over(pool, order) == (State.DONE, "")
    (muted,) = server.asked("MixMonitorMute")
    assert (muted["Channel"], muted["Direction"], muted["State"]) == ("PJSIP/provider-00000007", "both", state)


@pytest.mark.parametrize("kind", [Kind.PAUSE, Kind.RECORD])
async def test_a_channel_that_is_no_more_is_left(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None, kind: Kind
) -> None:
    order = await ordered(pool, NewOrder(kind, uuid4(), Leg("office", "1700000000.8"), seconds=60))
    async with controlling(server, pool, redis):
        assert await until_over(pool, order) == (State.REFUSED, "silent")
    assert said(server) == []


async def test_going_on_is_said_until_the_pbx_answers(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None
) -> None:
    """Said twice it does no harm; not said, the rest of the call is silent."""
    server.deaf_to = {"MixMonitorMute"}
    order = await ordered(pool, NewOrder(Kind.RECORD, uuid4(), Leg("office", CALLER), seconds=60))
    async with controlling(server, pool, redis):
        await server.until(lambda: len(server.asked("MixMonitorMute")) == 1)
        server.deaf_to = set()
        assert await until_over(pool, order) == (State.DONE, "")
    assert len(server.asked("MixMonitorMute")) == 2


async def test_a_link_that_is_down_only_delays_it(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None
) -> None:
    order = await ordered(pool, NewOrder(Kind.RECORD, uuid4(), Leg("office", CALLER), seconds=60))
    async with controlling(server, pool, redis, hears=False):

        async def put_off() -> bool:
            return bool(await pool.fetchval("select at > now() from call_orders where id = $1", order))

        await eventually(put_off)
    async with controlling(server, pool, redis):
        assert await until_over(pool, order) == (State.DONE, "")


async def test_an_old_order_is_not_sent(server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None) -> None:
    old = await ordered(pool, MOVE)
    await pool.execute("update call_orders set at = now() - interval '11 seconds' where id = $1", old)
    fresh = await ordered(pool, PASS)
    async with controlling(server, pool, redis):
        await until_over(pool, fresh)
    assert server.asked("Redirect") == []
    assert await store.withdraw_order(pool, old) == (State.EXPIRED, "")


@pytest.mark.parametrize(
    ("order", "looks", "spoke"),
    [
        pytest.param(LISTEN, 1, [], id="claimed, and asleep"),
        pytest.param(MOVE, 2, ["Setvar"], id="asleep between two words"),
    ],
)
async def test_who_was_held_up_after_the_claim_says_nothing(
    server: AmiServer,
    pool: asyncpg.Pool,
    redis: Redis,
    office: None,
    order: NewOrder,
    looks: int,
    spoke: list[str],
) -> None:
    """The machine sleeps in mid-order: nobody is moved or rung half a minute after the click."""
    seen = 0
    late = await ordered(pool, order)

    def clock() -> float:
        nonlocal seen
        seen += 1
        return 0.0 if seen <= looks else STALE_SECONDS + 1

    async with controlling(server, pool, redis, clock=clock):
        assert await until_over(pool, late) == (State.REFUSED, "away")
    assert said(server) == spoke


async def test_the_time_to_say_it_is_the_databases(pool: asyncpg.Pool, office: None) -> None:
    old = await ordered(pool, MOVE)
    await pool.execute("update call_orders set at = now() - interval '4 seconds' where id = $1", old)
    claimed = await store.claim_order(pool, "office", lambda: 500.0)
    assert claimed is not None
    assert 500 < claimed.until <= 500 + STALE_SECONDS - 4


async def test_what_nobody_ended_is_settled(pool: asyncpg.Pool, office: None) -> None:
    taken, left = await ordered(pool, MOVE), await ordered(pool, MOVE)
    claimed = await store.claim_order(pool, "office")
    assert claimed is not None
    assert claimed.id == taken
    await pool.execute("update call_orders set at = now() - interval '2 minutes'")
    await store.settle_orders(pool)
    assert (await store.state_of(pool, taken))[0] is State.UNKNOWN
    assert (await store.state_of(pool, left))[0] is State.EXPIRED


async def test_a_missing_right_is_an_alarm(server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None) -> None:
    async def alarms() -> list[str]:
        async with pool.acquire() as connection:
            return [one.key for one in await open_alarms(connection)]

    async def told() -> bool:
        return await alarms() == ["pbx.control:office"]

    async def cleared() -> bool:
        return await alarms() == []

    server.denied = {"Setvar", "Redirect"}
    order = await ordered(pool, MOVE)
    async with controlling(server, pool, redis):
        assert await until_over(pool, order) == (State.REFUSED, "denied")
        await eventually(told)
        server.denied = set()
        await until_over(pool, await ordered(pool, MOVE))
        await eventually(cleared)


async def test_a_node_that_does_not_act_does_nothing(
    server: AmiServer, pool: asyncpg.Pool, redis: Redis, office: None
) -> None:
    order = await ordered(pool, MOVE)
    async with controlling(server, pool, redis, acting=False):
        await asyncio.sleep(0.2)
    assert await store.state_of(pool, order) == (State.ACCEPTED, "")
    assert said(server) == []
