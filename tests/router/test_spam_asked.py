"""The spam rules as a PBX meets them: from the directory's small tables to the answer, and over two processes."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer
from redis.asyncio import Redis

from router.caller_feed import CallerFeed
from router.callers import Callers
from router.web import desk_key
from router.wiring import build_question_app
from tests.fakes.waiting import eventually
from tests.router.company import SPAMMER, STRANGER, THURSDAY_NOON, head_of
from tests.router.conftest import WriteDirectory
from tests.router.test_web import Client, ask, dial
from trunkline.directory.reader import Directory
from trunkline.directory.values import SpamBrief
from trunkline.settings import Settings
from trunkline.spool import SpoolWriter

IN_A_TEN, IN_A_HUNDRED = "+74950000015", "+74950001234"
BRIEF = SpamBrief(
    allowed={"+74951110001": 0, "+74951110002": int(THURSDAY_NOON) + 60, "+74951110003": int(THURSDAY_NOON) - 60},
    spoken={"+74950000019": int(THURSDAY_NOON) + 60, "+74950000018": int(THURSDAY_NOON) - 60},
    personal={"+74951110004": "reject", "+74951110005": "challenge"},
    patterns={"+7495111": "voicemail", "+74951110": "challenge", "+74950000017": "reject"},
    tens={IN_A_TEN[:-1]: 12},
    hundreds={IN_A_HUNDRED[:-2]: 40},
    prefixes={"+4930123": 4, "+4930124": 3},
)
Process = Callable[[str], AbstractAsyncContextManager[Client]]


@pytest.fixture
def processes(write_directory: WriteDirectory, settings: Settings, tmp_path: Path, redis: Redis) -> Process:
    """Question processes over one directory and one Valkey."""
    folder = write_directory(head=msgspec.structs.replace(head_of(), spam=BRIEF))

    @asynccontextmanager
    async def process(name: str) -> AsyncIterator[Client]:
        with SpoolWriter(tmp_path / name, cap_bytes=1 << 24) as spool:
            app = build_question_app(settings, Directory.open(folder), spool, redis)
            async with TestClient(TestServer(app)) as client:
                yield client

    return process


@pytest.mark.parametrize(
    ("caller", "rule", "action"),
    [
        ("+74951110001", "class", "queue"),
        ("+74951110002", "class", "queue"),
        ("+74951110003", "personal", "challenge"),
        ("+74951110004", "personal", "reject"),
        ("+74951110005", "personal", "challenge"),
        ("+74951119999", "personal", "voicemail"),
        (IN_A_TEN, "spam_score", "challenge"),
        ("+74950000019", "class", "queue"),
        ("+74950000018", "spam_score", "challenge"),
        ("+74950000017", "personal", "reject"),
        (IN_A_HUNDRED, "spam_score", "challenge"),
        ("+74950001334", "class", "queue"),
        ("+7495000001", "class", "queue"),
        ("+493012345678", "spam_score", "challenge"),
        ("+493012445678", "class", "queue"),
        (SPAMMER, "spam", "challenge"),
    ],
)
async def test_the_small_tables_decide(processes: Process, caller: str, rule: str, action: str) -> None:
    async with processes("one") as client:
        answer = await ask(client, **{"from": caller})
    assert (answer["rule"], answer["action"]) == (rule, action)


async def test_a_call_from_inside_is_known_by_its_context_alone(processes: Process) -> None:
    async with processes("one") as client:
        assert (await ask(client, **{"from": SPAMMER, "context": "internal"}))["rule"] == "class"
        assert (await dial(client, **{"from": SPAMMER, "context": "internal"}))["action"] == "queue"
        assert (await dial(client, **{"from": SPAMMER, "context": ""}))["action"] == "challenge"
        assert (await ask(client, **{"from": SPAMMER, "context": "from-trunk"}))["rule"] == "spam"


async def test_who_calls_again_is_let_through_on_any_machine(processes: Process) -> None:
    async with processes("one") as first, processes("two") as second:
        assert (await ask(first, **{"from": IN_A_TEN}))["rule"] == "spam_score"
        heard = second.app[desk_key].switchboard.callers
        await eventually(lambda: heard.seconds_since(IN_A_TEN, "1786006890.2", THURSDAY_NOON + 90) > 0)
        again = {"from": IN_A_TEN, "call_id": "1786006890.2", "at": THURSDAY_NOON + 90}
        assert (await ask(second, **again))["rule"] == "class"
        assert (await ask(first, **{"from": SPAMMER}))["rule"] == "spam"
        assert (await ask(first, **{"from": SPAMMER, "call_id": "1786006899.3", "at": THURSDAY_NOON + 99}))[
            "rule"
        ] == "spam", "an exact entry is stronger than a second try"


def test_what_another_process_told_is_heard_and_garbage_is_not() -> None:
    feed = CallerFeed(Callers())
    feed.take(b"\xc1")
    feed.take(msgspec.msgpack.encode([(STRANGER, "a", 1000.0)]))
    assert feed.callers.seconds_since(STRANGER, "b", 1030.0) == 30
