"""A notice to whom a FreePBX calls, from the line's row to the call's, with the whole product and a real Asterisk."""

import urllib.request
from collections.abc import Iterator

import pytest

from tests.e2e.asterisk.company import LINE, in_database
from tests.e2e.asterisk.office import Office, at_work, make
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.waiting import until
from tests.e2e.test_notices import SOUND
from trunkline.db.types import Connection

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def freepbx() -> Iterator[Office]:
    """A FreePBX whose Outbound Route shows a line that plays a notice to whom it calls."""
    with Product() as product, at_work(product, freepbx=True) as office:
        in_database(product.settings, _play_outwards)
        yield office


async def _play_outwards(connection: Connection) -> None:
    await connection.execute(
        """insert into line_notices (line_id, way, version, "when", sound, seconds, digit)
        select id, 'out', 5, 'after_answer', $2, 2, '9' from lines where number = $1""",
        LINE,
        SOUND,
    )


def _plays_outwards(office: Office) -> bool:
    request = urllib.request.Request(
        f"http://127.0.0.1:{office.product.question}/router/v1/asterisk/notice?line={LINE[1:]}&id=probe",
        headers={"Authorization": f"Bearer {office.pbx.site.token}"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return b"notice=" in answer.read()


@pytest.mark.parametrize(("pressed", "state"), [("9", "refused"), ("5", "played")])
def test_a_client_whom_freepbx_calls(freepbx: Office, pressed: str, state: str) -> None:
    until(lambda: _plays_outwards(freepbx), "the notice to be known", 20)

    (row,) = make(
        freepbx,
        Party("phone_presses", "outside", pause=400, more={"digit": pressed}),
        Party("caller_talks_aloud", "101", dials="89121234567", pause=4500),
    )

    call = row["call"]
    assert (call["direction"], call["outcome"]) == ("out", "answered")
    assert (call["notice_version"], call["notice_state"]) == (5, state)
