"""A real Asterisk leaves silence where a recording pauses, in one file of the call's whole length."""

import time
from array import array
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import av
import pytest

from recordings.paused import Spans, spans_of
from tests.e2e.asterisk.company import in_database
from tests.e2e.asterisk.office import Talk, at_work, client, phone, talk
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.site import Ports, Site
from tests.e2e.asterisk.tree import VERSIONS, asterisk_tree
from tests.e2e.asterisk.waiting import until
from tests.e2e.test_call_control import House, _allow
from trunkline.calls.reading import find_call
from trunkline.control.store import silences_of
from trunkline.db.types import Connection

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


@pytest.fixture(scope="module", params=VERSIONS)
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    with Product() as product:
        site = Site(asterisk_tree(request.param), "paused", Ports(router=product.question), recording=True)
        with at_work(product, request.param, site) as office:
            yield House(office, _allow(office))


@pytest.mark.parametrize("by_hand", [True, False], ids=["by hand", "by itself"])
def test_silence_where_it_paused(house: House, by_hand: bool) -> None:
    for path in house.office.pbx.site.recordings.iterdir():
        path.unlink()
    with talk(house.office.pbx) as scene:
        scene.start(phone("phone_answers", 101), client("caller_talks_aloud", pause=9000 if by_hand else 21000))
        call = house.talking("101")
        time.sleep(1.5)  # to be heard
        status, told = house.ask("101", f"/api/v1/calls/{call}/recording", {"state": "paused", "seconds": 15})  # type: ignore[dict-item]  # a number
        assert (status, told["state"]) == (200, "done")
        if by_hand:
            time.sleep(3)  # of silence
            assert house.ask("101", f"/api/v1/calls/{call}/recording", {"state": "recorded"})[0] == 200
        scene.finish()

    (file,) = until(lambda: list(house.office.pbx.site.recordings.iterdir()), "the recording")
    whole, silent = silences(file)
    assert whole == pytest.approx(9 if by_hand else 21, abs=2)
    assert silent == pytest.approx(3 if by_hand else 15, abs=1.5)
    settings = house.office.product.settings
    ((since, end),) = until(
        lambda: in_database(settings, lambda connection: _spans(connection, call, whole)), "the story to know its end"
    )
    assert (since, end) == pytest.approx(silence_of(file), abs=0.5), "what the player shades"
    pause, resume = in_database(settings, _orders)[-2:]
    assert pause == "pause done"
    assert resume == "record done"


def test_whatever_records_the_call_is_silent(house: House) -> None:
    """The agent's channel is recorded too, and in mid-pause a colleague's, to whom the call goes."""
    folder = house.office.pbx.site.recordings
    for path in folder.iterdir():
        path.unlink()
    with talk(house.office.pbx) as scene:
        scene.start(
            phone("phone_answers", 101), phone("phone_answers", 201), client("caller_talks_aloud", pause=26_000)
        )
        call = house.talking("101")
        _record(house, scene, "101")
        time.sleep(1.5)  # to be heard
        place = f"/api/v1/calls/{call}"
        status, told = house.ask("101", f"{place}/recording", {"state": "paused", "seconds": 15})  # type: ignore[dict-item]  # a number
        assert (status, told["state"]) == (200, "done")
        assert house.ask("101", f"{place}/pass", {"to": "extension:201"})[0] == 200
        house.talking("201")
        _record(house, scene, "201")
        scene.finish()

    def all_three() -> list[Path]:
        found = sorted(folder.iterdir())
        return found if len(found) == 3 else []

    first, second, clients = until(all_three, "three recordings")
    assert silences(clients)[1] == pytest.approx(15, abs=2)
    whole, silent = silences(first)
    assert silent == pytest.approx(whole - 1.5, abs=1), "silent to its end, which came in the pause"
    whole, silent = silences(second)
    assert silent > 8, "begun in the pause"
    assert whole - silent > 4, "and recorded after it"
    assert in_database(house.office.product.settings, _silences) == [True] * 3


def _record(house: House, scene: Talk, extension: str) -> None:
    """Somebody begins to record this extension's channel."""
    name = next(
        row["Channel"] for row in scene.watcher.ask_list("Status") if row["Channel"].startswith(f"PJSIP/{extension}-")
    )
    file = f"{house.office.pbx.site.inside}/spool/monitor/0-{extension}.wav"
    house.office.pbx.run_cli(f"mixmonitor start {name} {file},b")


def silences(file: Path) -> tuple[float, float]:
    """How long it is, and how long its longest silence, seconds."""
    whole, since, to = _heard(file)
    return whole, to - since


def silence_of(file: Path) -> tuple[float, float]:
    """From which second to which its longest silence is."""
    return _heard(file)[1:]


def _heard(file: Path) -> tuple[float, float, float]:
    with av.open(str(file)) as container:
        samples = array(
            "h", b"".join(bytes(frame.planes[0])[: frame.samples * 2] for frame in container.decode(audio=0))
        )
    loud = [0, *(place for place, sample in enumerate(samples) if abs(sample) > 200), len(samples)]
    since, to = max(pairwise(loud), key=lambda pair: pair[1] - pair[0])
    return len(samples) / 8000, since / 8000, to / 8000


async def _spans(connection: Connection, call: str, seconds: float) -> Spans:
    """Where the player says that the call's one recording of so many seconds is paused."""
    found = await find_call(connection, UUID(call))
    assert found is not None
    told = await silences_of(connection, UUID(call))
    return spans_of(told, next(leg for leg in found[1].legs if leg.id == told[0].leg), seconds)


async def _orders(connection: Connection) -> list[str]:
    rows = await connection.fetch("select kind, state from call_orders order by at")
    return [f"{row['kind']} {row['state']}" for row in rows]


async def _silences(connection: Connection) -> list[bool]:
    rows = await connection.fetch("select since, until from recording_silences order by since desc limit 3")
    return [row["since"] is not None and row["until"] is not None for row in rows]
