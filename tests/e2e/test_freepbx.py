"""Calls through a dialplan of FreePBX's shape: routed by its own queues and extensions, told right."""

import re
from collections.abc import Iterator

import pytest

from tests.e2e.asterisk import company
from tests.e2e.asterisk.ami import Message
from tests.e2e.asterisk.office import STRANGER, Office, Talk, at_work, challenge, client, make, phone, talk
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.tree import VERSIONS
from tests.e2e.asterisk.waiting import until
from tests.e2e.test_dialing import _allow, _api, _dial, _until
from trunkline.db.types import Connection
from trunkline.pbx.asterisk.check import check
from trunkline.pbx.asterisk.terms import Address

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


on_both = pytest.mark.parametrize("office", VERSIONS, indirect=True)
on_16 = pytest.mark.parametrize("office", [16], indirect=True)  # what FreePBX 15 and 16 run on; 22 costs a minute more

_FROM = re.compile(r"\nINVITE [^\n]*\n(?:[^\n]+\n)*?From: [^\n]*<sip:([^@>]+)@")
"""Who calls, as each call that came in says."""
_VOICEMAIL = Party("phone_answers", "outside", pause=300)
_PRESSES = Party("phone_presses", "outside", pause=300, more={"digit": "1"})


@pytest.fixture(scope="module")
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    with Product() as product, at_work(product, request.param, freepbx=True) as office:
        yield office


@on_both
@pytest.mark.parametrize(
    ("number", "queue", "extension"),
    [
        pytest.param(STRANGER, "400", "101", id="unknown to sales"),
        pytest.param(company.SUPPLIER, "410", "201", id="supplier to production"),
        pytest.param("anonymous", "400", "101", id="anonymous to sales"),
    ],
)
def test_the_queue_by_its_number_and_the_extension_are_told(
    office: Office, number: str, queue: str, extension: str
) -> None:
    """The member is Local/EXT@from-queue/n, two legs between the queue and the phone: the story names the extension."""
    (told,) = make(office, phone("phone_answers", int(extension)), client(number=number, pause=1500))

    call = told["call"]
    assert (call["direction"], call["outcome"], call["hung_up_by"]) == ("in", "answered", "caller")
    assert (call["queues"], call["answered_by"], call["rang"]) == ([queue], extension, [extension])
    assert (call["dialled"], call["client"]) == (company.LINE, number if number.startswith("+") else "")
    assert [decision["rule"] for decision in told["decisions"]] == ["class"]


@on_16
def test_the_second_member_answers(office: Office) -> None:
    (told,) = make(office, phone("phone_rings", 101), phone("phone_answers", 102), client(pause=6000))

    call = told["call"]
    assert (call["queues"], call["rang"], call["answered_by"]) == (["400"], ["101", "102"], "102")


@on_16
def test_responsible_first_then_the_queue(office: Office) -> None:
    """He is rung without his voicemail taking the call, and when he does not answer we are asked again."""
    with talk(office.pbx) as scene:
        scene.start(
            phone("phone_rings", 102), phone("phone_answers", 101), client(number=company.KEY_CLIENT, pause=2000)
        )
        (linkedid,) = scene.finish()
        events = scene.watcher.events()
    told = office.product.call(linkedid)

    assert _voicemails(events) == []
    assert [decision["rule"] for decision in told["decisions"]][:2] == ["responsible", "class"]
    assert (told["call"]["rang"], told["call"]["answered_by"]) == (["102", "101"], "101")


@on_16
def test_overflow_comes_back_from_the_queue(office: Office) -> None:
    """Our wait limit holds in FreePBX's own queue, whomever it rings until then, and its end is our next turn."""
    rung = (Party("phone_rings", str(one), calls=9, lasting=True) for one in (101, 102))
    (told,) = make(office, *rung, phone("phone_answers", 201), client(pause=8000))

    assert [decision["rule"] for decision in told["decisions"]] == ["class", "overflow"]
    assert (told["call"]["queues"], told["call"]["answered_by"]) == (["400"], "201")


@on_16
def test_spam_meets_the_challenge_and_passes_with_the_digit(office: Office) -> None:
    parties = phone("phone_hangs_up", 101, 800), client("caller_stays", company.SPAMMER)
    told = challenge(office, *parties, press=lambda digit: digit)

    assert [decision["rule"] for decision in told["decisions"]] == ["spam", "class"]
    assert (told["call"]["queues"], told["call"]["answered_by"]) == (["400"], "101")


@on_16
@pytest.mark.parametrize(
    ("parties", "answered_by", "rules"),
    [
        pytest.param((_PRESSES,), company.MOBILE, ["responsible"], id="presses one"),
        pytest.param((_VOICEMAIL, phone("phone_answers", 101)), "101", ["responsible", "class"], id="voicemail"),
    ],
)
def test_an_agents_mobile_has_to_press_one(
    office: Office, parties: tuple[Party, ...], answered_by: str, rules: list[str]
) -> None:
    (told,) = make(office, *parties, client(number=company.ROVER, pause=1500))

    assert [decision["rule"] for decision in told["decisions"]] == rules
    assert (told["call"]["outcome"], told["call"]["answered_by"]) == ("answered", answered_by)
    assert told["call"]["talk_seconds"] == pytest.approx(1.5, abs=1)


@on_16
def test_a_phone_that_forwards_to_a_voicemail_has_not_answered(office: Office) -> None:
    """The phone's own forwarding (302), from within FreePBX's dialplan: the queue goes on to the next member."""
    (told,) = make(
        office,
        phone("phone_forwards", 101, forward="89265550101"),
        _VOICEMAIL,
        phone("phone_answers", 102),
        client(pause=6500),
    )

    assert (told["call"]["outcome"], told["call"]["answered_by"]) == ("answered", "102")


@on_both
async def test_the_check_command_finds_nothing_wrong(office: Office) -> None:
    """User, rights, permit, times and CEL as the written files set them."""
    address = Address("127.0.0.1", office.pbx.site.ports.ami, "trunkline", office.pbx.site.ami_secret)

    findings = await check(address, office.pbx.site.cel)

    assert [finding.text for finding in findings if not finding.good] == []


@on_16
def test_switched_off_goes_to_the_custom_destinations_own(office: Office) -> None:
    """Nothing is exported here: the Custom Destination returns to its Destination, or ours stands in for it."""
    office.pbx.run_cli("database put trunkline off 1")
    try:
        (told,) = make(office, phone("phone_answers", 101), client(number=company.SUPPLIER, pause=1500))
        (alone,) = make(office, phone("phone_answers", 401), client(pause=1500, line=company.WIDE_LINE))
    finally:
        office.pbx.run_cli("database del trunkline off")

    assert (told["call"]["queues"], told["decisions"]) == (["400"], [])
    assert (alone["call"]["queues"], alone["decisions"]) == (["430"], [])


@pytest.fixture
def dialling(office: Office) -> Office:
    """An administrator lets us dial: the second AMI user, and Trunkline is told of it."""
    if not (office.pbx.site.folder / "etc/manager_test.conf").read_text().count("trunkline-members"):
        _allow(office)
    return office


@on_16
def test_click_to_call_by_the_outbound_routes(dialling: Office) -> None:
    """The written `trunkline-dial`: the agent first, then the client with the line that was asked for."""
    with talk(dialling.pbx) as scene:
        scene.start(Party("phone_answers", "101", pause=300), Party("phone_hangs_up", "outside", pause=2500))
        dial = _dial(dialling, line=company.LINE)
        scene.finish()
        _, outside = scene.parties.running
        assert _FROM.findall(outside.messages()) == [company.LINE]

    over = _until(dialling, dial, "answered")
    call = _api(dialling, f"/api/v1/calls/{over['call_id']}")[1]["call"]
    assert (call["direction"], call["client"], call["agents"]) == ("out", "+79121234567", ["101"])


@on_16
def test_a_desk_that_forwards_a_dial_calls_no_client(dialling: Office) -> None:
    with talk(dialling.pbx) as scene:
        scene.start(phone("phone_forwards", 101, forward="89265550199"), _VOICEMAIL)
        dial = _dial(dialling)
        _until(dialling, dial, "agent_no_answer")
        scene.finish()
        dialled = [event["DestCallerIDNum"] for event in scene.watcher.events("DialBegin")]

    assert [number for number in dialled if number.startswith("8")] == ["89265550199"], "and it was hung up"


@on_16
def test_a_mobile_employee_calls_a_client(dialling: Office) -> None:
    company.in_database(dialling.product.settings, lambda connection: _works_on(connection, "forwarded", "105"))
    dialling.product.until_on_his_mobile(dialling.pbx.site, "105")
    try:
        with talk(dialling.pbx) as scene:
            asked = _questions(dialling.pbx)
            scene.start(Party("phone_answers", "outside", pause=300, calls=2))
            status, told = _api(dialling, "/api/v1/calls", {"to": "+79121234567", "agent": "105", "line": company.LINE})
            assert status == 202, told
            # Pressed when he is asked and not after a time: a SIPp of a busy machine is too late for the question.
            mobile = until(lambda: _asked_to_press(scene, asked), "him to be asked for a 1")
            scene.watcher.ask("PlayDTMF", Channel=mobile, Digit="1", Receive="true")
            _until(dialling, told["id"], "talking")
            dialling.pbx.run_cli("channel request hangup all")
            scene.finish()
            (party,) = scene.parties.running
            assert _FROM.findall(party.messages()) == [company.LINE] * 2
        over = _until(dialling, told["id"], "answered")
    finally:
        company.in_database(dialling.product.settings, lambda connection: _works_on(connection, "desk", None))

    call = _api(dialling, f"/api/v1/calls/{over['call_id']}")[1]["call"]
    assert (call["direction"], call["client"], call["agents"]) == ("out", "+79121234567", ["105"])


def _asked_to_press(scene: Talk, before: int) -> str:
    """The mobile's own channel, once the question is asked again."""
    asked = _questions(scene.pbx) > before
    return (
        next(str(e["Channel"]) for e in scene.watcher.events("Newchannel") if str(e["Channel"]).startswith("PJSIP/"))
        if asked
        else ""
    )


def _questions(pbx: Asterisk) -> int:
    return pbx.log.read_text(errors="replace").count("@trunkline-press-one:2] Read(")


async def _works_on(connection: Connection, way: str, extension: str | None) -> None:
    statement = "update people set extension = $2, works_on = $3 where mobile = $1"
    await connection.execute(statement, company.MOBILE, extension, way)


@on_both
def test_the_plug_is_pulled(office: Office) -> None:
    """The last test here: Trunkline is dead, a known supplier still reaches production's queue, within the second."""
    office.pbx.run_cli(f"database put trunkline-caller {company.SUPPLIER[1:]} queue:410")
    office.product.kill()
    with talk(office.pbx) as scene:
        scene.start(phone("phone_answers", 201), client(number="8" + company.SUPPLIER[2:], pause=1500))
        scene.finish()
        events = scene.watcher.events()
    (join,) = [event for event in events if event["Event"] == "QueueCallerJoin"]
    (call, *_) = [event for event in events if event["Event"] == "Newchannel"]

    assert join["Queue"] == "410"
    assert float(join["Timestamp"]) - float(call["Timestamp"]) < 1.0


def _voicemails(events: list[Message]) -> list[str]:
    return [event["Box"] for event in events if event.get("UserEvent") == "Voicemail"]
