"""A notice from the line's row to the call's, with the whole product and a real Asterisk."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from tests.e2e.asterisk.company import LINE, in_database
from tests.e2e.asterisk.office import Office, at_work, client, make, phone, talk
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.site import Ports, Site
from tests.e2e.asterisk.tree import VERSIONS, asterisk_tree
from tests.e2e.asterisk.waiting import until
from tests.e2e.test_notices import MISSING, SOUND, sounds
from trunkline.db.types import Connection
from trunkline.pbx.recorded import Folder, told_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


_SHAPES = [*((version, "") for version in VERSIONS), (VERSIONS[0], "trunkline-agi")]


@pytest.fixture(scope="module", params=_SHAPES, ids=["22", "16", "22 by FastAGI"])
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    """The whole product; its line plays a notice, and it sees what the PBX records."""
    with Product() as product:
        version, context = request.param
        ports = Ports(router=product.question)
        site = Site(asterisk_tree(version), "noticed", ports, recording=True, context=context)
        with at_work(product, version, site) as office:
            in_database(product.settings, lambda connection: _settle(connection, site))
            until(lambda: _answered(office)["notice"], "the notice to be known", 20)
            yield office


async def _settle(connection: Connection, site: Site) -> None:
    seen = told_of(Folder(f"{site.inside}/spool/monitor", site.recordings))
    await connection.execute("update pbxs set settings = settings || $1", seen)
    await connection.execute(
        """insert into line_notices (line_id, way, version, "when", sound, seconds, digit)
        select id, 'in', 7, 'before_ring', $2, 2, '9' from lines where number = $1""",
        LINE,
        SOUND,
    )


def _answered(office: Office) -> dict[str, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{office.product.question}/router/v1/route",
        json.dumps({"from": "+79161234567", "to": LINE}).encode(),
        {"Authorization": f"Bearer {office.pbx.site.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        told: dict[str, Any] = json.load(answer)
        return told


def _found(office: Office, call: str) -> list[str]:
    async def rows(connection: Connection) -> list[str]:
        return [
            row["stage"]
            for row in await connection.fetch("select stage from recordings where call_id = $1", UUID(call))
        ]

    return in_database(office.product.settings, rows)


def test_the_call_tells_that_it_was_refused_and_nothing_is_kept(office: Office) -> None:
    presses = Party("caller_presses", "caller", dials=LINE, number="+79160000000", pause=900, more={"digit": "9"})

    (row,) = make(office, phone("phone_tells_and_hangs_up", 101, pause=1500), presses)

    call = row["call"]
    assert (call["outcome"], call["notice_version"], call["notice_state"]) == ("answered", 7, "refused")
    assert row["story"]["notice"]["party"] == "+79160000000"
    assert _found(office, call["id"]) == []
    assert sounds(office.pbx) == []


def test_who_is_lost_to_the_notice_is_told_as_missed_by_it(office: Office) -> None:
    (row,) = make(office, client(pause=1500))

    call = row["call"]
    assert (call["outcome"], call["missed_why"]) == ("missed", "during_notice")
    assert (call["notice_version"], call["notice_state"]) == (7, "hung_up")


def test_what_was_recorded_all_the_same_is_deleted(office: Office) -> None:
    """A PBX whose own rules record, whatever our dialplan says: it tells the refusal while it writes."""
    with talk(office.pbx) as scene:
        scene.start(phone("phone_tells_and_hangs_up", 101, pause=2500), client("caller_stays"))
        channel = until(lambda: scene.watcher.wait_for("Newchannel"), "the call")
        until(lambda: scene.watcher.wait_for("BridgeEnter"), "the talk")
        named = {name: channel[name] for name in ("Channel", "Uniqueid", "Linkedid")}
        refused = f"refused:in:{LINE}:7:before_ring:2"
        scene.watcher.ask("UserEvent", UserEvent="TrunklineNotice", Notice=refused, **named)
        (linkedid,) = scene.finish()
    call = office.product.call(linkedid)["call"]

    assert call["notice_state"] == "refused"
    until(lambda: _found(office, call["id"]) == ["deleted"], "the recording to be deleted", 30)
    assert sounds(office.pbx) == []


def test_a_sound_that_is_not_there_is_told_and_rings_an_alarm(office: Office) -> None:
    """The last test of each office: its line has another notice afterwards."""
    in_database(office.product.settings, _lose_the_sound)
    until(lambda: _answered(office)["notice"]["version"] == 8, "the next version to be known", 20)

    (row,) = make(office, phone("phone_answers", 101), client("caller_talks_aloud", pause=2000))

    call = row["call"]
    assert (call["outcome"], call["notice_version"], call["notice_state"]) == ("answered", 8, "unplayed")
    assert row["story"]["notice"]["since"] is None
    assert _found(office, call["id"]) == []
    assert sounds(office.pbx) == []
    assert in_database(office.product.settings, _alarms) == [f"notice.sound:in:{LINE}:{call['pbx']}"]


async def _lose_the_sound(connection: Connection) -> None:
    await connection.execute(
        """insert into line_notices (line_id, way, version, "when", sound, seconds, digit)
        select id, 'in', 8, 'before_ring', $2, 2, '9' from lines where number = $1""",
        LINE,
        MISSING,
    )


async def _alarms(connection: Connection) -> list[str]:
    rows = await connection.fetch("select key from alarms where cleared_at is null and key like 'notice.%'")
    return [row["key"] for row in rows]
