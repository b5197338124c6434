"""A real Asterisk leaves silence where a recording pauses, in one file of the call's whole length."""

import time
from array import array
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import pytest

from tests.e2e.asterisk.company import in_database
from tests.e2e.asterisk.office import at_work, client, phone, talk
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.site import Ports, Site
from tests.e2e.asterisk.tree import VERSIONS, asterisk_tree
from tests.e2e.asterisk.waiting import until
from tests.e2e.test_call_control import House, _allow
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
    pause, resume = in_database(house.office.product.settings, _orders)[-2:]
    assert pause == "pause done"
    assert resume == "record done"


def silences(file: Path) -> tuple[float, float]:
    """How long it is, and how long its longest silence, seconds."""
    with av.open(str(file)) as container:
        samples = array(
            "h", b"".join(bytes(frame.planes[0])[: frame.samples * 2] for frame in container.decode(audio=0))
        )
    loud = [0, *(place for place, sample in enumerate(samples) if abs(sample) > 200), len(samples)]
    return len(samples) / 8000, max(after - before for before, after in pairwise(loud)) / 8000


async def _orders(connection: Connection) -> list[str]:
    rows = await connection.fetch("select kind, state from call_orders order by at")
    return [f"{row['kind']} {row['state']}" for row in rows]
