"""A real Asterisk: an agent dials a feature code, hears it confirmed, and calls go past him until he is back."""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.e2e.asterisk import company
from tests.e2e.asterisk.office import Office, at_work, client, make, phone, talk
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.site import Ports, Site
from tests.e2e.asterisk.tree import VERSION, asterisk_tree
from tests.e2e.asterisk.waiting import until
from trunkline.db.types import Connection

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

ONLINE, BREAK, OFFLINE = "*811", "*812", "*813"


@pytest.fixture
def office() -> Iterator[Office]:
    """The shipped example; one Asterisk at a time holds the ports."""
    with Product() as product:
        ports = Ports(router=product.question)
        site = Site(asterisk_tree(VERSION), "codes", ports, agent_context="trunkline-presence")
        with at_work(product, site=site) as office:
            yield office


@pytest.fixture
def freepbx() -> Iterator[Office]:
    """A dialplan of FreePBX's shape with the files the command writes, on what FreePBX 15 and 16 run on."""
    with Product() as product, at_work(product, 16, freepbx=True) as office:
        yield office


def _dial(office: Office, code: str, at: str, number: str = "") -> list[str]:
    """Somebody dials; the sounds he hears."""
    with talk(office.pbx) as scene:
        scene.start(Party("caller_stays", at, dials=code, number=number))
        scene.finish()
        played = [event for event in scene.watcher.events("Newexten") if event["Application"] == "Playback"]
    return [event["AppData"] for event in played]


def _said(office: Office, extension: str) -> tuple[str, str] | None:
    """His state as it is stored, and whose word it was."""
    return company.in_database(office.product.settings, partial(_state, extension=extension))


async def _state(connection: Connection, extension: str) -> tuple[str, str] | None:
    row = await connection.fetchrow(
        "select s.state::text, b.extension as by from presence_states s join people p on p.id = s.person_id"
        " left join people b on b.id = s.by_id where p.extension = $1",
        extension,
    )
    return (row["state"], row["by"]) if row else None


def test_a_break_by_telephone_until_he_is_back(office: Office) -> None:
    site = office.pbx.site
    office.product.until_routed(site, company.KEPT, "extension", company.RESPONSIBLE)

    assert _dial(office, BREAK, company.RESPONSIBLE) == ["dictate/paused"]
    until(lambda: _said(office, company.RESPONSIBLE) == ("break", company.RESPONSIBLE), "the break to be stored")
    office.product.until_routed(site, company.KEPT, "extension", company.DEPUTY)
    (away,) = make(
        office, phone("phone_answers", int(company.DEPUTY)), client("caller_talks", number=company.KEPT, pause=300)
    )

    assert away["call"]["answered_by"] == company.DEPUTY
    assert _dial(office, ONLINE, company.RESPONSIBLE) == ["agent-loginok"]
    office.product.until_routed(site, company.KEPT, "extension", company.RESPONSIBLE)
    assert _dial(office, OFFLINE, "103") == ["agent-loggedoff"]
    until(lambda: _said(office, "103") == ("offline", "103"), "the agent to be offline")
    assert _dial(office, ONLINE, "103") == ["agent-loginok"]


def test_in_freepbx(freepbx: Office) -> None:
    assert _dial(freepbx, BREAK, "101") == ["dictate/paused"]
    until(lambda: _said(freepbx, "101") == ("break", "101"), "the break to be stored")
    assert _dial(freepbx, ONLINE, "101") == ["agent-loginok"]
    until(lambda: _said(freepbx, "101") == ("online", "101"), "the end of the break")


def test_a_forged_caller_id_says_nothing() -> None:
    """The provider's calls come in where the codes are, and one shows an agent's number as its own."""
    with Product() as product:
        ports = Ports(router=product.question)
        site = Site(asterisk_tree(VERSION), "forged", ports, context="trunkline-presence")
        with at_work(product, site=site) as office:
            assert _dial(office, BREAK, "caller", number="101") == ["pbx-invalid"]
            assert _said(office, "101") is None
            product.kill()
            assert _dial(office, BREAK, "caller", number="101") == ["pbx-invalid"], "nobody is there to confirm it"
