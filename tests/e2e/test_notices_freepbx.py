"""FreePBX's dialplan plays a notice as ours does, before its own queues and extensions."""

from collections.abc import Iterator

import pytest

from tests.e2e.asterisk.answers import ScriptedRouter, line
from tests.e2e.asterisk.company import LINE
from tests.e2e.asterisk.office import client, phone
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.site import Site
from tests.e2e.asterisk.tree import VERSIONS, asterisk_tree
from tests.e2e.test_dialplan import answerers, play
from tests.e2e.test_notices import BEFORE, MISSING, fields, told
from trunkline.pbx.notice import NoticeWhen, Way

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(60)]


@pytest.fixture(scope="module", params=VERSIONS)
def pbx(request: pytest.FixtureRequest) -> Iterator[Asterisk]:
    with Asterisk(Site(asterisk_tree(request.param), "freenotices", freepbx=True)) as pbx:
        yield pbx


@pytest.mark.parametrize(("digit", "states"), [("9", ["plays", "refused"]), ("5", ["plays", "played"])])
def test_before_a_queue(pbx: Asterisk, router: ScriptedRouter, digit: str, states: list[str]) -> None:
    router.script([line("queue", target=pbx.site.queues["sales"], wait=9, next="end", **BEFORE)])
    presses = Party("caller_presses", "caller", dials=LINE, number="+79160000000", pause=900, more={"digit": digit})

    events = play(pbx, phone("phone_hangs_up", 101, pause=1500), presses)

    assert told(events) == states
    assert "PJSIP/101" in answerers(events)


def test_in_the_talk_itself(pbx: Asterisk, router: ScriptedRouter) -> None:
    router.script([line("extension", target=101, ring=5, next="end", **fields(Way.IN, NoticeWhen.AFTER_ANSWER))])

    events = play(pbx, phone("phone_answers", 101), client(pause=2500))

    assert told(events) == ["waits"]
    assert "PJSIP/101" in answerers(events)


@pytest.mark.parametrize(
    ("when", "digit", "states"),
    [
        (NoticeWhen.BEFORE_RING, "", ["plays", "unplayed"]),
        (NoticeWhen.BEFORE_RING, "9", ["plays", "unplayed"]),
        (NoticeWhen.AFTER_ANSWER, "", ["unplayed"]),
    ],
)
def test_a_sound_that_is_not_there(
    pbx: Asterisk, router: ScriptedRouter, when: NoticeWhen, digit: str, states: list[str]
) -> None:
    router.script([line("extension", target=101, ring=5, next="end", **fields(Way.IN, when, digit, MISSING))])

    events = play(pbx, phone("phone_answers", 101), client(pause=2500))

    assert told(events) == states
    assert "PJSIP/101" in answerers(events)
