"""The question over HTTP, as a PBX sees it."""

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from router.wiring import build_question_app
from tests.fakes.rude import as_served
from tests.router.company import (
    CLIENT,
    DEBTOR,
    HOLIDAY_NOON,
    OFFICE,
    PATIENT_MS,
    SPAMMER,
    STRANGER,
    SUPPLIER,
    THURSDAY_NOON,
    TOKEN,
    TRICKY_NAME,
    head_of,
)
from tests.router.conftest import WriteDirectory
from trunkline.crypto import token_hash
from trunkline.directory.reader import Directory
from trunkline.directory.values import PbxBrief
from trunkline.pbx.port import DecisionRecord
from trunkline.settings import Settings
from trunkline.spool import Kind, Position, SpoolReader, SpoolWriter

Client = TestClient[web.Request, web.Application]
LINKEDID = "1786006800.1"


async def ask(client: Client, **fields: object) -> dict[str, Any]:
    """One turn, at noon of a working day."""
    body = {"call_id": LINKEDID, "from": STRANGER, "to": OFFICE, "at": THURSDAY_NOON, **fields}
    response = await client.post("/router/v1/route", json=body)
    assert response.status == 200
    answer: dict[str, Any] = await response.json()
    return answer


def fields_of(line: str) -> dict[str, str]:
    """What Asterisk's hashcompat makes of the line: split at & and =, %XX undone, `+` left alone."""
    return {name: unquote(value) for name, _, value in (pair.partition("=") for pair in line.split("&"))}


async def dial(client: Client, **fields: str) -> dict[str, str]:
    """One turn as the dialplan asks, every field URIENCODEd."""
    asked = {"from": STRANGER, "to": OFFICE, "id": LINKEDID} | fields
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items())
    response = await client.get(f"/router/v1/asterisk?{query}")
    assert (response.status, response.content_type) == (200, "text/plain")
    return fields_of(await response.text())


def kept(folder: Path) -> list[DecisionRecord]:
    """The decisions in the spool."""
    records, _ = SpoolReader(folder).read(Position(0, 0), most=1000)
    assert {record.kind for record in records} <= {Kind.DECISION}
    return [msgspec.msgpack.decode(record.payload, type=DecisionRecord) for record in records]


@pytest.mark.parametrize(
    ("from_", "at", "rule", "target"),
    [
        (STRANGER, THURSDAY_NOON, "class", "q-sales"),
        (SUPPLIER, THURSDAY_NOON, "class", "q-production"),
        (CLIENT, THURSDAY_NOON, "responsible", "101"),
        (DEBTOR, THURSDAY_NOON, "debtor", "q-finance"),
        (STRANGER, HOLIDAY_NOON, "holiday", "q-quality"),
        ("2026-11-04T12:00", "2026-11-04T12:00+03:00", "holiday", "q-quality"),
        (int(SUPPLIER[1:]), THURSDAY_NOON, "class", "q-production"),
        ("8" + SUPPLIER[2:], THURSDAY_NOON, "class", "q-production"),
        (None, THURSDAY_NOON, "class", "q-sales"),
        ("anonymous", THURSDAY_NOON, "class", "q-sales"),
        ("<unknown>", THURSDAY_NOON, "class", "q-sales"),
        ("1&to=2", THURSDAY_NOON, "class", "q-sales"),
    ],
)
async def test_who_goes_where(client: Client, from_: object, at: object, rule: str, target: str) -> None:
    answer = await ask(client, **{"from": from_, "at": at})

    assert (answer["rule"], answer["target"], answer["degraded"]) == (rule, target, [])
    assert answer["call_id"] == LINKEDID
    assert answer["trace"][-1]["matched"]


@pytest.mark.parametrize("at", ["2026-13-45", "NaN", "tomorrow", -1, 1e18])
async def test_a_time_that_cannot_be_is_now_and_said(client: Client, spool_dir: Path, at: object) -> None:
    answer = await ask(client, at=at)

    assert answer["degraded"] == ["at"]
    assert kept(spool_dir)[0].question.at is None


@pytest.mark.parametrize("at", [None, "", 0, "2026-11-04"])
async def test_no_time_or_one_that_can_be_lacks_nothing(client: Client, at: object) -> None:
    assert (await ask(client, at=at))["degraded"] == []


async def test_a_dialogue_of_turns(client: Client, spool_dir: Path) -> None:
    first = await ask(client, **{"from": CLIENT})
    second = await ask(client, **{"from": CLIENT}, state=first["state"], status="NOANSWER")
    third = await ask(client, **{"from": CLIENT}, state=second["state"], status="BUSY")
    last = await ask(client, **{"from": CLIENT}, state=third["state"], status="ANSWER")

    assert [turn["rule"] for turn in (first, second, third, last)] == ["responsible", "deputy", "class", "talk_over"]
    assert (third["priority"], last["next"], last["state"]) == (10, "end", "")
    decisions = kept(spool_dir)
    assert [(told.turn, told.decision.rule, told.question.status) for told in decisions] == [
        (1, "responsible", ""),
        (2, "deputy", "NOANSWER"),
        (3, "class", "BUSY"),
        (4, "talk_over", "ANSWER"),
    ]
    told = decisions[0]
    assert told.decision.facts["caller"] == CLIENT
    assert (told.caller, told.line, told.question.pbx, told.plan) == (CLIENT, OFFICE, "office", 7)


async def test_a_pbx_that_never_hears_an_answer_gets_to_an_end(client: Client) -> None:
    state, turns = "", 0
    while True:
        answer = await ask(client, **{"from": CLIENT}, state=state, status="NOANSWER")
        turns, state = turns + 1, answer["state"]
        if answer["next"] == "end":
            break
    assert turns <= 8


async def test_the_challenge_lets_through_with_the_digit_only(client: Client) -> None:
    asked = await ask(client, **{"from": SPAMMER})
    assert (asked["action"], asked["sound"], asked["next"]) == ("challenge", "vm-press", "ask")
    passed = await ask(client, **{"from": SPAMMER}, state=asked["state"], digits=asked["target"])
    wrong = str((int(asked["target"]) + 1) % 10)
    failed = await ask(client, **{"from": SPAMMER}, state=asked["state"], digits=wrong)
    silent = await ask(client, **{"from": SPAMMER}, state=asked["state"])

    assert (passed["rule"], passed["target"]) == ("class", "q-sales")
    assert failed["rule"] == silent["rule"] == "challenge_failed"
    assert failed["action"] == "voicemail"


@pytest.mark.parametrize("state", ["garbled", "7.1.k..6b026a58." + "a" * 32, "x" * 500])
async def test_a_state_that_is_not_ours_begins_again(client: Client, state: str) -> None:
    answer = await ask(client, state=state)
    assert (answer["rule"], answer["degraded"]) == ("class", ["state"])


async def test_a_state_of_another_call_begins_again(client: Client) -> None:
    first = await ask(client, **{"from": SPAMMER})
    answer = await ask(
        client, **{"from": SPAMMER}, state=first["state"], call_id="1786006800.2", digits=first["target"]
    )
    assert (answer["action"], answer["degraded"]) == ("challenge", ["state"])


class TestDialplan:
    async def test_the_line_reads_back(self, client: Client) -> None:
        query = f"from={quote(CLIENT)}&to={quote(OFFICE)}&id={LINKEDID}"
        line = await (await client.get(f"/router/v1/asterisk?{query}")).text()

        assert line.startswith("valid=1&action=")
        assert "+" not in line
        assert "%20" in line
        assert " ".join(fields_of(line)) == "valid action target targets ring wait prio sound name next confirm state"
        assert fields_of(line)["name"] == TRICKY_NAME

    @pytest.mark.parametrize("from_", ["+79160000003", "anonymous", "1&to=2", "", "%", "a=b&valid=0", "\U0001f4a9"])
    async def test_any_caller_id(self, client: Client, from_: str) -> None:
        fields = await dial(client, **{"from": from_})
        assert (fields["valid"], fields["action"], fields["next"]) == ("1", "queue", "ask")

    async def test_a_caller_id_pasted_unescaped_injects_nothing(self, client: Client, spool_dir: Path) -> None:
        response = await client.get(f"/router/v1/asterisk?from=1&to=2&id=x&to={quote(OFFICE)}&id={LINKEDID}")

        assert response.status == 200
        assert [(told.line, told.question.call_id) for told in kept(spool_dir)] == [(OFFICE, LINKEDID)]

    async def test_turns(self, client: Client) -> None:
        first = await dial(client)
        second = await dial(client, state=first["state"], status="TIMEOUT", queue=first["target"])
        assert (first["next"], int(second["wait"]) > 0 or second["next"] == "end") == ("ask", True)
        assert first["target"] != second["target"]

    async def test_an_empty_query_gets_the_default(self, client: Client) -> None:
        response = await client.get("/router/v1/asterisk")
        assert response.status == 200
        assert fields_of(await response.text())["valid"] == "1"


class TestAccess:
    async def test_a_wrong_token_learns_nothing(self, client: Client) -> None:
        for headers in (
            {"Authorization": "Bearer wrong"},
            {"X-Trunkline-Token": ""},
            {"Authorization": "Basic eA=="},
            {"X-Trunkline-Token": "\udcff"},
            {"Authorization": "Bearer \udcff"},
        ):
            for path in ("/router/v1/route", "/router/v1/asterisk", "/", "/healthz"):
                response = await client.post(path, headers=headers, data=b"{}")
                assert (response.status, await response.read()) == (401, b"")
                assert response.headers["Server"] == "-"

    @pytest.mark.parametrize("headers", [{"Authorization": f"Bearer {TOKEN}"}, {"X-Trunkline-Token": TOKEN}])
    async def test_a_token_works_from_anywhere(self, client: Client, headers: dict[str, str]) -> None:
        headers |= {"X-Forwarded-For": "203.0.113.9"}
        assert (await client.get("/router/v1/asterisk", headers=headers)).status == 200
        assert (await client.get("/nothing", headers=headers)).status == 404

    @pytest.mark.parametrize(
        "headers",
        [
            {"X-Forwarded-For": "127.0.0.1"},
            {"Forwarded": "for=127.0.0.1"},
            {"X-Real-IP": "127.0.0.1"},
            {"Via": "1.1 x"},
        ],
    )
    async def test_a_forwarded_request_is_never_loopback(self, client: Client, headers: dict[str, str]) -> None:
        assert (await client.get("/router/v1/asterisk", headers=headers)).status == 401

    @pytest.mark.parametrize(
        "headers",
        [
            pytest.param({"Host": "rebound.example:8070"}, id="a foreign name pointed at us"),
            pytest.param({"Origin": "http://rebound.example"}, id="a script of another site"),
            pytest.param({"Sec-Fetch-Site": "cross-site"}, id="a picture of another site"),
        ],
    )
    async def test_a_web_site_in_a_browser_beside_us_learns_nothing(
        self, client: Client, headers: dict[str, str]
    ) -> None:
        for method, path in (("POST", "/router/v1/route"), ("GET", "/router/v1/asterisk")):
            response = await client.request(method, path, headers=headers, data=b"{}")
            assert (response.status, await response.read()) == (401, b"")
            by_token = headers | {"X-Trunkline-Token": TOKEN}
            assert (await client.request(method, path, headers=by_token, data=b"{}")).status == 200

    @pytest.mark.parametrize(
        "host", ["127.0.0.1:8070", "localhost", "[::1]:8070", "10.0.0.5", "calls.lan:8070", "trunkline:8070"]
    )
    async def test_our_own_names_will_do(
        self, write_directory: WriteDirectory, spool: SpoolWriter, settings: Settings, host: str
    ) -> None:
        directory = Directory.open(write_directory())
        settings = replace(settings, web=replace(settings.web, hosts=("calls.lan",)))
        async with TestClient(TestServer(build_question_app(settings, directory, spool))) as client:
            assert (await client.get("/router/v1/asterisk", headers={"Host": host})).status == 200

    async def test_the_pbx_of_the_line_is_meant_when_several_share_an_address(
        self, write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter, spool_dir: Path
    ) -> None:
        shared = ("127.0.0.0/8",)
        pbxs = (
            PbxBrief("branch", "asterisk", PATIENT_MS, (), shared),
            PbxBrief("office", "asterisk", PATIENT_MS, (), shared),
        )
        directory = Directory.open(write_directory(head=head_of(pbxs=pbxs)))
        async with TestClient(TestServer(build_question_app(settings, directory, spool))) as client:
            await ask(client)
            await ask(client, to="+70000000000")

        assert [told.question.pbx for told in kept(spool_dir)] == ["office", "branch"]

    async def test_a_new_token_is_known_within_a_second(self, client: Client, write_directory: WriteDirectory) -> None:
        fresh = (PbxBrief("office", "asterisk", PATIENT_MS, (token_hash("new"),), ()),)
        write_directory(head=head_of(pbxs=fresh))
        async with asyncio.timeout(5):
            while (await client.get("/router/v1/asterisk", headers={"X-Trunkline-Token": "new"})).status != 200:
                pass  # each request gives the application's timer its chance
        assert (await client.get("/router/v1/asterisk")).status == 401


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"from": [1]}', b'{"at": {}}', b"\x00" * 1000],
    )
    async def test_an_unreadable_body_gets_the_default(self, client: Client, body: bytes) -> None:
        response = await client.post("/router/v1/route", data=body)
        answer = await response.json()
        assert (response.status, answer["degraded"], answer["next"]) == (200, ["body"], "end")

    async def test_the_line_is_found_in_what_can_be_read(self, client: Client) -> None:
        response = await client.post("/router/v1/route", json={"call_id": "1.1", "to": OFFICE, "from": {"a": 1}})
        answer = await response.json()
        assert (answer["target"], answer["call_id"], answer["degraded"]) == ("q-sales", "1.1", ["body"])

    async def test_a_call_without_an_id_gets_one(self, client: Client) -> None:
        answer = await ask(client, call_id=None)
        assert len(answer["call_id"]) == 32
        assert answer["degraded"] == []

    async def test_too_much_is_refused(self, client: Client) -> None:
        response = await client.post("/router/v1/route", data=b"x" * (256 * 1024 + 1))
        assert (response.status, await response.read()) == (413, b"")
        assert (await client.post("/router/v1/route", data=b"x" * (256 * 1024))).status == 200

    async def test_wrong_compression_is_an_unreadable_body(self, client: Client) -> None:
        response = await client.post("/router/v1/route", data=b"no gzip", headers={"Content-Encoding": "gzip"})
        assert response.status in {200, 400}  # aiohttp refuses some of it before any handler

    @pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
    @pytest.mark.parametrize("token", [TOKEN, "wrong"])
    async def test_and_writes_no_traceback(
        self, client: Client, coding: str, token: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        headers = {"Content-Encoding": coding, "X-Trunkline-Token": token}
        with as_served():
            await client.post("/router/v1/route", data=b"no gzip", headers=headers)
            await client.close()
        assert [record for record in caplog.records if record.exc_info] == []

    async def test_control_characters_reach_no_table(self, client: Client, spool_dir: Path) -> None:
        await ask(client, call_id="a\x00b", digits="1\x00", status="\ud83d\udca9", **{"from": "\x00x"})
        (told,) = kept(spool_dir)
        question = told.question
        assert "\x00" not in question.call_id + question.digits + question.status + told.caller

    async def test_a_body_that_never_ends_is_answered_in_time(
        self, write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter
    ) -> None:
        hasty = PbxBrief("office", "asterisk", 60, (), ("127.0.0.0/8",))
        directory = Directory.open(write_directory(head=head_of(pbxs=(hasty,))))
        async with TestClient(TestServer(build_question_app(settings, directory, spool))) as client:
            reader, writer = await asyncio.open_connection(client.host, client.port)
            writer.write(b"POST /router/v1/route HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            await asyncio.wait_for(reader.readuntil(b'"degraded":["deadline"]'), 30)
            writer.close()

        assert head.startswith(b"HTTP/1.1 200")


def test_the_question_process_loads_no_database_driver() -> None:
    code = (
        "import sys, trunkline.app.question, router.wiring, router.web\n"
        "loaded = sorted(name for name in sys.modules if name.split('.')[0] in {'asyncpg', 'psycopg', 'holidays'})\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=Path.cwd())
    assert done.stderr == ""
