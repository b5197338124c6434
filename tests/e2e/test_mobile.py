"""A mobile employee on a real Asterisk: he is offered calls and asked for a 1, known by our legs, and calls clients."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis

from tests.e2e.asterisk import company
from tests.e2e.asterisk.office import Office, client, phone, talk
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.site import Ports, Site
from tests.e2e.asterisk.tree import asterisk_tree
from tests.e2e.asterisk.waiting import until
from tests.e2e.asterisk.wire import Wire
from tests.e2e.test_dialing import _allow, _api, _until
from trunkline.db.types import Connection
from trunkline.pbx.devices import device_key
from trunkline.pbx.seats import LEGS
from trunkline.people.roles import Right
from trunkline.people.tokens import make_token
from trunkline.servers import redis_url

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(150)]

_CLIENT, _SHOWN = "+79121234567", company.LINE
_ENGAGED = "+79129999999"
_SEAT = "105"
"""The extension of ROVER's agent, behind which there is no telephone."""
_FROM = re.compile(r"\nINVITE [^\n]*\n(?:[^\n]+\n)*?From: [^\n]*<sip:([^@>]+)@")
"""Who calls, as each call that came in says."""
_PRESSES = Party("phone_presses", "outside", pause=500, more={"digit": "1"})
_BOTH = Party("mobile_and_client", "outside", pause=500, more={"digit": "1"}, calls=2)
"""His mobile, and the client behind the same trunk."""
_VOICEMAIL = Party("phone_answers", "outside", pause=300)


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with Product() as product:
        ports = Ports(router=product.question)
        site = Site(
            asterisk_tree(), "mobile", ports, agent_context="trunkline-outgoing", recording=True, member_timeout=8
        )
        with Wire(ports.wire, ports.ami) as wire, Asterisk(site) as pbx:
            product.settle(site, ports.wire)
            office = Office(pbx, product, wire)
            office.until_linked()
            _allow(office)
            product.token = company.in_database(product.settings, _hire)
            product.until_routed(site, company.ROVER, "number", company.MOBILE)
            until(lambda: _state(office) == "not_inuse", "the mobile to be idle", 20)
            yield office


async def _hire(connection: Connection) -> str:
    """Rover works on his mobile; calls show the line where nothing else is known. A token that may dial and listen."""
    await connection.execute(
        "insert into outgoing_rules (default_number) values ($1) "
        "on conflict (only_one) do update set default_number = excluded.default_number",
        _SHOWN,
    )
    await connection.execute(
        "update people set extension = $2, works_on = 'forwarded' where mobile = $1", company.MOBILE, _SEAT
    )
    person = await connection.fetchval("select person_id from accounts limit 1")
    rights = [Right.CALLS_READ, Right.CALLS_DIAL, Right.PRESENCE_OTHERS, Right.RECORDINGS_LISTEN]
    now = datetime.now(UTC)
    return await make_token(connection, person, "e2e mobile", rights, now + timedelta(days=1), now)


def _state(office: Office) -> str:
    with Redis.from_url(redis_url(office.product.settings)) as redis:
        return str((redis.hget(device_key(LEGS), _SEAT) or b"").decode())


def _routes(office: Office) -> tuple[str, str]:
    answer = office.product.route(office.pbx.site, company.ROVER)
    return answer["action"], answer["target"]


def _recorded(office: Office, linkedid: str) -> int:
    """Bytes of the call's recording."""
    file = office.pbx.site.recordings / f"{linkedid}.wav"
    return file.stat().st_size if file.exists() else 0


def _call_of(office: Office, dial: dict[str, Any]) -> dict[str, Any]:
    """The call of a dial that is over."""
    call: dict[str, Any] = _api(office, f"/api/v1/calls/{dial['call_id']}")[1]
    return call


def test_a_client_of_his_is_put_through_when_he_presses_one(office: Office) -> None:
    with talk(office.pbx) as scene:
        scene.start(_PRESSES, client(number=company.ROVER, pause=6000))
        until(lambda: _state(office) == "ringing", "him to ring")
        until(lambda: _state(office) == "inuse", "him to talk")
        assert _routes(office)[0] == "queue", "no second call is offered to who talks"
        (linkedid,) = scene.finish()
    until(lambda: _state(office) == "not_inuse", "him to be idle again")

    call = office.product.call(linkedid)["call"]
    assert (call["direction"], call["outcome"], call["answered_by"]) == ("in", "answered", _SEAT)
    assert (call["agents"], call["rang"]) == ([_SEAT], [_SEAT])


def test_his_operators_voicemail_has_not_answered(office: Office) -> None:
    until(lambda: _routes(office)[0] == "number", "him to be offered calls")
    with talk(office.pbx) as scene:
        scene.start(_VOICEMAIL, phone("phone_answers", 101), client(number=company.ROVER, pause=2500))
        (linkedid,) = scene.finish()

    call = office.product.call(linkedid)["call"]
    assert (call["answered_by"], call["rang"]) == ("101", [_SEAT, "101"])


def test_a_native_queue_rings_him_by_his_extension(office: Office) -> None:
    """As the keeper adds him; the member is a Local channel that becomes his mobile, and asks it for a 1."""
    member = f"Local/{_SEAT}@trunkline-mobile/n"
    office.pbx.run_cli("queue pause member PJSIP/201 queue production")
    office.pbx.run_cli(f"queue add member {member} to production")
    try:
        with talk(office.pbx) as scene:
            scene.start(_PRESSES, client(number=company.SUPPLIER, pause=8000))
            until(lambda: _state(office) == "inuse", "him to talk")
            (linkedid,) = scene.finish()
            (mobile, _) = scene.parties.running
    finally:
        office.pbx.run_cli(f"queue remove member {member} from production")
        office.pbx.run_cli("queue unpause member PJSIP/201 queue production")

    call = office.product.call(linkedid)["call"]
    assert (call["queues"], call["answered_by"], call["rang"]) == (["production"], _SEAT, [_SEAT])
    assert _FROM.findall(mobile.messages()) == [_SHOWN], "his mobile shows the company's number"


def _from_his_mobile(office: Office, to: str = _CLIENT) -> str:
    status, told = _api(office, "/api/v1/calls", {"to": to, "agent": _SEAT, "line": _SHOWN})
    assert status == 202, told
    return str(told["id"])


def test_he_calls_a_client_with_the_companys_number(office: Office) -> None:
    with talk(office.pbx) as scene:
        scene.start(_BOTH)
        dial = _from_his_mobile(office)
        _until(office, dial, "talking")
        until(lambda: _state(office) == "inuse", "him to talk")
        (linkedid,) = scene.linkedids
        until(lambda: _recorded(office, linkedid) > 1000, "sound in the recording")
        office.pbx.run_cli("channel request hangup all")
        scene.finish()
        (party,) = scene.parties.running
        shown = _FROM.findall(party.messages())
    over = _until(office, dial, "answered")
    told = _call_of(office, over)

    call = told["call"]
    assert (call["direction"], call["client"], call["agents"], call["outcome"]) == (
        "out",
        _CLIENT,
        [_SEAT],
        "answered",
    )
    assert call["linkedid"] == linkedid, "one call with both legs"
    assert set(shown) == {_SHOWN}, "both his mobile and the client see the line"
    assert told["story"]["recordings"] == [f"{office.pbx.site.inside}/spool/monitor/{linkedid}.wav"]
    assert [row for row in office.product.calls() if row["client"] == company.MOBILE] == []


def test_the_client_does_not_answer(office: Office) -> None:
    with talk(office.pbx) as scene:
        scene.start(_BOTH)
        dial = _from_his_mobile(office, _ENGAGED)
        scene.finish()

    over = _until(office, dial, "no_answer")
    assert (over["talk_seconds"], over["answered_at"]) == (0, None)
    call = _call_of(office, over)["call"]
    assert (call["direction"], call["client"], call["outcome"]) == ("out", _ENGAGED, "missed")


@pytest.mark.parametrize(
    "mobile",
    [
        pytest.param(_VOICEMAIL, id="voicemail"),
        pytest.param(Party("phone_busy", "outside", pause=500), id="engaged"),
        pytest.param(Party("phone_hangs_up", "outside", pause=300), id="hangs up while asked"),
    ],
)
def test_he_does_not_answer_himself(office: Office, mobile: Party) -> None:
    with talk(office.pbx) as scene:
        scene.start(mobile)
        dial = _from_his_mobile(office)
        scene.finish()
        dialled = [event.get("DestCallerIDNum", "") for event in scene.watcher.events("DialBegin")]

    _until(office, dial, "agent_no_answer")
    assert _CLIENT not in dialled, "nobody calls the client for a voicemail"


def test_an_fmc_extension_dials_as_any_telephone_does(office: Office) -> None:
    """His SIM is the extension 104: what he dials goes out with the company's number, and is recorded."""
    with talk(office.pbx) as scene:
        scene.start(
            Party("phone_answers", "outside", pause=300), Party("caller_talks", "104", dials=_CLIENT, pause=1500)
        )
        (linkedid,) = scene.finish()
        (outside, _) = scene.parties.running
        assert _FROM.findall(outside.messages())[0] == _SHOWN

    told = office.product.call(linkedid)
    assert (told["call"]["direction"], told["call"]["agents"]) == ("out", ["104"])
    assert told["story"]["recordings"] == [f"{office.pbx.site.inside}/spool/monitor/{linkedid}.wav"]


def test_a_desk_that_forwards_by_itself_does_not_become_a_call_of_ours(office: Office) -> None:
    """Its 302 answers the order of a dial: where that rings and answers, the client is not called from it."""
    with talk(office.pbx) as scene:
        scene.start(
            phone("phone_forwards", 101, forward="79265550199"),
            Party("phone_answers", "outside", pause=300),
        )
        status, told = _api(office, "/api/v1/calls", {"to": _CLIENT, "agent": "101"})
        assert status == 202, told
        _until(office, told["id"], "agent_no_answer")
        scene.finish()
        over_trunk = [
            event["DestCallerIDNum"]
            for event in scene.watcher.events("DialBegin")
            if event["DestChannel"].startswith("PJSIP/provider")
        ]

    assert over_trunk == ["79265550199"], "the client is not called from there, and it is hung up"
