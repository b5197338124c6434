"""A mobile employee on a real Asterisk: he is offered calls and asked for a 1, known by our legs, and calls clients."""

import re
import time
from collections.abc import Iterator
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
from tests.e2e.test_dialing import _allow, _api, _channels, _until
from trunkline.db.types import Connection
from trunkline.pbx.devices import device_key
from trunkline.pbx.seats import LEGS
from trunkline.servers import redis_url

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(150)]

_CLIENT, _SHOWN = "+79121234567", company.LINE
_SEAT = "105"
"""The extension of ROVER's agent, behind which there is no telephone."""
_FROM = re.compile(r"\nFrom: [^\n]*<sip:([^@>]+)@")
_PRESSES = Party("phone_presses", "outside", pause=500, more={"digit": "1"})
_VOICEMAIL = Party("phone_answers", "outside", pause=300)


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with Product() as product:
        ports = Ports(router=product.question)
        site = Site(asterisk_tree(), "mobile", ports, agent_context="trunkline-outgoing", recording=True)
        with Wire(ports.wire, ports.ami) as wire, Asterisk(site) as pbx:
            product.settle(site, ports.wire)
            office = Office(pbx, product, wire)
            office.until_linked()
            _allow(office)
            company.in_database(product.settings, _hire)
            product.until_routed(site, company.ROVER, "number", company.MOBILE)
            until(lambda: _state(office) == "not_inuse", "the mobile to be idle", 20)
            yield office


async def _hire(connection: Connection) -> None:
    """Rover works on his mobile, and is the first of production."""
    await connection.execute(
        "update people set extension = $2, works_on = 'forwarded' where mobile = $1", company.MOBILE, _SEAT
    )


def _state(office: Office) -> str:
    with Redis.from_url(redis_url(office.product.settings)) as redis:
        return str((redis.hget(device_key(LEGS), _SEAT) or b"").decode())


def _routes(office: Office) -> tuple[str, str]:
    answer = office.product.route(office.pbx.site, company.ROVER)
    return answer["action"], answer["target"]


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


def _from_his_mobile(office: Office) -> str:
    status, told = _api(office, "/api/v1/calls", {"to": _CLIENT, "agent": _SEAT, "line": _SHOWN})
    assert status == 202, told
    return str(told["id"])


def test_he_calls_a_client(office: Office) -> None:
    with talk(office.pbx) as scene:
        scene.start(Party("phone_presses", "outside", pause=500, more={"digit": "1"}, calls=1))
        dial = _from_his_mobile(office)
        _until(office, dial, "ringing")
        scene.finish()
