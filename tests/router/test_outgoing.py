"""Outgoing calls over HTTP, as a PBX asks and a clerk's program does."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from router.outgoing_state import OutgoingStates, OutgoingTurn, short
from router.trunk_health import TrunkHealth
from router.wiring import build_question_app
from tests.callerid.company import FREE, TVER, URAL, pool
from tests.callerid.company import head_of as outgoing_head
from tests.router.company import TOKEN, head_of
from tests.router.conftest import WriteDirectory
from tests.router.test_web import fields_of
from trunkline.callerid.failure import Failure
from trunkline.callerid.record import OutgoingRecord
from trunkline.crypto import SecretBox
from trunkline.directory.reader import Directory
from trunkline.directory.values import AgentBrief, ContactBrief, ContactClass
from trunkline.numbering.region import RegionKind
from trunkline.pbx.devices import DeviceState
from trunkline.pbx.notice import Notice, NoticeWhen, Way
from trunkline.settings import Settings
from trunkline.spool import Kind, Position, SpoolReader, SpoolWriter

Client = TestClient[web.Request, web.Application]
URALIAN = "+79121234567"
_RANGES = (
    (3430000000, 3439999999, RegionKind.SUBJECT, ("66",), "x"),
    (4820000000, 4829999999, RegionKind.SUBJECT, ("69",), "x"),
    (9120000000, 9129999999, RegionKind.SUBJECT, ("66",), "x"),
)


@pytest.fixture
async def client(write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter) -> AsyncIterator[Client]:
    whole, pbxs = outgoing_head(), head_of().pbxs
    lines = whole.lines | head_of().lines
    head = msgspec.structs.replace(head_of(), lines=lines, outgoing=whole.outgoing, pbxs=pbxs)
    directory = Directory.open(write_directory(head=head, ranges=_RANGES))
    async with TestClient(TestServer(build_question_app(settings, directory, spool))) as client:
        yield client


async def ask(client: Client, **fields: object) -> dict[str, Any]:
    body = {"call_id": "1786006800.9", "agent": "101", "to": URALIAN, **fields}
    response = await client.post("/router/v1/outgoing", json=body)
    assert response.status == 200
    answer: dict[str, Any] = await response.json()
    return answer


async def dial(client: Client, **fields: str) -> dict[str, str]:
    asked = {"agent": "101", "to": URALIAN, "id": "1786006800.9"} | fields
    response = await client.get("/router/v1/asterisk/outgoing", params=asked)
    assert (response.status, response.content_type) == (200, "text/plain")
    return fields_of(await response.text())


def kept(folder: Path) -> list[OutgoingRecord]:
    records, _ = SpoolReader(folder).read(Position(0, 0), most=1000)
    return [
        msgspec.msgpack.decode(record.payload, type=OutgoingRecord)
        for record in records
        if record.kind == Kind.OUTGOING
    ]


async def test_the_regions_number_over_its_own_trunk(client: Client, spool_dir: Path) -> None:
    answer = await ask(client)

    assert (answer["action"], answer["rule"], answer["labelled"]) == ("dial", "region", True)
    assert (answer["caller_id"], answer["trunk"], answer["number"]) == (URAL, "alpha-trunk", URALIAN)
    assert answer["fallbacks"] == [{"caller_id": FREE, "trunk": "gamma-trunk", "number": "9" + URALIAN[1:]}]
    assert (answer["next"], answer["degraded"]) == ("ask", [])
    (record,) = kept(spool_dir)
    assert (record.turn, record.question.agent, record.facts.subjects) == (1, "101", ("66",))
    assert record.choice.caller_id == URAL


TVERICHKA, STRANGER = ContactBrief(UUID(int=1), "Анна", city="г. Тверь"), ContactBrief(UUID(int=2), "Борис", vip=True)
URAL_CITY = ContactBrief(UUID(int=3), "Вера", klass=ContactClass.CLIENT, city="ЕКАТЕРИНБУРГ")


@pytest.mark.parametrize(
    ("contacts", "asked", "expected"),
    [
        ([TVERICHKA], "", ("city", TVER, "тверь", "crm")),
        ([STRANGER, TVERICHKA], "", ("city", TVER, "тверь", "crm")),
        ([TVERICHKA, URAL_CITY], "", ("city", URAL, "екатеринбург", "crm")),  # the one we know most about
        ([TVERICHKA], "Екатеринбург", ("city", URAL, "екатеринбург", "asker")),
        ([TVERICHKA], " г. ", ("city", TVER, "тверь", "crm")),
        ([STRANGER], "", ("region", URAL, "", "")),
        ([], "Тверь", ("city", TVER, "тверь", "asker")),
    ],
)
async def test_the_crms_city_where_the_question_has_none(
    write_directory: WriteDirectory,
    settings: Settings,
    spool: SpoolWriter,
    spool_dir: Path,
    contacts: list[ContactBrief],
    asked: str,
    expected: tuple[str, ...],
) -> None:
    whole = outgoing_head()
    head = msgspec.structs.replace(
        head_of(), lines=whole.lines | head_of().lines, outgoing=whole.outgoing, pbxs=head_of().pbxs
    )
    known = {URALIAN: contacts} if contacts else {}
    directory = Directory.open(write_directory(head=head, ranges=_RANGES, contacts=known))
    async with TestClient(TestServer(build_question_app(settings, directory, spool))) as one:
        answer = await ask(one, city=asked)
    (record,) = kept(spool_dir)
    step = next(row for row in record.choice.trace if row.rule == "city")
    assert (answer["rule"], answer["caller_id"], step.used["city"], step.used["from"]) == expected
    assert (record.facts.city, record.facts.city_from) == expected[2:]


async def test_a_refusal_goes_on_to_the_next(client: Client, spool_dir: Path) -> None:
    first = await dial(client)
    second = await dial(client, state=first["state"], status="CHANUNAVAIL", reason="SIP 403 Forbidden")
    third = await dial(client, state=first["state"], status="ANSWER")

    assert (first["callerid"], first["trunk"], first["next"]) == (URAL, "alpha-trunk", "ask")
    assert (second["action"], second["callerid"], second["trunk"]) == ("dial", FREE, "gamma-trunk")
    assert second["next"] == "end"
    assert third["action"] == "end"
    assert [record.turn for record in kept(spool_dir)] == [1, 2, 2]
    other_call = await dial(client, id="1786006800.10")
    assert other_call["callerid"] == FREE, "the way that was refused a moment ago comes last"


async def test_the_called_party_is_not_called_twice(client: Client) -> None:
    first = await dial(client)
    again = await dial(client, state=first["state"], status="CHANUNAVAIL", reason="SIP 603 Decline")

    assert again["action"] == "end"


@pytest.mark.parametrize("to", ["112", "101", "102", "103", "104", "201", "*65", "", "${EXTEN}"])
async def test_what_passes_untouched(client: Client, to: str) -> None:
    line, answer = await dial(client, to=to), await ask(client, to=to)

    assert (line["action"], line["callerid"], line["number"]) == ("pass", "", "")
    assert (answer["action"], answer["fallbacks"], answer["next"]) == ("pass", [], "end")


async def test_a_client_keeps_the_line_he_knows(client: Client) -> None:
    await client.post("/router/v1/route", json={"from": URALIAN, "to": TVER})

    answer = await ask(client)

    assert (answer["rule"], answer["caller_id"]) == ("last_line", TVER)


async def test_a_city_the_asker_knows(client: Client) -> None:
    answer = await ask(client, to="+79990000000", city="Г. ТВЕРЬ")
    assert (answer["rule"], answer["caller_id"]) == ("city", TVER)


@pytest.mark.parametrize("line", [TVER, TVER.replace("+7", "8")])
async def test_a_line_that_is_asked_for(client: Client, line: str) -> None:
    answer, told = await ask(client, line=line), await dial(client, line=line)

    assert (answer["rule"], answer["caller_id"], told["callerid"]) == ("wanted_line", TVER, TVER)
    assert answer["fallbacks"], "another follows where it fails"
    assert (await ask(client, line="+74950000000"))["rule"] != "wanted_line"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"to": {}}', b"\xff", b"[" * 5000])
async def test_an_unreadable_body_leaves_the_call_alone(client: Client, body: bytes) -> None:
    response = await client.post("/router/v1/outgoing", data=body)
    answer = await response.json()

    assert response.status == 200
    assert (answer["action"], answer["degraded"]) == ("pass", ["body"])


async def test_a_state_of_another_call_begins_again(client: Client) -> None:
    first = await dial(client)
    other = await dial(client, id="1786006800.77", state=first["state"], status="CONGESTION")
    assert other["callerid"] == URAL


@pytest.mark.parametrize("path", ["/router/v1/outgoing", "/router/v1/asterisk/outgoing"])
async def test_strangers_learn_nothing(client: Client, path: str) -> None:
    method = "POST" if path.endswith("v1/outgoing") else "GET"
    for headers in ({"Authorization": "Bearer wrong"}, {"X-Forwarded-For": "127.0.0.1"}):
        response = await client.request(method, path, headers=headers)
        assert (response.status, await response.read()) == (401, b"")
    response = await client.request(method, path, headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status == 200


@pytest.mark.parametrize(
    ("state", "sick"), [(DeviceState.UNAVAILABLE, True), (DeviceState.NOT_INUSE, False), (DeviceState.UNKNOWN, False)]
)
def test_a_trunk_out_of_reach_is_sick(state: DeviceState, sick: bool) -> None:
    found = TrunkHealth().sick(
        "office", pool(), lambda _pbx, name: state if name == "beta-trunk" else DeviceState.INUSE, 0
    )

    assert ("beta-trunk" in found) is sick


@pytest.mark.parametrize(
    ("failure", "seconds", "sick"),
    [
        (Failure.DOWN, 59, ("alpha-trunk",)),
        (Failure.DOWN, 61, ()),
        (Failure.REFUSED, 599, (f"{URAL}@alpha-trunk",)),
        (Failure.REFUSED, 601, ()),
    ],
)
def test_a_failure_is_forgotten_in_time(failure: Failure, seconds: float, sick: tuple[str, ...]) -> None:
    health, whole = TrunkHealth(), pool()
    health.note("office", whole.by_line[URAL], failure, 1000.0)

    assert health.sick("office", whole, lambda *_: DeviceState.UNKNOWN, 1000.0 + seconds) == sick
    assert health.sick("shop", whole, lambda *_: DeviceState.UNKNOWN, 1000.0) == ()
    health.note("office", whole.by_line[URAL], Failure.NONE, 1001.0)
    assert health.sick("office", whole, lambda *_: DeviceState.UNKNOWN, 1002.0) == ()


@given(
    number=st.integers(1, 8),
    ways=st.lists(st.text(max_size=30), max_size=8),
    pbx=st.text(max_size=20),
    call_id=st.text(max_size=60),
)
def test_states_come_back_as_they_went(number: int, ways: list[str], pbx: str, call_id: str) -> None:
    states = OutgoingStates(SecretBox(bytes(32)))
    turn = OutgoingTurn(number, tuple(map(short, ways)))

    state = states.seal(turn, pbx, call_id, 1786006800.0)

    assert len(state) <= 200
    assert states.open(state, pbx, call_id, 1786006801.0) == turn
    assert states.open(state, pbx + "x", call_id, 1786006801.0) is None
    assert states.open(state, pbx, call_id, 1786006800.0 + 3700) is None
    assert states.open(state.replace("o.", "o.9", 1), pbx, call_id, 1786006801.0) is None


@pytest.mark.parametrize(
    ("extension", "line", "answer"),
    [
        pytest.param("101", "", {"action": "dial", "mobile": URALIAN, "number": URALIAN}, id="by the rule"),
        pytest.param("101", TVER, {"action": "dial", "mobile": URALIAN, "callerid": TVER}, id="the line wanted"),
        pytest.param("102", "", {"action": "end", "mobile": "", "why": "nobody"}, id="works at a desk"),
        pytest.param("109", "", {"action": "end", "mobile": "", "why": "nobody"}, id="nobody"),
        pytest.param("1" * 5000, "", {"action": "end", "mobile": "", "why": "nobody"}, id="nonsense"),
    ],
)
async def test_where_a_mobile_employee_is_rung(
    write_directory: WriteDirectory,
    settings: Settings,
    spool: SpoolWriter,
    spool_dir: Path,
    extension: str,
    line: str,
    answer: dict[str, str],
) -> None:
    """The number comes from the directory; and no client is remembered by it."""
    whole = outgoing_head()
    agents = {
        UUID(int=1): AgentBrief(UUID(int=1), "Rover", "101", URALIAN, None, False, "forwarded"),
        UUID(int=2): AgentBrief(UUID(int=2), "Desk", "102", "+79160000001"),
    }
    head = msgspec.structs.replace(head_of(), lines=whole.lines, outgoing=whole.outgoing, agents=agents)
    directory = Directory.open(write_directory(head=head, ranges=_RANGES))
    async with TestClient(TestServer(build_question_app(settings, directory, spool))) as client:
        asked = {"extension": extension, "line": line, "id": "dial-1.2"}
        response = await client.get("/router/v1/asterisk/mobile", params=asked)
        told = fields_of(await response.text())

    assert response.status == 200
    assert told.items() >= ({"valid": "1"} | answer).items()
    records, _ = SpoolReader(spool_dir).read(Position(0, 0), most=10)
    assert records == [], "nothing is kept of it"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param(f"8{TVER[2:]}", f"out:{TVER}:3:after_answer:2", id="as an Outbound Route shows it"),
        pytest.param(TVER, f"out:{TVER}:3:after_answer:2", id="in full"),
        pytest.param(URALIAN, None, id="a line that plays none"),
        pytest.param("anonymous", None, id="no number"),
        pytest.param("9" * 5000, None, id="nonsense"),
        pytest.param("", None, id="nothing"),
    ],
)
async def test_what_a_line_plays_where_the_pbx_chose_it(
    write_directory: WriteDirectory,
    settings: Settings,
    spool: SpoolWriter,
    spool_dir: Path,
    line: str,
    told: str | None,
) -> None:
    whole = outgoing_head()
    notice = Notice(Way.OUT, 3, NoticeWhen.AFTER_ANSWER, "trunkline/recorded", 2, "9")
    lines = whole.lines | {TVER: msgspec.structs.replace(whole.lines[TVER], notices=(notice,))}
    head = msgspec.structs.replace(head_of(), lines=lines, outgoing=whole.outgoing)
    directory = Directory.open(write_directory(head=head, ranges=_RANGES))
    async with TestClient(TestServer(build_question_app(settings, directory, spool))) as client:
        response = await client.get("/router/v1/asterisk/notice", params={"line": line, "id": "1.2"})
        fields = fields_of(await response.text())

    assert response.status == 200
    assert (fields["valid"], fields.get("notice_told")) == ("1", told)
    records, _ = SpoolReader(spool_dir).read(Position(0, 0), most=10)
    assert records == [], "nothing is kept of it"
