"""The short way of a question: what it takes is answered as aiohttp answers, and everything else reaches aiohttp."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from redis.asyncio import Redis

from router.lane import LONGEST_HEAD, MOST_HELD, Lanes
from router.plain_head import plain_headers
from router.wiring import build_question_app
from tests.fakes.waiting import eventually
from tests.router.company import CLIENT, OFFICE, STRANGER, THURSDAY_NOON, TOKEN, head_of
from tests.router.conftest import WriteDirectory
from tests.router.test_web import kept
from tests.router.ways import Caller, call, ringing, served
from trunkline.crypto import token_hash
from trunkline.directory.reader import Directory
from trunkline.directory.values import PbxBrief
from trunkline.settings import Settings
from trunkline.spool import SpoolWriter

QUESTION = {"call_id": "1786006800.1", "from": STRANGER, "to": OFFICE, "at": THURSDAY_NOON}
HEAD = f"POST /router/v1/route HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n"


@dataclass
class Ways:
    """One application behind both ways in."""

    lanes: Lanes
    short: int
    aiohttp: int
    app: web.Application
    spool: Path
    stack: AsyncExitStack

    async def call(self, port: int) -> Caller:
        """A connection that is closed with the test."""
        caller = await call(port)
        self.stack.push_async_callback(caller.close)
        return caller


@pytest.fixture
async def ways(
    write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter, spool_dir: Path, redis: Redis
) -> AsyncIterator[Ways]:
    app = build_question_app(settings, Directory.open(write_directory()), spool, redis)
    async with served(app) as one, AsyncExitStack() as stack:
        yield Ways(one.lanes, one.short, one.aiohttp, app, spool_dir, stack)


def post(head: str = HEAD, body: dict[str, Any] | bytes = QUESTION) -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data


def sense(answer: tuple[int, bytes]) -> tuple[int, dict[str, Any]]:
    """What an answer says, without the seal that differs with every one."""
    status, body = answer
    told = json.loads(body) if status == 200 else {}
    return status, {name: value for name, value in told.items() if name not in ("state", "call_id")}


async def told(ways: Ways, port: int, data: bytes) -> tuple[int, dict[str, Any]]:
    caller = await ways.call(port)
    caller.send(data)
    return sense(await caller.hear())


@pytest.mark.parametrize("body", [QUESTION, QUESTION | {"from": CLIENT}, b"{", b"", b"[1]", b"\xff", {"to": OFFICE}])
async def test_a_plain_question_is_answered_as_aiohttp_answers(ways: Ways, body: dict[str, Any] | bytes) -> None:
    caller, other = await ways.call(ways.short), await ways.call(ways.aiohttp)
    for one in (caller, other):
        one.send(post(body=body))
    answer = sense(await caller.hear())
    assert answer[0] == 200
    if body != QUESTION | {"from": CLIENT}:  # the first of two calls holds the telephone
        assert answer == sense(await other.hear())
    assert len(ways.lanes.open) == 1, "aiohttp was not asked"
    caller.send(post())
    assert (await caller.hear())[0] == 200, "and the connection serves on"


UNPLAIN = {
    "no host": HEAD.replace("Host: 127.0.0.1\r\n", ""),
    "another path": HEAD.replace("/route", "/nothing"),
    "a query": HEAD.replace("/route", "/route?x=1"),
    "another method": HEAD.replace("POST", "PUT"),
    "HTTP/1.0": HEAD.replace("HTTP/1.1", "HTTP/1.0"),
    "no right": HEAD.replace(TOKEN, "wrong"),
    "two hosts": HEAD + "Host: 127.0.0.1\r\n",
    "a forwarded request": HEAD.replace("Authorization", "X-Forwarded-For") + "Via: 1.1 x\r\n",
    "a browser": HEAD.replace(f"Authorization: Bearer {TOKEN}", "Origin: http://other.example"),
    "an expectation": HEAD + "Expect: 100-continue\r\n",
    "packed": HEAD + "Content-Encoding: deflate\r\n",
    "a folded line": HEAD + "Accept: a,\r\n b\r\n",
    "a space before the colon": HEAD + "Accept : a\r\n",
    "no value": HEAD + "Accept:\r\n",
    "a bare line feed": HEAD + "Accept: a\nHost: b\r\n",
    "a last answer": HEAD + "Connection: close\r\n",
    "an upgrade": HEAD + "Connection: upgrade\r\n",
    "two lengths": HEAD + "Content-Length: 3\r\n",
    "chunks and a length": HEAD + "Transfer-Encoding: chunked\r\n",
    "a long head": HEAD + f"Accept: {'a' * LONGEST_HEAD}\r\n",
}


@pytest.mark.parametrize("head", UNPLAIN.values(), ids=UNPLAIN)
async def test_what_is_not_plain_is_aiohttps(ways: Ways, head: str) -> None:
    data = post(head)
    assert ways.lanes.known(data.partition(b"\r\n\r\n")[0], "127.0.0.1") is None or len(head) > LONGEST_HEAD
    answers = [await told(ways, port, data) for port in (ways.short, ways.aiohttp)]
    assert answers[0] == answers[1]
    assert not ways.lanes.open


async def test_a_question_cut_anywhere_is_answered(ways: Ways) -> None:
    data = post()
    for at in range(1, len(data), 3):
        caller = await ways.call(ways.short)
        caller.send(data[:at])
        await caller.writer.drain()
        await asyncio.sleep(0)
        caller.send(data[at:])
        assert (await caller.hear())[0] == 200, at


async def test_a_head_is_waited_for_until_its_end(ways: Ways) -> None:
    """One without a body looks whole once its length was read; what follows may say otherwise."""
    caller = await ways.call(ways.short)
    caller.send(post())
    assert (await caller.hear())[0] == 200
    caller.send(f"{HEAD}Content-Length: 0".encode())
    await eventually(lambda: not ways.lanes.open)  # aiohttp's
    caller.send(b"\r\nX-Other: x\r\n\r\n")
    assert (await caller.hear())[0] == 200
    assert len(kept(ways.spool)) == 2


async def test_questions_sent_in_one_go_are_answered_in_order(ways: Ways) -> None:
    caller = await ways.call(ways.short)
    caller.send(b"".join(post(body=QUESTION | {"call_id": f"call-{place}"}) for place in range(3)))
    answers = [json.loads((await caller.hear())[1])["call_id"] for _ in range(3)]
    assert answers == ["call-0", "call-1", "call-2"]


async def test_who_ask_at_once_are_each_told_their_own(ways: Ways) -> None:
    """Their answers are kept by one write; those whose telephones are asked for come when these are known."""
    callers = {f"call-{place}": await ways.call(ways.short) for place in range(12)}
    for place, (call_id, caller) in enumerate(callers.items()):
        caller.send(post(body=QUESTION | {"call_id": call_id, "from": CLIENT if place % 3 == 0 else STRANGER}))
    answers = {call_id: json.loads((await caller.hear())[1]) for call_id, caller in callers.items()}
    assert {call_id: answer["call_id"] for call_id, answer in answers.items()} == {name: name for name in callers}
    assert [answer["caller_name"] != "" for answer in answers.values()] == [place % 3 == 0 for place in range(12)]
    assert sorted(record.question.call_id for record in kept(ways.spool)) == sorted(callers)


async def test_what_comes_while_telephones_are_asked_for_waits_its_turn(ways: Ways) -> None:
    """A client's responsible rings, so the answer waits for Valkey; the next question is there before it."""
    caller = await ways.call(ways.short)
    caller.send(post(body=QUESTION | {"call_id": "rings", "from": CLIENT}))
    await ringing(ways.lanes)
    caller.send(post(body=QUESTION | {"call_id": "next"}))
    answers = [json.loads((await caller.hear())[1]) for _ in range(2)]
    assert [(one["call_id"], one["action"]) for one in answers] == [("rings", "extension"), ("next", "queue")]
    assert "reservation" not in answers[0]["degraded"]


async def test_who_sends_on_and_on_meanwhile_is_read_later(ways: Ways) -> None:
    caller = await ways.call(ways.short)
    caller.send(post(body=QUESTION | {"call_id": "rings", "from": CLIENT}))
    lane = await ringing(ways.lanes)
    caller.send(post(body=QUESTION | {"call_id": "padded", "padding": "x" * (MOST_HELD + 1)}))
    caller.send(post(body=QUESTION | {"call_id": "last"}))
    answers = [await caller.hear() for _ in range(3)]
    assert [json.loads(body)["call_id"] for _, body in answers] == ["rings", "padded", "last"]
    assert lane not in ways.lanes.open, "a long body is aiohttp's"


async def test_who_hangs_up_is_asked_nothing_more(ways: Ways) -> None:
    caller = await ways.call(ways.short)
    caller.send(post(body=QUESTION | {"call_id": "rings", "from": CLIENT}))
    lane = await ringing(ways.lanes)
    answering = lane.answering
    assert answering is not None
    lane.data_received(post(body=QUESTION | {"call_id": "never"}))
    lane._transport.abort()
    await answering
    assert not ways.lanes.open
    assert [record.question.call_id for record in kept(ways.spool)] == ["rings"]


async def test_a_reader_who_was_slow_is_read_again_by_aiohttp(ways: Ways) -> None:
    """Full when a connection goes over to aiohttp: its reading must not stay paused."""
    caller = await ways.call(ways.short)
    caller.send(post())
    assert (await caller.hear())[0] == 200
    (lane,) = ways.lanes.open
    lane.pause_writing()
    lane.data_received(post(UNPLAIN["another path"]))
    lane.resume_writing()
    assert (await caller.hear())[0] == 404
    caller.send(post(UNPLAIN["another path"]))
    assert (await caller.hear())[0] == 404


async def test_a_token_that_was_taken_back_is_forgotten(ways: Ways, write_directory: WriteDirectory) -> None:
    caller = await ways.call(ways.short)
    caller.send(post())
    assert (await caller.hear())[0] == 200
    write_directory(head=head_of(pbxs=(PbxBrief("office", "asterisk", 400, (token_hash("new"),), ()),)))
    async with asyncio.timeout(20):
        status = 200
        while status == 200:  # the application's timer takes the directory over
            caller.send(post())
            status, _ = await caller.hear()
    assert status == 401


async def test_closing_waits_for_the_answer_under_way(ways: Ways) -> None:
    idle, busy = await ways.call(ways.short), await ways.call(ways.short)
    busy.send(post(body=QUESTION | {"from": CLIENT}))
    await ringing(ways.lanes)
    await ways.lanes.close()
    assert (await busy.hear())[0] == 200
    assert [(await one.hear())[0] for one in (busy, idle)] == [0, 0]


async def test_a_connection_that_asks_nothing_is_closed(ways: Ways) -> None:
    ways.lanes.idle_seconds = 0.01
    caller = await ways.call(ways.short)
    assert (await caller.hear())[0] == 0
    assert not ways.lanes.open


@given(st.lists(st.tuples(st.integers(0, len(HEAD) - 1), st.sampled_from("\r\n\t :;,\x00a\x7fé-")), max_size=3))
@examples(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_only_plain_lines_are_taken(changes: list[tuple[int, str]]) -> None:
    """Whatever is changed in a head: what is taken has the request line, and each field once, without control bytes."""
    letters = list(HEAD + "Content-Length: 2")
    for at, letter in changes:
        letters[at] = letter
    headers = plain_headers("".join(letters).encode())
    if headers is not None:
        assert "".join(letters).startswith("POST /router/v1/route HTTP/1.1\r\n")
        assert len(headers) == len(set(map(str.lower, headers)))
        assert all(value == value.strip() and value.isascii() and value.isprintable() for value in headers.values())
