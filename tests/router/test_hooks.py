"""Hooks of a hosted PBX over HTTP: who gets in, what is decided, what is kept."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from router.web import desk_key
from router.wiring import build_question_app
from tests.fakes.zadarma import SECRET, FakeCall, Sent, webhook
from tests.router.company import CLIENT, OFFICE, PATIENT_MS, PLAN, SPAMMER, head_of
from tests.router.conftest import WriteDirectory
from trunkline.crypto import token_hash
from trunkline.directory.reader import Directory
from trunkline.directory.values import LineMode, PbxBrief
from trunkline.pbx.hooks.record import HookRecord, unpack_hook
from trunkline.pbx.port import DecisionRecord
from trunkline.settings import Settings
from trunkline.spool import Kind, Position, SpoolReader, SpoolWriter

Client = TestClient[web.Request, web.Application]
DOOR = "a-secret-of-the-address-128-bits"
PATH = f"/router/v1/hooks/zadarma/{DOOR}"
ANYTIME = {name: said for name, said in PLAN.items() if name not in {"hours", "holiday"}}
SPAM_CALL = FakeCall(caller=SPAMMER[1:], line=OFFICE[1:])


def cloud(
    settings: Settings, networks: tuple[str, ...] = ("127.0.0.0/8",), *, deadline_ms: int = PATIENT_MS, **secrets: str
) -> PbxBrief:
    sealed = settings.secret_box().seal(msgspec.json.encode({"secret": SECRET} | secrets))
    places = {"q-sales": "0-1", "q-quality": "0-2", "office": "0-3", "spam": "0-4"}
    known = {"zone": "Europe/Moscow", "places": places}
    return PbxBrief(
        "cloud",
        "zadarma",
        deadline_ms,
        (token_hash(DOOR),),
        networks,
        settings=msgspec.json.encode(known),
        secrets=sealed,
    )


@pytest.fixture
async def client(write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter) -> AsyncIterator[Client]:
    """A question application of a company whose one PBX is an account at Zadarma."""
    directory = Directory.open(write_directory(head=head_of(ANYTIME, pbxs=(cloud(settings),))))
    async with TestClient(TestServer(build_question_app(settings, directory, spool))) as client:
        yield client


async def send(client: Client, sent: Sent, path: str = PATH) -> ClientResponse:
    return await client.post(path, data=sent.body, headers=dict(sent.headers))


async def said(client: Client, sent: Sent) -> dict[str, Any]:
    response = await send(client, sent)
    body = await response.read()
    assert response.status == 200
    answer: dict[str, Any] = msgspec.json.decode(body) if body else {}
    return answer


def kept(folder: Path) -> tuple[list[HookRecord], list[DecisionRecord]]:
    records, _ = SpoolReader(folder).read(Position(0, 0), most=1000)
    hooks = [unpack_hook(one.payload) for one in records if one.kind == Kind.HOOK]
    return hooks, [
        msgspec.msgpack.decode(one.payload, type=DecisionRecord) for one in records if one.kind == Kind.DECISION
    ]


async def test_a_start_is_decided_and_kept_with_its_answer(client: Client, spool_dir: Path) -> None:
    sent = FakeCall().start_()

    assert await said(client, sent) == {"redirect": "0-1", "return_timeout": 45}
    (hook,), (decision,) = kept(spool_dir)
    assert (hook.pbx, hook.verdict, hook.body, hook.answered) == (
        "cloud",
        "fits",
        sent.body,
        '{"redirect":"0-1","return_timeout":45}',
    )
    assert (decision.decision.rule, decision.line, decision.question.call_id) == ("class", OFFICE, FakeCall().call)


async def test_the_challenge_lets_through_with_the_digit_only(client: Client) -> None:
    asked = await said(client, SPAM_CALL.start_())
    digit = str(asked["ivr_saydigits"])
    other = FakeCall(call="in_other", caller=SPAM_CALL.caller, line=SPAM_CALL.line)
    wrong = str((int((await said(client, other.start_()))["ivr_saydigits"]) + 1) % 10)

    assert asked["wait_dtmf"]["maxdigits"] == 1
    assert await said(client, SPAM_CALL.ivr(digit)) == {"redirect": "0-1", "return_timeout": 45}
    assert await said(client, other.ivr(wrong)) == {"redirect": "0-4", "return_timeout": 0}


async def test_a_repeat_gets_the_same_answer_and_is_no_further_turn(client: Client, spool_dir: Path) -> None:
    first = await said(client, SPAM_CALL.start_())
    digit = SPAM_CALL.ivr(str(first["ivr_saydigits"]))

    assert await said(client, SPAM_CALL.start_()) == first
    assert await said(client, digit) == await said(client, digit)
    hooks, decisions = kept(spool_dir)
    assert (len(hooks), [one.turn for one in decisions]) == (4, [1, 2])


async def test_a_call_that_comes_back_to_the_menu_goes_on_and_not_round(
    write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter
) -> None:
    directory = Directory.open(write_directory(head=head_of(ANYTIME, pbxs=(cloud(settings),))))
    application = build_question_app(settings, directory, spool)
    now, call = 1_786_006_800.0, FakeCall(caller=CLIENT[1:], line=OFFICE[1:])
    application[desk_key].clock = lambda: now
    async with TestClient(TestServer(application)) as client:
        first = await said(client, call.start_())
        again = await said(client, call.start_())
        now += 25
        second = await said(client, call.start_())

    assert first == again == {"redirect": "101", "return_timeout": 20}
    assert second["redirect"] == "102"


@pytest.mark.parametrize("mode", [LineMode.OBSERVE, LineMode.ADVISE])
async def test_a_line_that_is_only_observed_goes_the_cabinets_way(
    write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter, mode: LineMode
) -> None:
    head = head_of(ANYTIME, pbxs=(cloud(settings),))
    lines = {number: msgspec.structs.replace(line, mode=mode) for number, line in head.lines.items()}
    directory = Directory.open(write_directory(head=msgspec.structs.replace(head, lines=lines)))
    async with TestClient(TestServer(build_question_app(settings, directory, spool))) as client:
        assert await said(client, FakeCall().start_()) == {}


async def test_the_echo_needs_no_signature(client: Client, spool_dir: Path) -> None:
    response = await client.get(f"{PATH}?zd_echo=7af3")

    assert (response.status, response.content_type, await response.text()) == (200, "text/plain", "7af3")
    assert kept(spool_dir)[0][0].verdict == "greeting"


@pytest.mark.parametrize(
    ("sent", "verdict", "status"),
    [
        (webhook("NOTIFY_START", secret="other", pbx_call_id="in_1", caller_id="1"), "forged", 403),
        (Sent(FakeCall().start_().body, {}), "unsigned", 403),
        (Sent(b"\xff" * 9000, {}), "unreadable", 200),
    ],
)
async def test_what_the_provider_did_not_send_is_refused_and_can_be_looked_at(
    client: Client, spool_dir: Path, sent: Sent, verdict: str, status: int
) -> None:
    response = await send(client, sent)

    assert (response.status, await response.read()) == (status, b"")
    (hook,), decisions = kept(spool_dir)
    assert (hook.verdict, len(hook.body) <= 4096, decisions) == (verdict, True, [])


async def test_an_address_that_is_not_the_providers_is_refused(
    write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter, spool_dir: Path
) -> None:
    head = head_of(ANYTIME, pbxs=(cloud(settings, ("185.45.152.40/30",)),))
    directory = Directory.open(write_directory(head=head))
    async with TestClient(TestServer(build_question_app(settings, directory, spool))) as client:
        assert (await send(client, FakeCall().start_())).status == 403
    assert kept(spool_dir)[0][0].verdict == "address"


@pytest.mark.parametrize("path", [f"/router/v1/hooks/other/{DOOR}", "/router/v1/hooks/zadarma/wrong"])
async def test_a_secret_that_is_none_learns_nothing(client: Client, spool_dir: Path, path: str) -> None:
    response = await send(client, FakeCall().start_(), path)

    assert (response.status, await response.read(), response.headers["Server"]) == (404, b"", "-")
    assert kept(spool_dir) == ([], [])


async def test_the_secret_of_an_address_opens_nothing_else(client: Client) -> None:
    response = await client.post("/router/v1/route", json={}, headers={"Authorization": f"Bearer {DOOR}"})

    assert response.status == 401


async def test_a_body_that_is_too_long_is_refused(client: Client) -> None:
    assert (await client.post(PATH, data=b"x" * ((256 << 10) + 1))).status == 413
    assert (await client.post(f"{PATH}/more", data=b"x" * (200 << 10))).status == 200


async def test_secrets_sealed_with_another_key_let_the_pbx_go_its_own_way(
    write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter, spool_dir: Path
) -> None:
    pbx = msgspec.structs.replace(cloud(settings), secrets=b"sealed with another key, or damaged")
    directory = Directory.open(write_directory(head=head_of(ANYTIME, pbxs=(pbx,))))
    async with TestClient(TestServer(build_question_app(settings, directory, spool))) as client:
        assert await said(client, FakeCall().start_()) == {}
    assert kept(spool_dir)[0][0].verdict == "sealed"


async def test_a_body_that_does_not_come_gets_nothing_known(
    write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter, spool_dir: Path
) -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"event="
        await asyncio.sleep(30)

    directory = Directory.open(write_directory(head=head_of(ANYTIME, pbxs=(cloud(settings, deadline_ms=60),))))
    async with TestClient(TestServer(build_question_app(settings, directory, spool))) as client:
        response = await client.post(PATH, data=never())
        assert (response.status, await response.read()) == (200, b"")

    assert kept(spool_dir)[0][0].verdict == "unreadable"


@pytest.mark.parametrize("form", ["application/json", "multipart/form-data; boundary=x", "text/xml", "\udcff"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 5000,
        b'{"event": {"a": []}, "zd_echo": [1]}',
        b"--x\r\n" * 900,
        b"&" * 9000,
        b"%",
        b"a[b]" * 900,
    ],
)
async def test_whatever_comes_is_answered(client: Client, form: str, body: bytes) -> None:
    for headers in ({}, {"Signature": "\udcff"}, {"Content-Encoding": "gzip"}):
        response = await client.post(
            f"{PATH}/x?zd_echo[]=1&%00=%ff", data=body, headers={"Content-Type": form} | headers
        )
        assert response.status in {200, 400, 403}
