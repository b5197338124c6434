"""Notices of recording on a real Asterisk: what is heard, told and recorded, and what is not."""

from collections.abc import Iterator

import pytest

from tests.e2e.asterisk.ami import Message
from tests.e2e.asterisk.answers import ScriptedRouter, line
from tests.e2e.asterisk.company import LINE
from tests.e2e.asterisk.office import client, phone
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.site import Site
from tests.e2e.asterisk.tree import VERSIONS, asterisk_tree
from tests.e2e.test_dialplan import answerers, play
from trunkline.pbx.notice import GivenNotice, Notice, NoticeWhen, Way

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(60)]

SOUND = "vm-press"  # about a second long
MISSING = "trunkline/no-such-sound"


@pytest.fixture(scope="module", params=VERSIONS)
def pbx(request: pytest.FixtureRequest) -> Iterator[Asterisk]:
    """An Asterisk that records and asks a scripted router."""
    site = Site(asterisk_tree(request.param), "notices", recording=True, agent_context="trunkline-outgoing")
    with Asterisk(site) as pbx:
        yield pbx


def fields(way: Way, when: NoticeWhen, digit: str = "", sound: str = SOUND) -> dict[str, str]:
    given = GivenNotice(LINE, Notice(way, 3, when, sound, 2, digit))
    return {"notice": sound, "notice_when": when.value, "notice_digit": digit, "notice_told": given.token}


def told(events: list[Message]) -> list[str]:
    """What became of the notice, in order."""
    return [e["Notice"].partition(":")[0] for e in events if e.get("UserEvent") == "TrunklineNotice"]


def sounds(pbx: Asterisk) -> list[str]:
    """What was recorded; taken away for the next test."""
    found = [path for path in pbx.site.recordings.iterdir() if path.stat().st_size > 44]
    names = [path.name for path in found]
    for path in pbx.site.recordings.iterdir():
        path.unlink()
    return names


def journal(pbx: Asterisk) -> str:
    return pbx.site.cel.read_text()


BEFORE = fields(Way.IN, NoticeWhen.BEFORE_RING, "9")


@pytest.mark.parametrize("digit", ["", "9"], ids=["no digit", "a digit nobody presses"])
def test_before_anybody_is_rung(pbx: Asterisk, router: ScriptedRouter, digit: str) -> None:
    router.script([line("extension", target=101, ring=5, next="end", **fields(Way.IN, NoticeWhen.BEFORE_RING, digit))])

    events = play(pbx, phone("phone_answers", 101), client("caller_talks_aloud", pause=4500))

    assert told(events) == ["plays", "played"]
    assert answerers(events) == {"PJSIP/101"}
    names = [event["Event"] for event in events]
    assert names.index("UserEvent") < names.index("DialBegin")
    assert len(sounds(pbx)) == 1
    assert "TrunklineNotice" in journal(pbx)


@pytest.mark.parametrize("digit", ["9", "*"])
def test_who_presses_the_digit_is_connected_and_not_recorded(pbx: Asterisk, router: ScriptedRouter, digit: str) -> None:
    before = fields(Way.IN, NoticeWhen.BEFORE_RING, digit)
    router.script([line("extension", target=101, ring=5, next="end", **before)])
    presses = Party("caller_presses", "caller", dials=LINE, number="+79160000000", pause=900, more={"digit": digit})

    events = play(pbx, phone("phone_tells_and_hangs_up", 101, pause=1500), presses)

    assert told(events) == ["plays", "refused"]
    assert answerers(events) == {"PJSIP/101"}
    assert sounds(pbx) == []


@pytest.mark.parametrize("digit", ["5", "#"])
def test_another_digit_refuses_nothing(pbx: Asterisk, router: ScriptedRouter, digit: str) -> None:
    router.script([line("extension", target=101, ring=5, next="end", **BEFORE)])
    presses = Party("caller_presses", "caller", dials=LINE, number="+79160000000", pause=900, more={"digit": digit})

    events = play(pbx, phone("phone_tells_and_hangs_up", 101, pause=1500), presses)

    assert told(events) == ["plays", "played"]
    assert len(sounds(pbx)) == 1


def test_who_hangs_up_meanwhile(pbx: Asterisk, router: ScriptedRouter) -> None:
    router.script([line("extension", target=101, ring=5, next="end", **BEFORE)])

    events = play(pbx, client(pause=900))

    assert told(events) == ["plays"]
    assert sounds(pbx) == []


@pytest.mark.parametrize("answer", [{"action": "extension", "target": "101"}, {"action": "queue", "target": "sales"}])
def test_in_the_talk_itself(pbx: Asterisk, router: ScriptedRouter, answer: dict[str, str]) -> None:
    router.script([line(**answer, next="end", **fields(Way.IN, NoticeWhen.AFTER_ANSWER))])

    events = play(pbx, phone("phone_answers", 101), client(pause=3000))

    assert told(events) == ["waits"]
    assert answerers(events) == {"PJSIP/101"}
    assert f"Playing '{SOUND}" in pbx.log.read_text(errors="replace")
    assert len(sounds(pbx)) == 1


def test_once_a_call_whatever_comes_after(pbx: Asterisk, router: ScriptedRouter) -> None:
    first = line("extension", target=101, ring=5, next="ask", state="s1", **BEFORE)
    router.script([first, line("extension", target=102, ring=5, next="end", **BEFORE)])

    events = play(pbx, phone("phone_busy", 101), phone("phone_answers", 102), client(pause=4500))

    assert told(events) == ["plays", "played"]
    sounds(pbx)


@pytest.mark.parametrize("digit", ["", "9"])
def test_a_sound_that_is_not_there_before_anybody_is_rung(pbx: Asterisk, router: ScriptedRouter, digit: str) -> None:
    missing = fields(Way.IN, NoticeWhen.BEFORE_RING, digit, MISSING)
    router.script([line("extension", target=101, ring=5, next="end", **missing)])

    events = play(pbx, phone("phone_answers", 101), client("caller_talks_aloud", pause=2000))

    assert told(events) == ["plays", "unplayed"]
    assert answerers(events) == {"PJSIP/101"}
    assert sounds(pbx) == []


@pytest.mark.parametrize("answer", [{"action": "extension", "target": "101"}, {"action": "queue", "target": "sales"}])
def test_a_sound_that_is_not_there_in_the_talk(pbx: Asterisk, router: ScriptedRouter, answer: dict[str, str]) -> None:
    missing = fields(Way.IN, NoticeWhen.AFTER_ANSWER, sound=MISSING)
    router.script([line(**answer, next="end", **missing)])

    events = play(pbx, phone("phone_answers", 101), client("caller_talks_aloud", pause=2000))

    assert told(events) == ["unplayed"]
    assert answerers(events) == {"PJSIP/101"}
    assert sounds(pbx) == []


@pytest.mark.parametrize(
    ("when", "states"), [(NoticeWhen.BEFORE_RING, ["plays", "unplayed"]), (NoticeWhen.AFTER_ANSWER, ["unplayed"])]
)
def test_a_sound_in_a_format_that_the_pbx_cannot_play(
    pbx: Asterisk, router: ScriptedRouter, when: NoticeWhen, states: list[str]
) -> None:
    """A file is there, so looking for it would not do: nothing on this PBX decodes G.729."""
    (pbx.site.folder / "lib/notice.g729").write_bytes(bytes(100))
    there = fields(Way.IN, when, sound=f"{pbx.site.inside}/lib/notice")
    router.script([line("extension", target=101, ring=5, next="end", **there)])

    events = play(pbx, phone("phone_answers", 101), client("caller_talks_aloud", pause=2000))

    assert told(events) == states
    assert sounds(pbx) == []


def _dials(pbx: Asterisk, *clients: Party, pause: int = 4500) -> list[Message]:
    """101 calls a client outside."""
    return play(pbx, *clients, Party("caller_talks_aloud", "101", dials="89121234567", pause=pause))


@pytest.mark.parametrize(
    ("digit", "pressed", "states", "recorded"),
    [
        pytest.param("", "5", ["plays", "played"], 1, id="no digit"),
        pytest.param("9", "5", ["plays", "played"], 1, id="another digit"),
        pytest.param("9", "9", ["plays", "refused"], 0, id="refused"),
    ],
)
def test_a_client_we_call(
    pbx: Asterisk, router: ScriptedRouter, digit: str, pressed: str, states: list[str], recorded: int
) -> None:
    shown = {"callerid": LINE, "trunk": "provider", "number": "79121234567"}
    router.script([line("dial", next="end", **shown, **fields(Way.OUT, NoticeWhen.AFTER_ANSWER, digit))])

    events = _dials(pbx, Party("phone_presses", "outside", pause=400, more={"digit": pressed}))

    assert told(events) == states
    bridged = {event["Channel"].split("-")[0] for event in events if event["Event"] == "BridgeEnter"}
    assert bridged == {"PJSIP/101", "PJSIP/provider"}
    assert len(sounds(pbx)) == recorded


@pytest.mark.parametrize("digit", ["", "9"])
def test_a_sound_that_is_not_there_at_a_client_we_call(pbx: Asterisk, router: ScriptedRouter, digit: str) -> None:
    shown = {"callerid": LINE, "trunk": "provider", "number": "79121234567"}
    missing = fields(Way.OUT, NoticeWhen.AFTER_ANSWER, digit, MISSING)
    router.script([line("dial", next="end", **shown, **missing)])

    events = _dials(pbx, Party("phone_answers", "outside", pause=400), pause=2500)

    assert told(events) == ["plays", "unplayed"]
    assert {event["Channel"].split("-")[0] for event in events if event["Event"] == "BridgeEnter"} == {
        "PJSIP/101",
        "PJSIP/provider",
    }
    assert sounds(pbx) == []


@pytest.mark.parametrize(
    ("then", "pressed", "states", "recorded"),
    [
        pytest.param("9", "5", ["plays", "played"], 1, id="not refused"),
        pytest.param("9", "9", ["plays", "refused"], 0, id="refused"),
        pytest.param("", "5", ["plays", "played"], 1, id="the second line has no digit"),
        pytest.param(None, "", [], 1, id="the second line plays nothing"),
    ],
)
def test_the_second_trunk_records_as_the_first_would(
    pbx: Asterisk, router: ScriptedRouter, then: str | None, pressed: str, states: list[str], recorded: int
) -> None:
    first = {"callerid": LINE, "trunk": "provider", "number": "79121234567", "next": "ask", "state": "s1"}
    second = first | {"trunk": "second", "next": "end"}
    heard = {} if then is None else fields(Way.OUT, NoticeWhen.AFTER_ANSWER, then)
    router.script(
        [line("dial", **first, **fields(Way.OUT, NoticeWhen.AFTER_ANSWER, "9")), line("dial", **second, **heard)]
    )

    part = "phone_presses" if pressed else "phone_answers"
    answers = Party(part, "second", pause=400, more={"digit": pressed})
    events = _dials(pbx, Party("trunk_refuses", "outside"), answers)

    assert [turn["status"] for turn in router.questions] == ["", "CHANUNAVAIL"]
    assert told(events) == states
    assert {event["Channel"].split("-")[0] for event in events if event["Event"] == "BridgeEnter"} == {
        "PJSIP/101",
        "PJSIP/second",
    }
    assert len(sounds(pbx)) == recorded
