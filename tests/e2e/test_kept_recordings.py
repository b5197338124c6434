"""A call that a real Asterisk records: its sound is kept, and played from the call."""

import io
import urllib.request
from array import array
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import av
import pytest

from tests.e2e.asterisk.company import in_database
from tests.e2e.asterisk.office import Office, at_work, client, make, phone
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.site import Ports, Site
from tests.e2e.asterisk.tree import VERSIONS, asterisk_tree
from tests.e2e.asterisk.waiting import until
from trunkline.db.types import Connection
from trunkline.pbx.recorded import Folder, told_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]


@pytest.fixture(scope="module", params=VERSIONS)
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    """One that records, and whose folder of recordings the product sees."""
    with Product() as product:
        site = Site(asterisk_tree(request.param), "recorded", Ports(router=product.question), recording=True)
        with at_work(product, request.param, site) as office:
            seen = told_of(Folder(f"{site.inside}/spool/monitor", site.recordings))
            in_database(product.settings, lambda connection: _tell(connection, seen))
            yield office


async def _tell(connection: Connection, seen: dict[str, str]) -> None:
    await connection.execute("update pbxs set settings = settings || $1", seen)


def test_what_was_said_is_heard_from_the_call(office: Office) -> None:
    (told,) = make(office, phone("phone_answers", 101), client("caller_talks_aloud", pause=2500))

    (row,) = until(lambda: _kept(office.product, told["call"]["id"]), "the recording to be kept", 30)

    assert (row["channels"], row["codec"]) == (1, "pcm_s16le")
    assert 1.5 < row["seconds"] < 5
    with av.open(io.BytesIO(_sound(office.product, row["id"])), "r") as container:
        heard = array("f", b"".join(bytes(frame.planes[0]) for frame in container.decode(audio=0)))
    assert max(heard) > 0.05  # a tone of 1 kHz


def _kept(product: Product, call: str) -> list[Any]:
    asked = "select id, channels, codec, seconds from recordings where call_id = $1 and stage = 'kept'"

    async def rows(connection: Connection) -> list[Any]:
        return await connection.fetch(asked, UUID(call))

    return in_database(product.settings, rows)


def _sound(product: Product, recording: UUID) -> bytes:
    url = f"http://127.0.0.1:{product.web}/recordings/{recording}/audio"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {product.token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        sound: bytes = answer.read()
    return sound
