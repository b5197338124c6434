"""A real Asterisk dials for us: the agent's phone first, then the client; and once, whatever happens to the AMI."""

import json
import re
import socket
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.asterisk import company
from tests.e2e.asterisk.ami import Ami
from tests.e2e.asterisk.office import Office, Talk, client, phone, talk
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.site import SHIPPED, Ports, Site
from tests.e2e.asterisk.tree import asterisk_tree
from tests.e2e.asterisk.waiting import until
from tests.e2e.asterisk.wire import Wire
from trunkline.db.types import Connection
from trunkline.pbx.store import find_pbx, save_pbx
from trunkline.people.roles import Right
from trunkline.people.tokens import make_token

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(150)]

_USER, _SECRET = "trunkline-members", "m3mbers"
_CLIENT = "+79121234567"
_SHOWN = company.LINE
_FROM = re.compile(r"\nFrom: [^\n]*<sip:([^@>]+)@")
_ORDER = b"Action: Originate"


class CuttingWire(Wire):
    """Breaks where a test says: `after` the order reached the PBX and before its answer, or `before` it got there."""

    cut_at = ""

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(65536):
                if self.cut_at and _ORDER in chunk:
                    if self.cut_at == "after":
                        source.shutdown(socket.SHUT_RDWR)  # nobody is left to hear the answer
                        sink.sendall(chunk)
                    self.cut_at = ""
                    break
                sink.sendall(chunk)
        with suppress(OSError):
            source.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@pytest.fixture(scope="module")
def wire_and_office() -> Iterator[tuple[CuttingWire, Office]]:
    with Product() as product:
        ports = Ports(router=product.question)
        site = Site(asterisk_tree(), "dialing", ports, agent_context="trunkline-outgoing")
        wire = CuttingWire(ports.wire, ports.ami)
        with wire, Asterisk(site) as pbx:
            product.settle(site, ports.wire)
            office = Office(pbx, product, wire)
            office.until_linked()
            _allow(office)
            yield wire, office


@pytest.fixture
def office(wire_and_office: tuple[CuttingWire, Office]) -> Office:
    return wire_and_office[1]


@pytest.fixture
def wire(wire_and_office: tuple[CuttingWire, Office]) -> CuttingWire:
    return wire_and_office[0]


def _allow(office: Office, *, controls: bool = False) -> None:
    """As an administrator does: the second user may originate (and move calls), and Trunkline is told so."""
    text = (SHIPPED / "manager_members.conf.example").read_text().replace("CHANGE-ME-members-secret", _SECRET)
    rights = "agent,originate,call" if controls else "agent,originate"
    text = text.replace(";write = agent,originate\nwrite = agent\n", f"write = {rights}\n")
    with (office.pbx.site.folder / "etc/manager_test.conf").open("a") as file:
        file.write("\n" + text)
    office.pbx.run_cli("manager reload")
    office.product.token = company.in_database(
        office.product.settings, lambda connection: _settle(connection, office, controls)
    )
    until(lambda: _USER[:15] in office.pbx.run_cli("manager show connected"), "the second user to log in", 30)
    until(lambda: _shown(office) == _SHOWN, "the line to be known", 20)


async def _settle(connection: Connection, office: Office, controls: bool) -> str:
    box = office.product.settings.secret_box()
    row = await find_pbx(connection, company.PBX)
    assert row is not None
    more = {"members_username": _USER, "members_dials": True, "members_controls": controls}
    secrets = row.opened(box) | {"members_secret": _SECRET}
    await save_pbx(
        connection, box, pbx=row.id, name=row.name, kind=row.kind, settings=row.settings | more, secrets=secrets
    )
    await connection.execute(
        "update dial_rules set ring_seconds = 8, number_calls = 100, number_minutes = 9999, "
        "callback_opens = 0, callback_closes = 24, callback_short_seconds = 1"
    )
    await connection.execute(
        "insert into trunks (id, pbx_id, name, operator) values ($1, $2, 'provider', 'alpha')",
        uuid.uuid4(),
        company.PBX,
    )
    await connection.execute(
        "insert into line_operators (line_id, operator, trunk, since) "
        "select id, 'alpha', 'provider', $2 from lines where number = $1",
        _SHOWN,
        date(2024, 1, 1),
    )
    person = await connection.fetchval("select person_id from accounts limit 1")
    rights = [Right.CALLS_READ, Right.CALLS_DIAL, Right.PRESENCE_OTHERS]
    now = datetime.now(UTC)
    return await make_token(connection, person, "e2e dialing", rights, now + timedelta(days=1), now)


def _shown(office: Office) -> str:
    request = urllib.request.Request(
        f"http://127.0.0.1:{office.product.question}/router/v1/outgoing",
        json.dumps({"agent": "101", "to": _CLIENT, "line": _SHOWN}).encode(),
        {"Authorization": f"Bearer {office.pbx.site.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return str(json.load(answer)["caller_id"])


def _api(office: Office, path: str, body: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {office.product.token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{office.product.web}{path}", data, headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def _dial(office: Office, **more: str) -> str:
    status, told = _api(office, "/api/v1/calls", {"to": _CLIENT, "agent": "101", **more})
    assert status == 202, told
    return str(told["id"])


def _until(office: Office, dial: str, *wanted: str, limit: float = 40) -> dict[str, Any]:
    """The dial once its state or outcome is one of `wanted`."""
    seen: dict[str, Any] = {}

    def there() -> bool:
        seen.update(_api(office, f"/api/v1/calls/dials/{dial}")[1])
        return (seen["outcome"] or seen["state"]) in wanted

    until(there, lambda: f"the dial to be {wanted}, not {seen}", limit)
    return seen


def _channels(scene: Talk) -> list[str]:
    """The channels that a dial of ours began."""
    return [event["Uniqueid"] for event in scene.watcher.events("Newchannel") if event["Uniqueid"].startswith("dial-")]


def test_both_answer(office: Office) -> None:
    with talk(office.pbx) as scene:
        scene.start(Party("phone_answers", "101", pause=300), Party("phone_hangs_up", "outside", pause=2500))
        dial = _dial(office, line=_SHOWN)
        _until(office, dial, "talking")
        scene.finish()
        agent, client = (one.messages() for one in scene.parties.running)
        assert len(_channels(scene)) == 1

    over = _until(office, dial, "answered")
    assert over["talk_seconds"] >= 1
    call = _api(office, f"/api/v1/calls/{over['call_id']}")[1]["call"]
    assert (call["direction"], call["client"], call["agents"], call["outcome"]) == ("out", _CLIENT, ["101"], "answered")
    assert _FROM.findall(agent)[0] == _CLIENT, "his phone shows whom he is about to talk with"
    assert _FROM.findall(client)[0] == _SHOWN


def test_the_client_does_not_answer(office: Office) -> None:
    with talk(office.pbx) as scene:
        scene.start(Party("phone_answers", "101", pause=300), Party("phone_busy", "outside", pause=500))
        dial = _dial(office)
        scene.finish()

    over = _until(office, dial, "no_answer")
    assert (over["talk_seconds"], over["answered_at"]) == (0, None)


def test_the_agent_does_not_answer(office: Office) -> None:
    with talk(office.pbx) as scene:
        scene.start(Party("phone_rings", "101"))
        dial = _dial(office)
        _until(office, dial, "ringing")
        scene.finish()
        assert not [event for event in scene.watcher.events("Newchannel") if "provider" in event["Channel"]]

    _until(office, dial, "agent_no_answer")


def test_a_phone_that_is_not_there(office: Office) -> None:
    status, told = _api(office, "/api/v1/calls", {"to": _CLIENT, "agent": company.NOMADS_AGENT})
    assert status == 202

    _until(office, told["id"], "not_dialled")


def test_the_ami_is_cut_between_the_order_and_its_answer(office: Office, wire: CuttingWire) -> None:
    with talk(office.pbx) as scene:
        scene.start(Party("phone_answers", "101", pause=300), Party("phone_hangs_up", "outside", pause=2500))
        wire.cut_at = "after"
        dial = _dial(office)
        scene.finish()
        assert wire.cut_at == "", "the order was on the wire"
        assert "orders_unanswered" in office.product.log.read_text(errors="replace")
        over = _until(office, dial, "answered")
        assert len(_channels(scene)) == 1, "one call only"
    assert over["sent_at"] is not None


def test_an_order_that_was_lost_is_not_sent_again(office: Office, wire: CuttingWire) -> None:
    with talk(office.pbx) as scene:
        wire.cut_at = "before"
        dial = _dial(office)
        _until(office, dial, "not_dialled", limit=60)
        assert _channels(scene) == []


def test_the_worker_nodes_die_between_the_order_and_its_answer(office: Office) -> None:
    """The process that dialled is killed at once; the one after it finds the call by its channel."""
    with talk(office.pbx) as scene:
        scene.start(Party("phone_answers", "101", pause=300), Party("phone_hangs_up", "outside", pause=6000))
        dial = _dial(office)
        _until(office, dial, "sent", "ringing", "dialling", "talking")
        office.product.kill()
        office.product.start()
        scene.finish()
        _until(office, dial, "answered", limit=60)
        assert len(_channels(scene)) == 1


def _call_back(office: Office, **more: str) -> str:
    status, told = _api(office, "/api/v1/callbacks", {"number": _CLIENT, "queue": "sales", **more})
    assert status == 201, told
    return str(told["id"])


def _until_callback(office: Office, callback: str, *wanted: str, limit: float = 40) -> dict[str, Any]:
    """The callback once its state, or why it stands so, is one of `wanted`."""
    seen: dict[str, Any] = {}

    def there() -> bool:
        seen.update(_api(office, f"/api/v1/callbacks/{callback}")[1])
        return bool({seen["state"], seen["why"]} & {*wanted})

    until(there, lambda: f"the callback to be {wanted}, not {seen}", limit)
    return seen


def test_a_callback_reaches_the_client(office: Office) -> None:
    with talk(office.pbx) as scene:
        scene.start(phone("phone_answers", 101), Party("phone_hangs_up", "outside", pause=2500))
        callback = _call_back(office)
        _until_callback(office, callback, "dialling")
        scene.finish()
        _until_callback(office, callback, "reached")
        assert len(_channels(scene)) == 1


def test_the_client_rings_before_he_is_called_back(office: Office) -> None:
    with talk(office.pbx) as scene:
        scene.start(phone("phone_answers", 101))
        callback = _call_back(office, wanted_at=(datetime.now(UTC) + timedelta(seconds=60)).isoformat())
        scene.start(client(number=_CLIENT, pause=2000))
        _until_callback(office, callback, "got_through")
        scene.finish()
        assert _channels(scene) == []


def test_the_second_user_may_originate_and_cut_nothing(office: Office) -> None:
    with Ami(office.pbx.site.ports.ami, _USER, _SECRET) as ami:
        offered = ami.ask("ListCommands")
        program = ami.ask("Originate", Channel="Local/s@looking", Application="System", Data="true", Async="true")
    assert program["Response"] == "Error", "no program is run for it"
    assert "Originate" in offered
    assert not {"Redirect", "Hangup", "Bridge", "Atxfer", "Command", "Setvar", "UpdateConfig", "DBPut"} & set(offered)


def test_the_kill_switch(office: Office) -> None:
    company.in_database(office.product.settings, lambda connection: _switch(connection, active=False))
    try:
        assert _api(office, "/api/v1/calls", {"to": _CLIENT, "agent": "101"})[1]["rule"] == "off"
    finally:
        company.in_database(office.product.settings, lambda connection: _switch(connection, active=True))


async def _switch(connection: Connection, *, active: bool) -> None:
    await connection.execute("update dial_rules set active = $1", active)
