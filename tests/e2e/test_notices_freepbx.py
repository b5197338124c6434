"""FreePBX's dialplan plays a notice as ours does: before its own queues and extensions, and to whom it calls."""

from collections.abc import Iterator

import pytest

from router.dialplan import notice_fields
from tests.e2e.asterisk.ami import Message
from tests.e2e.asterisk.answers import ScriptedRouter, line
from tests.e2e.asterisk.company import LINE
from tests.e2e.asterisk.office import client, phone
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.site import Site
from tests.e2e.asterisk.tree import VERSIONS, asterisk_tree
from tests.e2e.test_dialplan import answerers, play
from tests.e2e.test_notices import BEFORE, MISSING, SOUND, fields, told
from trunkline.pbx.notice import GivenNotice, Notice, NoticeWhen, Way

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


def _plays(digit: str = "", sound: str = SOUND) -> str:
    """The answer about the line that is shown."""
    return f"valid=1{notice_fields(GivenNotice(LINE, Notice(Way.OUT, 3, NoticeWhen.AFTER_ANSWER, sound, 2, digit)))}"


def _dials(pbx: Asterisk, *parties: Party, to: str = "89121234567", pause: int = 4500) -> list[Message]:
    """101 calls a client outside by FreePBX's Outbound Routes."""
    return play(pbx, *parties, Party("caller_talks_aloud", "101", dials=to, pause=pause))


def _talked(events: list[Message]) -> set[str]:
    return {event["Channel"].split("-")[0] for event in events if event["Event"] == "BridgeEnter"}


@pytest.mark.parametrize(
    ("digit", "pressed", "states"),
    [("", "5", ["plays", "played"]), ("9", "5", ["plays", "played"]), ("9", "9", ["plays", "refused"])],
)
def test_a_client_we_call(pbx: Asterisk, router: ScriptedRouter, digit: str, pressed: str, states: list[str]) -> None:
    router.script([_plays(digit)])

    events = _dials(pbx, Party("phone_presses", "outside", pause=400, more={"digit": pressed}))

    assert [question["line"] for question in router.questions] == [f"8{LINE[2:]}"]
    assert told(events) == states
    assert _talked(events) == {"PJSIP/101", "PJSIP/provider"}


def test_a_sound_that_is_not_there_at_a_client_we_call(pbx: Asterisk, router: ScriptedRouter) -> None:
    router.script([_plays("9", MISSING)])

    events = _dials(pbx, Party("phone_answers", "outside", pause=400), pause=2500)

    assert told(events) == ["plays", "unplayed"]
    assert _talked(events) == {"PJSIP/101", "PJSIP/provider"}


def test_by_the_second_trunk_the_client_hears_it_once(pbx: Asterisk, router: ScriptedRouter) -> None:
    router.script([_plays(), _plays()])

    events = _dials(pbx, Party("trunk_refuses", "outside"), Party("phone_answers", "second", pause=400))

    assert len(router.questions) == 2
    assert [len(headers) for headers in router.authorisation] == [1, 1], "each question has the token once"
    assert told(events) == ["plays", "played"]
    assert _talked(events) == {"PJSIP/101", "PJSIP/second"}


def test_a_client_is_called_though_nobody_answers_our_question(pbx: Asterisk, router: ScriptedRouter) -> None:
    router.script([])

    events = _dials(pbx, Party("phone_answers", "outside", pause=400), pause=1500)

    assert len(router.questions) == 1
    assert told(events) == []
    assert _talked(events) == {"PJSIP/101", "PJSIP/provider"}


def test_an_emergency_is_not_asked_about(pbx: Asterisk, router: ScriptedRouter) -> None:
    router.script([_plays()])

    events = _dials(pbx, Party("phone_answers", "outside", pause=400), to="112", pause=1500)

    assert router.questions == []
    assert told(events) == []
    assert _talked(events) == {"PJSIP/101", "PJSIP/provider"}


def test_an_agent_on_his_mobile_hears_none(pbx: Asterisk, router: ScriptedRouter) -> None:
    """He is called by an Outbound Route like a client."""
    router.script([line("number", target="+79121234567", confirm="1", next="end"), _plays()])

    events = play(pbx, Party("phone_presses", "outside", pause=400, more={"digit": "1"}), client(pause=3500))

    assert len(router.questions) == 1
    assert told(events) == []
    assert any(name.startswith("Local/89121234567@") for name in answerers(events)), "he pressed 1"
