"""The front Asterisk as shipped: a provider forwards its numbers, Trunkline routes them, and nothing else leads out."""

from collections.abc import Iterator, Sequence

import pytest

from tests.e2e.asterisk import company
from tests.e2e.asterisk.ami import Message
from tests.e2e.asterisk.office import STRANGER, Office, Talk, at_work, client, make, phone, talk
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.registration import Registration
from tests.e2e.asterisk.sipp import Parties, Party
from tests.e2e.asterisk.site import Ports, Site
from tests.e2e.asterisk.tree import VERSIONS, asterisk_tree
from tests.e2e.asterisk.waiting import until
from tests.e2e.test_dialing import _allow, _api, _dial, _until
from tests.e2e.test_plug import join

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(150)]

_PHONES = (101, 102, 103)
_AS_THE_PROVIDER_SAYS = "8" + company.LINE[2:]
_OUTSIDE = "79262223344"
_PRESSES = Party("phone_presses", "outside", pause=500, more={"digit": "1"})


@pytest.fixture(scope="module", params=VERSIONS)
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    """A front whose three telephones have registered with their passwords."""
    with Product() as product:
        site = Site(
            asterisk_tree(request.param),
            "front",
            Ports(router=product.question),
            agent_context="from-internal",
            recording=True,
            front=True,
            member_timeout=8,
        )
        with at_work(product, request.param, site) as office:
            _register(site, 3600)
            product.until_routed(site, company.KEPT, "extension", company.RESPONSIBLE)
            yield office


@pytest.mark.parametrize("version", VERSIONS)
def test_it_registers_where_the_provider_wants_it(version: int) -> None:
    """With the shipped paragraphs; the registrar looks at the password."""
    site = Site(asterisk_tree(version), "front-registers", agent_context="from-internal", front=True, registers=True)
    login = {"login": "account17", "password": site.tester_secret}
    with Parties(site) as parties:
        parties.start(Party("provider_registrar", "outside", more=login))
        with Asterisk(site) as pbx:
            parties.wait_all(20)
            until(lambda: "Registered" in pbx.run_cli("pjsip show registrations"), "the registration", 10)


def _register(site: Site, seconds: int) -> None:
    """The telephones say where they are, each from where it is called, or (0) that they are gone."""
    for extension in _PHONES:
        home = site.ports.phone(extension)
        with Registration(site, extension, _password(site, extension), home) as telephone:
            telephone.sign_on(seconds)


def _password(site: Site, extension: int) -> str:
    return f"{site.tester_secret}-{extension}"


def _led_outside(events: Sequence[Message]) -> list[str]:
    """The calls that were begun over the trunk."""
    return [event["DestCallerIDNum"] for event in events if event.get("DestChannel", "").startswith("PJSIP/provider")]


def test_a_forwarded_call_waits_is_answered_and_is_told(office: Office) -> None:
    with talk(office.pbx) as scene:
        scene.start(
            phone("phone_answers", 101, 2500), client("caller_talks_aloud", line=_AS_THE_PROVIDER_SAYS, pause=5500)
        )
        music = until(lambda: scene.watcher.wait_for("MusicOnHoldStart"), "music for who waits", 20)
        (linkedid,) = scene.finish()

    told = office.product.call(linkedid)
    call = told["call"]
    assert music["Class"] == "default"
    assert (call["direction"], call["client"], call["dialled"]) == ("in", STRANGER, company.LINE)
    assert (call["outcome"], call["queues"], call["answered_by"]) == ("answered", ["sales"], "101")
    assert [decision["rule"] for decision in told["decisions"]] == ["class"]
    assert told["story"]["recordings"] == [f"{office.pbx.site.inside}/spool/monitor/{linkedid}.wav"]
    assert (office.pbx.site.recordings / f"{linkedid}.wav").stat().st_size > 8000  # half a second


@pytest.mark.parametrize(
    ("line_from", "more"),
    [
        pytest.param("diversion", {"to": "account17", "forwarded": company.LINE}, id="in Diversion"),
        pytest.param("to", {"to": company.LINE, "forwarded": "account17"}, id="in To"),
    ],
)
def test_a_call_to_an_account_is_of_the_line_that_was_dialled(
    office: Office, line_from: str, more: dict[str, str]
) -> None:
    """From is the provider's account, too: the caller is in P-Asserted-Identity."""
    office.pbx.run_cli(f"dialplan set global FRONT_LINE_FROM {line_from}")
    try:
        forwarded = Party(
            "caller_is_forwarded", "caller", dials="account17", number=STRANGER, more={"account": "account17", **more}
        )
        (told,) = make(office, phone("phone_answers", 101), forwarded)
    finally:
        office.pbx.run_cli("dialplan set global FRONT_LINE_FROM dialled")

    call = told["call"]
    assert (call["client"], call["dialled"], call["answered_by"]) == (STRANGER, company.LINE, "101")
    assert call["queues"] == ["sales"]


def test_a_call_that_names_no_line_is_the_providers_own(office: Office) -> None:
    assert _refused(office, client("caller_refused", line="account17")) == "404"


def test_a_mobile_employee_is_rung_over_the_trunk(office: Office) -> None:
    office.product.until_routed(office.pbx.site, company.ROVER, "number", company.MOBILE)
    with talk(office.pbx) as scene:
        scene.start(_PRESSES, client(number=company.ROVER, pause=4000))
        (linkedid,) = scene.finish()
        assert set(_led_outside(scene.watcher.events("DialBegin"))) == {company.MOBILE}

    call = office.product.call(linkedid)["call"]
    assert (call["outcome"], call["dialled"]) == ("answered", company.LINE)


@pytest.mark.parametrize("name", ["provider", "101", STRANGER])
def test_nobody_else_gets_in(office: Office, name: str) -> None:
    """Neither from an address nobody knows, nor from the office by the trunk's or a telephone's name."""
    assert _refused(office, Party("caller_refused", "stranger", dials=company.LINE, number=name)) == "403"
    assert _refused(office, Party("caller_refused", "104", dials=company.LINE, number=name)) == "401"


def _refused(office: Office, party: Party) -> str:
    """The last answer to a call."""
    with Parties(office.pbx.site) as parties, office.pbx.tester() as watcher:
        one = parties.start(party)
        one.wait(20)
        assert not watcher.events("QueueCallerJoin")
        answers = [row.split()[1] for row in one.messages().splitlines() if row.startswith("SIP/2.0 ")]
    return answers[-1]


@pytest.mark.parametrize("dialled", [_OUTSIDE, "112", "102", "7&PJSIP%2F102"])
def test_the_trunk_leads_to_no_number_outside(office: Office, dialled: str) -> None:
    """What the provider's side dials is a line, known or not, and what it asks for by REFER is refused."""
    with talk(office.pbx) as scene:
        refers = Party("caller_refers", "caller", dials=dialled, number=STRANGER, more={"to": _OUTSIDE})
        scene.start(phone("phone_answers", 101), refers)
        scene.finish()
        assert _queues(scene) == ["sales"]
        assert _led_outside(scene.watcher.events("DialBegin")) == []


def test_a_telephone_leads_to_no_number_outside(office: Office) -> None:
    """Neither dialled with the right password, nor by a transfer, nor where it forwards by itself."""
    site = office.pbx.site
    password = ("-au", "101", "-ap", _password(site, 101))
    with talk(office.pbx) as scene:
        scene.start(Party("phone_dials_in_vain", "101", dials=_OUTSIDE, number="101", arguments=password))
        scene.parties.wait_all()
        scene.start(
            phone("phone_forwards", 102, forward=_OUTSIDE),
            phone("phone_transfers_blind", 103, 500, to=_OUTSIDE),
            client("caller_stays", number=company.KEPT),
        )
        (*_, linkedid) = scene.finish()
        assert _led_outside(scene.watcher.events("DialBegin")) == []

    assert office.product.call(linkedid)["call"]["answered_by"] == company.DEPUTY


def test_without_trunkline_a_call_reaches_the_default(office: Office) -> None:
    before = {row["linkedid"] for row in office.product.calls()}
    office.product.kill()
    try:
        queue, seconds = join(office.pbx, 101, STRANGER, _AS_THE_PROVIDER_SAYS)
    finally:
        office.product.start()
        office.until_linked()

    assert queue == "sales"
    assert seconds < 3
    told = until(lambda: {row["linkedid"] for row in office.product.calls()} - before, "what CEL knows of it", 30)
    call = office.product.call(told.pop())["call"]
    assert (call["client"], call["dialled"], call["answered_by"]) == (STRANGER, company.LINE, "101")


def test_without_trunkline_and_telephones_the_last_mobile_rings(office: Office) -> None:
    """With the line that the page has an administrator write before the fallback's Hangup()."""
    site = office.pbx.site
    dialplan = site.folder / "etc/extensions_trunkline.conf"
    before = dialplan.read_text()
    own = " same => n,Queue(sales,,,,120)\n"
    assert own in before
    _register(site, 0)
    office.pbx.run_cli("database put trunkline off 1")  # as dead as it can be, and the next test need not wait for it
    try:
        last = f" same => n,Gosub(trunkline-act,number,1({_OUTSIDE},30))\n"
        dialplan.write_text(before.replace(own, own + last))
        office.pbx.run_cli("dialplan reload")
        with talk(office.pbx) as scene:
            scene.start(Party("phone_answers", "outside", pause=300), client(pause=2500))
            scene.finish()
            answered = {event["Channel"].partition("-")[0] for event in scene.watcher.events("BridgeEnter")}
            assert set(_led_outside(scene.watcher.events("DialBegin"))) == {_OUTSIDE}
    finally:
        dialplan.write_text(before)
        office.pbx.run_cli("dialplan reload")
        office.pbx.run_cli("database del trunkline off")
        _register(site, 3600)
    assert answered == {"PJSIP/provider"}


def test_a_client_is_called_by_an_order_of_ours(office: Office) -> None:
    """By the guard, and never from the telephone itself."""
    _allow(office)
    with talk(office.pbx) as scene:
        scene.start(phone("phone_answers", 101), Party("phone_hangs_up", "outside", pause=1500))
        dial = _dial(office, line=company.LINE)
        _until(office, dial, "answered")
        scene.finish()
        (out,) = _led_outside(scene.watcher.events("DialBegin"))

    call = _api(office, f"/api/v1/calls/{_until(office, dial, 'answered')['call_id']}")[1]["call"]
    assert (call["direction"], call["client"], call["agents"]) == ("out", out, ["101"])


def _queues(scene: Talk) -> list[str]:
    return [event["Queue"] for event in scene.watcher.events("QueueCallerJoin")]
