"""What is kept of answers that go out together, also where not all of them can be."""

from pathlib import Path

from router.access_log import AccessLog
from router.devices import NoDevices
from router.journal import Answered, Journal
from router.state import StateBook
from router.switchboard import Switchboard
from tests.router.company import OFFICE, STRANGER, THURSDAY_NOON
from tests.router.conftest import WriteDirectory
from tests.router.test_web import kept
from trunkline.crypto import SecretBox
from trunkline.directory.reader import Directory
from trunkline.pbx.port import Question
from trunkline.spool import SpoolWriter


def test_what_finds_no_room_is_degraded_and_the_rest_is_kept(write_directory: WriteDirectory, tmp_path: Path) -> None:
    switchboard = Switchboard(Directory.open(write_directory()), StateBook(SecretBox(b"k" * 32)), NoDevices())
    asked = [Question("office", f"call-{place}", STRANGER, OFFICE) for place in range(4)]
    answered = [Answered(one, switchboard.answer(one, THURSDAY_NOON), THURSDAY_NOON, 0.0) for one in asked]
    log = AccessLog("text", mask_numbers=True)
    with SpoolWriter(tmp_path / "roomy", cap_bytes=1 << 20) as spool:
        assert [one.degraded for one in Journal(spool, access_log=log).keep_all(answered, "json", 1)] == [()] * 4
        size = spool.waiting_bytes // 4

    with SpoolWriter(tmp_path / "narrow", cap_bytes=2 * size + size // 2) as spool:
        decisions = Journal(spool, access_log=log).keep_all(answered, "json", 1)

    assert [one.degraded for one in decisions] == [(), (), ("spool",), ("spool",)]
    assert [record.question.call_id for record in kept(tmp_path / "narrow")] == ["call-0", "call-1"]
    assert [record.question.call_id for record in kept(tmp_path / "roomy")] == [one.call_id for one in asked]
