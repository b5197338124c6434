"""A PBX that routes by commands, over HTTP both ways: its events come to the application, its calls are sent on."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from redis.asyncio import Redis

from router import command_queue
from router.wiring import build_question_app
from tests.fakes.mango import FORM, KEY, SALT, FakeCall, FakeMango, webhook
from tests.fakes.waiting import eventually
from tests.router.company import CLIENT, DEBTOR, OFFICE, PATIENT_MS, SPAMMER, STRANGER, head_of
from tests.router.conftest import WriteDirectory
from tests.router.test_hooks import ANYTIME, kept
from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.summary import summary_of
from trunkline.crypto import token_hash
from trunkline.directory.reader import Directory
from trunkline.directory.values import LineMode, PbxBrief
from trunkline.pbx.hooks.providers import told_by
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.mango.provider import Mango
from trunkline.settings import Settings, load
from trunkline.spool import SpoolWriter
from trunkline.web.metrics import ROUTE_COMMANDS

DOOR = "a-secret-of-the-address-128-bits"
PATH = f"/router/v1/hooks/mango/{DOOR}"
SPACING = 0.3
PLAN = ANYTIME | {"spam": {"action": "reject", "failed": "voicemail:spam"}}


@dataclass
class Scene:
    """An account at Mango and the application it tells of its calls."""

    mango: FakeMango
    http: TestClient[web.Request, web.Application]
    folder: Path
    calls: int = field(default=0)

    def call(self, client: str) -> FakeCall:
        """A call of this client's, which the PBX knows."""
        self.calls += 1
        call = FakeCall(f"entry-{self.calls}", client[1:], OFFICE[1:], int(time.time()))
        self.mango.legs.add(f"{call.entry}:1")
        return call

    async def tell(self, said: dict[str, Any], path: str = "events/call") -> None:
        response = await self.http.post(f"{PATH}/{path}", data=webhook(said), headers={"Content-Type": FORM})
        assert (response.status, await response.json()) == (200, {"success": True})

    async def comes(self, client: str, place: str = "ivr") -> FakeCall:
        call = self.call(client)
        await self.tell(call.state(0, "1", "Appeared", place))
        return call

    async def held(self) -> None:
        """One command is on its way, and answered only when the PBX is `open` again: all others wait."""
        self.mango.open.clear()
        await self.comes(STRANGER)
        await self.mango.until(1)

    def sent(self) -> list[tuple[str, str]]:
        """Which calls went where, in order."""
        return [(one.said["call_id"].removesuffix(":1"), one.said.get("to_number", "")) for one in self.mango.taken]

    def fates(self) -> list[tuple[str, str, str]]:
        """Of each command kept among the PBX's requests: its call, what became of it, in whose words."""
        hooks = [one for one in kept(self.folder)[0] if one.path.startswith("commands/")]
        return [(_call(one), one.verdict, one.answered) for one in hooks]


def _call(hook: HookRecord) -> str:
    return hook.request.text("entry_id")


@pytest.fixture
async def mango() -> AsyncIterator[tuple[FakeMango, str]]:
    """The provider's API, and its address."""
    fake = FakeMango(SPACING)
    server = TestServer(fake.app)
    await server.start_server()
    yield fake, str(server.make_url("/vpbx"))
    await server.close()


Begin = Callable[..., Any]


@pytest.fixture
async def begin(
    mango: tuple[FakeMango, str],
    write_directory: WriteDirectory,
    settings: Settings,
    spool: SpoolWriter,
    spool_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Begin]:
    """Starts the scene; `mode` is the line's, `patience` how long a command may wait, `salt` what we sign with."""
    clients: list[TestClient[web.Request, web.Application]] = []
    environment = {"TRUNKLINE_DATA_DIR": str(tmp_path / "data"), "TRUNKLINE_SECRETS_KEY": "ab" * 32}
    allowed = load(None, environment | {"TRUNKLINE_WEB_WEBHOOK_PRIVATE_ADDRESSES": "127.0.0.0/8"})

    async def started(
        mode: LineMode = LineMode.ROUTE,
        patience: float = 20.0,
        spacing: float = SPACING,
        salt: str = SALT,
        redis: Redis | None = None,
    ) -> Scene:
        monkeypatch.setattr(Mango, "spacing_seconds", spacing)
        monkeypatch.setattr(Mango, "patience_seconds", patience)
        told = {"key": KEY, "api": mango[1], "places": {"q-sales": "500", "q-finance": "502"}}
        pbx = PbxBrief(
            "cloud",
            "mango",
            PATIENT_MS,
            (token_hash(DOOR),),
            ("127.0.0.0/8",),
            settings=msgspec.json.encode(told),
            secrets=settings.secret_box().seal(msgspec.json.encode({"salt": salt, "salt_before": SALT})),
        )
        head = head_of(PLAN, pbxs=(pbx,))
        lines = {number: msgspec.structs.replace(line, mode=mode) for number, line in head.lines.items()}
        directory = Directory.open(write_directory(head=msgspec.structs.replace(head, lines=lines)))
        client = TestClient(TestServer(build_question_app(allowed, directory, spool, redis)))
        clients.append(client)
        await client.start_server()
        return Scene(mango[0], client, spool_dir)

    yield started
    for client in clients:
        await client.close()


async def test_a_call_is_sent_on_and_what_came_of_it_is_kept(begin: Begin) -> None:
    scene = await begin()
    call = await scene.comes(CLIENT)
    await scene.mango.until(1)
    (taken,) = scene.mango.taken

    assert (taken.path, taken.said["to_number"], taken.said["call_id"]) == ("commands/route", "101", f"{call.entry}:1")
    assert taken.said["sip_headers"]["From/display-name"].startswith("Иванов")
    await eventually(lambda: scene.fates() == [(call.entry, "sent", '200 {"result": 1000}')])
    await scene.tell({"command_id": taken.said["command_id"], "result": "1000"}, "result/route")
    hooks, (decision,) = kept(scene.folder)
    assert (decision.decision.rule, decision.question.call_id) == ("responsible", call.entry)
    assert SALT.encode() not in b"".join(one.body for one in hooks)


async def test_a_call_from_the_menu_to_its_end(begin: Begin) -> None:
    """As the vendor's example of routing goes on (VPBX API 1.9), to the record of the call."""
    scene = await begin()
    done = ROUTE_COMMANDS.labels("mango", "done")._value.get()
    call = await scene.comes(CLIENT)
    await scene.mango.until(1)
    (command,) = (one.said for one in scene.mango.taken)
    made = {"command_id": command["command_id"]}
    await scene.tell(call.menu(1, "Disconnected", disconnect_reason="1100"))
    await scene.tell(call.desk(1, "2", "Appeared", command["to_number"], "1", **made))
    await scene.tell(made | {"result": "1000"}, "result/route")
    await scene.tell(call.desk(12, "2", "Connected", command["to_number"], "1", **made))
    await scene.tell(call.desk(32, "2", "Disconnected", command["to_number"], "1", disconnect_reason="1120", **made))
    await scene.tell(call.summary(32, 1120, talks=12, to={"extension": command["to_number"]}), "events/summary")

    told = [step for hook in kept(scene.folder)[0] for step in told_by(hook)]
    found = summary_of(advance(Call("cloud", call.entry), *told))
    assert (found.client, found.dialled, found.answered_by) == (CLIENT, OFFICE, "101")
    assert found.talk == pytest.approx(20, abs=1)
    assert len(scene.mango.taken) == 1
    assert ROUTE_COMMANDS.labels("mango", "done")._value.get() == done + 1


@pytest.mark.parametrize("mode", [LineMode.OBSERVE, LineMode.ADVISE])
async def test_a_line_that_is_only_observed_is_commanded_nowhere(begin: Begin, mode: LineMode) -> None:
    scene = await begin(mode)
    await scene.comes(CLIENT)
    await scene.comes(SPAMMER)

    assert len(kept(scene.folder)[1]) == 2
    assert scene.mango.taken == []
    assert scene.fates() == []


async def test_a_number_that_is_no_line_of_ours_is_commanded_nowhere(begin: Begin) -> None:
    """The account has more numbers than we were told of: their calls are the cabinet's."""
    scene = await begin()
    other = scene.call(STRANGER)
    other.line = "74950000000"
    await scene.tell(other.menu(0))
    ours = await scene.comes(STRANGER)
    await scene.mango.until(1)

    assert len(kept(scene.folder)[1]) == 2
    assert scene.sent() == [(ours.entry, "500")]


async def test_a_burst_goes_out_in_the_accounts_measure_the_most_urgent_first(begin: Begin) -> None:
    scene = await begin()
    await scene.held()
    await scene.comes(STRANGER, "queue")
    for client in (STRANGER, DEBTOR, CLIENT):
        await scene.comes(client)
    scene.mango.open.set()
    await scene.mango.until(5)

    assert scene.sent()[1:] == [("entry-5", "101"), ("entry-3", "500"), ("entry-4", "502"), ("entry-2", "500")]
    assert scene.mango.refused == []


async def test_what_no_longer_matters_is_dropped(begin: Begin) -> None:
    scene = await begin()
    await scene.held()
    left, answered, moved = [await scene.comes(STRANGER) for _ in range(3)]
    await scene.tell(left.summary(1, 1110), "events/summary")
    await scene.tell(answered.desk(1, "3", "Connected", "101", "1"))
    await scene.tell(moved.menu(1, "Disconnected", disconnect_reason=1100))
    stays = await scene.comes(STRANGER)
    scene.mango.open.set()
    await scene.mango.until(2)

    assert scene.sent()[1:] == [(stays.entry, "500")]
    dropped = {(left.entry, "dropped", "over"), (answered.entry, "dropped", "talks"), (moved.entry, "dropped", "moved")}
    assert set(scene.fates()) >= dropped


async def test_telephones_of_a_command_that_was_dropped_are_free_again(begin: Begin, redis: Redis) -> None:
    scene = await begin(redis=redis)
    await scene.held()
    left = await scene.comes(CLIENT)
    held = await redis.get("reserved:{cloud}:101")
    await scene.tell(left.summary(1, 1110), "events/summary")

    async def is_free() -> bool:
        return await redis.get("reserved:{cloud}:101") is None

    assert held == left.entry.encode()
    await eventually(is_free)


@pytest.mark.parametrize("end", ["talks", "over"])
async def test_telephones_kept_for_a_call_are_free_once_it_is_answered_or_gone(
    begin: Begin, redis: Redis, end: str
) -> None:
    """They would stay held for as long as they may ring, whoever took the call."""
    scene = await begin(redis=redis)
    call = await scene.comes(CLIENT)
    await scene.mango.until(1)
    await eventually(lambda: len(scene.fates()) == 1)
    held = await redis.get("reserved:{cloud}:101")
    if end == "talks":
        await scene.tell(call.desk(3, "2", "Connected", "102", "1"))
    else:
        await scene.tell(call.summary(3, 1110), "events/summary")

    async def is_free() -> bool:
        return await redis.get("reserved:{cloud}:101") is None

    assert held == call.entry.encode()
    await eventually(is_free)


async def test_of_more_calls_than_can_wait_the_least_urgent_is_counted_and_not_kept(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_queue, "MOST_WAITING", 1)
    scene = await begin()
    await scene.held()
    crowded = ROUTE_COMMANDS.labels("mango", "crowded")._value.get()
    for client in (STRANGER, CLIENT):
        await scene.comes(client)
    scene.mango.open.set()
    await scene.mango.until(2)

    assert scene.sent()[1:] == [("entry-3", "101")]
    assert ROUTE_COMMANDS.labels("mango", "crowded")._value.get() == crowded + 1
    assert not [name for name, _, _ in scene.fates() if name == "entry-2"]


async def test_an_end_that_comes_before_its_beginning(begin: Begin) -> None:
    scene = await begin()
    call = scene.call(STRANGER)
    appeared, gone = call.menu(0), call.menu(1, "Disconnected", disconnect_reason=1110)
    await scene.tell(gone)
    await scene.tell(appeared)

    assert scene.fates() == [(call.entry, "dropped", "moved")]
    assert len(kept(scene.folder)[1]) == 1


async def test_a_repeat_is_no_second_command(begin: Begin) -> None:
    scene = await begin()
    call = scene.call(STRANGER)
    said = call.menu(0)
    for _ in range(3):
        await scene.tell(said)
    await scene.tell(call.menu(3))
    other = await scene.comes(STRANGER)
    await scene.mango.until(2)

    assert [name for name, _ in scene.sent()] == [call.entry, other.entry]
    assert len(kept(scene.folder)[1]) == 2


async def test_a_caller_who_is_refused_is_hung_up(begin: Begin) -> None:
    scene = await begin()
    call = await scene.comes(SPAMMER)
    await scene.mango.until(1)

    assert [(one.path, one.said["call_id"]) for one in scene.mango.taken] == [
        ("commands/call/hangup", f"{call.entry}:1")
    ]


async def test_where_no_answer_came_nothing_is_repeated(begin: Begin) -> None:
    scene = await begin()
    scene.mango.cuts = True
    lost = await scene.comes(STRANGER)
    await eventually(lambda: len(scene.fates()) == 1)
    after = await scene.comes(STRANGER)
    await eventually(lambda: len(scene.fates()) == 2)

    assert [name for name, _ in scene.sent()] == [lost.entry, after.entry]
    assert [(name, fate) for name, fate, _ in scene.fates()] == [(lost.entry, "command_unknown"), (after.entry, "sent")]


@pytest.mark.parametrize(
    ("status", "fate"), [(500, "command_unknown"), (504, "command_unknown"), (400, "command_refused")]
)
async def test_what_is_answered_with_an_error_is_not_repeated(begin: Begin, status: int, fate: str) -> None:
    scene = await begin()
    scene.mango.status = status
    lost = await scene.comes(STRANGER)
    await eventually(lambda: len(scene.fates()) == 1)
    after = await scene.comes(STRANGER)
    await eventually(lambda: len(scene.fates()) == 2)

    assert [name for name, _ in scene.sent()] == [lost.entry, after.entry]
    assert [(name, became) for name, became, _ in scene.fates()] == [(lost.entry, fate), (after.entry, "sent")]


async def test_what_was_surely_not_done_waits_again(begin: Begin) -> None:
    scene = await begin()
    scene.mango.busy = True
    call = await scene.comes(STRANGER)
    await scene.mango.until(2)

    assert scene.mango.refused == [(429, "commands/route")]
    assert scene.sent() == [(call.entry, "500")]
    await eventually(lambda: [fate for _, fate, _ in scene.fates()] == ["sent"])


async def test_a_call_the_pbx_does_not_know_is_refused_once(begin: Begin) -> None:
    scene = await begin()
    call = scene.call(STRANGER)
    scene.mango.legs.clear()
    await scene.tell(call.menu(0))
    await eventually(lambda: scene.fates() == [(call.entry, "command_refused", '200 {"result": 4101}')])

    assert len(scene.mango.taken) == 1


async def test_what_waits_too_long_is_dropped(begin: Begin) -> None:
    scene = await begin(patience=0.01, spacing=60.0)  # less than the rest a new process keeps
    call = await scene.comes(STRANGER)
    await eventually(lambda: scene.fates() == [(call.entry, "dropped", "late")])

    assert scene.mango.taken == []


async def test_no_hook_waits_for_a_command(begin: Begin) -> None:
    scene = await begin()
    await scene.held()
    for _ in range(20):
        await scene.comes(STRANGER)
    scene.mango.open.set()

    assert len(kept(scene.folder)[1]) == 21


async def test_an_account_whose_secret_is_wrong_rests(begin: Begin) -> None:
    scene = await begin(salt="another", spacing=0.01, patience=2.0)
    call = await scene.comes(STRANGER)
    await eventually(lambda: [fate for _, fate, _ in scene.fates()] == ["command_refused"])
    after = await scene.comes(STRANGER)
    await eventually(lambda: len(scene.fates()) == 2)

    assert scene.mango.refused == [(401, "commands/route")]
    assert scene.fates() == [(call.entry, "command_refused", "401"), (after.entry, "dropped", "late")]
