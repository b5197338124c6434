"""A real Asterisk moves who waits, lets a supervisor listen, and passes a talk on with a word."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from tests.e2e.asterisk import company
from tests.e2e.asterisk.ami import Message
from tests.e2e.asterisk.office import Office, Talk, at_work, client, phone, talk
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.site import SHIPPED
from tests.e2e.asterisk.waiting import until
from trunkline.card.keeping import wrap_up_form
from trunkline.control.order import Kind, Place, State, Target
from trunkline.control.store import Choice, Leg, NewOrder, add_order, state_of
from trunkline.db.types import Connection
from trunkline.pbx.asterisk.check_members import check_members
from trunkline.pbx.asterisk.process import keeping_of, reach
from trunkline.pbx.store import find_pbx, save_pbx
from trunkline.people.identity import EVERYTHING, Identity, Via
from trunkline.people.roles import Right, Role
from trunkline.people.statements import QUERIES
from trunkline.people.tokens import make_token

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

_FROM = re.compile(r"^From: (.*)", re.MULTILINE)
_USER, _SECRET = "trunkline-members", "m3mbers"
_WORDS = "Хочет рассрочку; договор <b>у меня</b>."
_SHAPES = [
    pytest.param((22, False), id="22"),
    pytest.param((16, False), id="16"),
    pytest.param((16, True), id="freepbx"),
]


class House(NamedTuple):
    """The office, and what people there log in with, by extension."""

    office: Office
    tokens: dict[str, str]

    @property
    def sales(self) -> str:
        return self.office.pbx.site.queues["sales"]

    @property
    def production(self) -> str:
        return self.office.pbx.site.queues["production"]

    def ask(self, who: str, path: str, body: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
        """What the API answers to whoever has the extension `who`."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.office.product.web}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)

    def waiting(self, queue: str) -> str:
        """The call that waits there, once the floor tells of one."""
        return until(lambda: self.first_waiting(queue), f"somebody to wait in {queue}", 20)

    def first_waiting(self, queue: str) -> str:
        """The call that waits there now; empty for none."""
        floor = self.ask("301", "/api/v1/live")[1]
        found = [one["call_id"] for place in floor["queues"] if place["target"] == queue for one in place["waiting"]]
        return str(found[0]) if found else ""

    def talking(self, extension: str) -> str:
        """The call this extension talks in, once the floor tells of it."""

        def first() -> str:
            agents = self.ask("301", "/api/v1/live")[1]["agents"]
            found = [
                call["call_id"]
                for agent in agents
                if agent["extension"] == extension
                for call in agent["calls"]
                if call["state"] == "talking"
            ]
            return str(found[0]) if found else ""

        return until(first, f"{extension} to talk", 20)


@pytest.fixture(scope="module", params=_SHAPES)
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    version, freepbx = request.param
    with Product() as product, at_work(product, version, freepbx=freepbx) as office:
        yield House(office, _allow(office))


def _allow(office: Office) -> dict[str, str]:
    """As an administrator does: the second user may do it, and Trunkline is told so."""
    text = (SHIPPED / "manager_members.conf.example").read_text().replace("CHANGE-ME-members-secret", _SECRET)
    text = text.replace("\nwrite = agent\n", "\nwrite = agent,originate,call\n")
    with (office.pbx.site.folder / "etc/manager_test.conf").open("a") as file:
        file.write("\n" + text)
    office.pbx.run_cli("manager reload")
    tokens = company.in_database(office.product.settings, lambda connection: _settle(connection, office))
    until(lambda: _USER[:15] in office.pbx.run_cli("manager show connected"), "the second user to log in", 30)
    return tokens


async def _settle(connection: Connection, office: Office) -> dict[str, str]:
    box, freepbx = office.product.settings.secret_box(), office.pbx.site.freepbx
    row = await find_pbx(connection, company.PBX)
    assert row is not None
    more: dict[str, Any] = {"members_username": _USER, "members_controls": True, "members_listens": True}
    if freepbx:
        more |= {"members_interface": "Local/EXT@from-queue/n", "members_state_interface": "hint:EXT@ext-local"}
    secrets = row.opened(box) | {"members_secret": _SECRET}
    settings = row.settings | more
    await save_pbx(connection, box, pbx=row.id, name=row.name, kind=row.kind, settings=settings, secrets=secrets)
    now, tokens = datetime.now(UTC), {}
    for extension, role in (("101", Role.AGENT), ("102", Role.AGENT), ("201", Role.AGENT), ("301", Role.ADMINISTRATOR)):
        person = await connection.fetchval("select id from people where extension = $1", extension)
        await connection.execute("update people set login = $2 where id = $1", person, f"agent{extension}")
        await connection.execute(QUERIES["save_account"], person, role.value, [], True, True)
        rights = [right for right in Right if right not in {Right.PEOPLE_EDIT, Right.TOKENS_EDIT}]
        tokens[extension] = await make_token(connection, person, "e2e", rights, now + timedelta(days=1), now)
    return tokens


def _idle(*extensions: int) -> list[Party]:
    """Phones that ring for as long as it takes."""
    return [Party("phone_rings", str(one), lasting=True, calls=9) for one in extensions]


def _bridges(scene: Talk) -> list[tuple[str, ...]]:
    """Who is in a conversation with whom, by the names of channels without their numbers."""
    rows = [row for row in scene.watcher.ask_list("Status") if row.get("BridgeID")]
    rooms = {row["BridgeID"] for row in rows}
    return [tuple(sorted(row["Channel"] for row in rows if row["BridgeID"] == room)) for room in rooms]


def _told(house: House, scene: Talk) -> dict[str, Any]:
    """The client's call in the story."""
    told: dict[str, Any] = house.office.product.call(scene.linkedids[0])["call"]
    return told


def test_the_check_finds_nothing_wrong(house: House) -> None:
    async def look(connection: Connection) -> list[str]:
        row = await find_pbx(connection, company.PBX)
        assert row is not None
        box = house.office.product.settings.secret_box()
        keeping = keeping_of(row, box)
        assert keeping is not None
        found = await check_members(keeping, reach(row, box)[0])
        return [finding.text for finding in found if not finding.good]

    assert company.in_database(house.office.product.settings, look) == []


def test_a_waiting_call_is_moved_to_another_queue(house: House) -> None:
    with talk(house.office.pbx) as scene:
        scene.start(*_idle(101, 102, 103), phone("phone_answers", 201), client(pause=8000))
        call = house.waiting(house.sales)
        body = {"queue": house.sales, "to": f"queue:{house.production}"}
        status, told = house.ask("301", f"/api/v1/calls/{call}/move", body)
        assert (status, told.get("state")) == (200, "done"), told
        scene.finish()

    over = _told(house, scene)
    assert (over["queues"], over["answered_by"], over["outcome"]) == (
        [house.sales, house.production],
        "201",
        "answered",
    )
    assert str(over["id"]) == call
    ends = company.in_database(house.office.product.settings, lambda connection: _ends(connection, call))
    assert ends == {house.sales: "left", house.production: "answered"}, "a move is no caller who gave up"


async def _ends(connection: Connection, call: str) -> dict[str, str]:
    """How each wait of the call ended."""
    rows = await connection.fetch("select queue, ended from queue_waits where call_id = $1", UUID(call))
    return {row["queue"]: row["ended"] for row in rows}


def test_a_waiting_call_is_moved_to_a_person(house: House) -> None:
    with talk(house.office.pbx) as scene:
        scene.start(*_idle(101, 102, 103), phone("phone_answers", 401), client(pause=8000))
        call = house.waiting(house.sales)
        status, told = house.ask("301", f"/api/v1/calls/{call}/move", {"queue": house.sales, "to": "extension:401"})
        assert (status, told.get("state")) == (200, "done"), told
        scene.finish()

    over = _told(house, scene)
    assert (over["answered_by"], over["outcome"]) == ("401", "answered")


def test_whom_nobody_takes_goes_back_to_the_queue(house: House) -> None:
    with talk(house.office.pbx) as scene:
        scene.start(*_idle(101, 102, 103), Party("phone_busy", "201", lasting=True), client(pause=12_000))
        call = house.waiting(house.sales)
        status, _ = house.ask("301", f"/api/v1/calls/{call}/move", {"queue": house.sales, "to": "extension:201"})
        assert status == 200

        def joined() -> list[str]:
            return [event["Queue"] for event in scene.watcher.events("QueueCallerJoin")]

        until(lambda: joined() == [house.sales, house.sales], lambda: f"the call to be back, not {joined()}", 20)
        scene.finish()


def test_who_was_answered_is_not_moved(house: House) -> None:
    """The check is the PBX's own: the order is stored as if the floor had still shown him waiting."""
    with talk(house.office.pbx) as scene:
        scene.start(phone("phone_answers", 101), client(pause=9000))
        call = house.talking("101")
        status, told = house.ask("301", f"/api/v1/calls/{call}/move", {"queue": house.sales, "to": "extension:401"})
        assert (status, told["why"]) == (409, "gone")
        leg = scene.watcher.events("QueueCallerJoin")[0]["Uniqueid"]
        order = company.in_database(
            house.office.product.settings, lambda connection: _order(connection, UUID(call), leg, house.sales)
        )
        until(lambda: _state(house, order) == (State.REFUSED, "gone"), "the PBX to be asked", 20)
        before = _bridges(scene)
        assert any(any("PJSIP/101" in name for name in room) for room in before)
        scene.finish()

    over = _told(house, scene)
    assert (over["answered_by"], over["hung_up_by"]) == ("101", "caller")
    assert over["talk_seconds"] >= 4, "nobody was cut off"


async def _order(connection: Connection, call: UUID, leg: str, queue: str) -> UUID:
    person = await connection.fetchrow("select id, name from people where extension = '301'")
    assert person is not None
    by = Identity(person["id"], person["name"], "", Role.ADMINISTRATOR, frozenset(), EVERYTHING, Via.TOKEN, "e2e")
    to = Choice(Target(Place.DESK, "401"), "Agent 401")
    new = NewOrder(Kind.MOVE, call, Leg(company.PBX, leg), to, queue=queue)
    return await add_order(connection, new, by, datetime.now(UTC))


def _state(house: House, order: UUID) -> tuple[State, str]:
    return company.in_database(house.office.product.settings, lambda connection: state_of(connection, order))


@pytest.mark.parametrize("after", [0, 300, 600])
def test_answered_at_the_same_moment(house: House, after: int) -> None:
    """Whoever is first, the client talks with somebody."""
    with talk(house.office.pbx) as scene:
        scene.start(
            Party("phone_answers", "101", pause=after, lasting=True),
            *_idle(102, 103),
            Party("phone_answers", "401", pause=200, lasting=True),
            client(pause=7000),
        )
        # On a slow day it is answered before it is seen to wait.
        call = until(lambda: house.first_waiting(house.sales) or _first_call(house, "answered"), "the call", 20)
        status, told = house.ask("301", f"/api/v1/calls/{call}/move", {"queue": house.sales, "to": "extension:401"})
        assert (status, told.get("why")) in {(200, None), (409, "gone")}, told
        scene.finish()

    over = _told(house, scene)
    assert (over["outcome"], over["hung_up_by"]) == ("answered", "caller")
    assert over["answered_by"] in ({"401", "101"} if status == 200 else {"101"})


def _first_call(house: House, outcome: str) -> str:
    """The newest call that goes on and has come so far."""
    rows = [row for row in house.office.product.calls() if row["ended_at"] is None and row["outcome"] == outcome]
    return str(rows[0]["id"]) if rows else ""


@pytest.mark.parametrize(("mode", "options"), [("listen", "uqES"), ("whisper", "uqESw"), ("barge", "uqESB")])
def test_a_supervisor_listens(house: House, mode: str, options: str) -> None:
    with talk(house.office.pbx) as scene:
        scene.start(phone("phone_answers", 101), phone("phone_answers", 301), client(pause=10_000))
        call = house.talking("101")
        rooms = _bridges(scene)
        status, told = house.ask("301", f"/api/v1/calls/{call}/listen", {"agent": "101", "mode": mode})
        assert (status, told.get("state")) == (200, "done"), told
        begun = until(lambda: _first(scene, "ChanSpyStart"), "the spy to be there", 15)
        assert begun["SpyerChannel"].startswith("PJSIP/301-")
        assert begun["SpyeeChannel"].startswith("PJSIP/101-")
        assert f",{options}" in house.office.pbx.run_cli("core show channels concise").replace("!", ",")
        assert _bridges(scene) == rooms, "the conversation is what it was, and the listener is not in it"
        scene.finish()

    left = [event["Channel"] for event in scene.watcher.events("BridgeLeave")]
    assert not [channel for channel in left if channel.startswith("PJSIP/301")]
    over = _told(house, scene)
    assert (over["answered_by"], over["hung_up_by"], over["agents"]) == ("101", "caller", ["101"])
    assert over["talk_seconds"] >= 4


def _first(scene: Talk, event: str) -> Message | None:
    found = scene.watcher.events(event)
    return found[0] if found else None


def test_the_listeners_own_call_is_no_call_of_a_client(house: House) -> None:
    with talk(house.office.pbx) as scene:
        scene.start(phone("phone_answers", 101), phone("phone_answers", 301), client(pause=9000))
        call = house.talking("101")
        assert house.ask("301", f"/api/v1/calls/{call}/listen", {"agent": "101"})[0] == 200
        scene.finish()

    (own,) = [linkedid for linkedid in scene.linkedids if linkedid.startswith("listen-")]
    told = house.office.product.call(own)["call"]
    assert (told["direction"], told["client"], told["queues"]) == ("internal", "", [])


def test_an_agent_passes_his_talk_on_with_a_word(house: House) -> None:
    with talk(house.office.pbx) as scene:
        scene.start(phone("phone_answers", 101), phone("phone_answers", 201, pause=2500), client(pause=14_000))
        call = house.talking("101")
        assert house.ask("102", f"/api/v1/calls/{call}/pass", {"to": "extension:201"})[1]["why"] == "silent"
        status, told = house.ask("101", f"/api/v1/calls/{call}/pass", {"to": "extension:201", "words": _WORDS})
        assert (status, told.get("state")) == (200, "done"), told

        def rings() -> list[dict[str, Any]]:
            card = house.ask("201", f"/api/v1/cards/{call}")
            return card[1]["passed"] if card[0] == 200 and card[1]["in_it"] else []

        (passed,) = until(rings, "the receiver's card", 15)
        assert (passed["by"], passed["words"]) == ("Agent 101", _WORDS)
        scene.finish()

    over = _told(house, scene)
    assert over["agents"] == ["101", "201"]
    assert company.in_database(house.office.product.settings, lambda connection: _passed_to(connection, call)) == "201"


async def _passed_to(connection: Connection, call: str) -> str | None:
    """Whom the wrap-up of 101 names before he has written anything."""
    person = await connection.fetchval("select id from people where extension = '101'")
    form = await wrap_up_form(connection, UUID(call), person)
    told: str | None = await connection.fetchval("select extension from people where id = $1", form.passed_to)
    return told


def test_the_clients_name_is_passed_on_in_the_other_telephones_letters(house: House) -> None:
    async def take_names(connection: Connection, style: str) -> None:
        await connection.execute("update people set caller_names = $1 where extension = '201'", style)

    settings = house.office.product.settings
    company.in_database(settings, lambda connection: take_names(connection, "latin"))
    try:
        with talk(house.office.pbx) as scene:
            caller = client(number=company.NAMED, pause=9000)
            scene.start(phone("phone_answers", 101), phone("phone_answers", 201), caller)
            call = house.talking("101")
            status, told = house.ask("101", f"/api/v1/calls/{call}/pass", {"to": "extension:201"})
            assert (status, told.get("state")) == (200, "done"), told
            scene.finish()
            first, second = (_FROM.findall(party.messages())[0] for party in scene.parties.running[:2])
    finally:
        company.in_database(settings, lambda connection: take_names(connection, ""))
    assert company.NAME in first
    assert "Ivanov & Ko, OOO+" in second


def test_an_agent_passes_his_talk_on_to_a_queue(house: House) -> None:
    with talk(house.office.pbx) as scene:
        scene.start(phone("phone_answers", 101), phone("phone_answers", 201), client(pause=12_000))
        call = house.talking("101")
        status, told = house.ask("101", f"/api/v1/calls/{call}/pass", {"to": f"queue:{house.production}"})
        assert (status, told.get("state")) == (200, "done"), told
        scene.finish()

    assert _told(house, scene)["agents"] == ["101", "201"]


def test_a_client_who_was_dialled_is_passed_on(house: House) -> None:
    """His channel runs no dialplan of its own until then."""
    with talk(house.office.pbx) as scene:
        scene.start(phone("phone_answers", 201), Party("phone_hangs_up", "outside", pause=12_000))
        scene.start(Party("caller_stays", "101", dials="89121234567"))
        call = house.talking("101")
        status, told = house.ask("101", f"/api/v1/calls/{call}/pass", {"to": "extension:201", "words": "Ждёт счёт"})
        assert (status, told.get("state")) == (200, "done"), told
        scene.finish()

    assert _told(house, scene)["agents"] == ["101", "201"]


def test_a_dialplan_without_the_way_is_left_alone(house: House) -> None:
    """A call that is sent where there is nothing would end: so it is not sent."""
    with talk(house.office.pbx) as scene:
        scene.start(phone("phone_answers", 101), client(pause=9000))
        call = house.talking("101")
        house.office.pbx.run_cli("dialplan remove context trunkline-to-desk")
        try:
            status, told = house.ask("101", f"/api/v1/calls/{call}/pass", {"to": "extension:201"})
            assert (status, told["why"]) == (409, "dialplan")
        finally:
            house.office.pbx.run_cli("dialplan reload")
        scene.finish()

    assert _told(house, scene)["agents"] == ["101"]
