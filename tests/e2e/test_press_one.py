"""An agent's mobile has the call only when whoever answers there presses 1."""

import pytest

from tests.e2e.asterisk.answers import ScriptedRouter, line
from tests.e2e.asterisk.office import client, phone
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.tree import VERSIONS
from tests.e2e.test_dialplan import answerers, play

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(60), pytest.mark.parametrize("pbx", VERSIONS, indirect=True)]

_RING_101 = line("extension", target=101, ring=5, wait=0, next="end")
_MOBILE = line("number", target="+79265550101", ring=10, confirm=1, next="ask", state="s1")


_PRESSES = Party("phone_presses", "outside", pause=500, more={"digit": "1"})


def _voicemail() -> Party:
    """Answers and presses nothing, as a mobile operator's voicemail does."""
    return Party("phone_answers", "outside", pause=300)


def test_a_mobile_that_presses_one_has_the_talk(pbx: Asterisk, router: ScriptedRouter) -> None:
    router.script([_MOBILE])

    events = play(pbx, _PRESSES, client(pause=1500))

    bridged = {event["Channel"] for event in events if event["Event"] == "BridgeEnter"}
    assert len(bridged) == 2  # the caller and the mobile, both through the trunk
    assert len(router.questions) == 1


@pytest.mark.parametrize(
    "mobile",
    [
        pytest.param(_voicemail(), id="voicemail"),
        pytest.param(Party("phone_presses", "outside", pause=500, more={"digit": "5"}), id="another digit"),
        pytest.param(Party("phone_hangs_up", "outside", pause=700), id="hangs up while asked"),
    ],
)
def test_a_mobile_without_the_one_has_not_answered(pbx: Asterisk, router: ScriptedRouter, mobile: Party) -> None:
    router.script([_MOBILE, _RING_101])

    events = play(pbx, mobile, phone("phone_answers", 101), client(pause=1000))

    assert answerers(events) == {"PJSIP/101"}
    assert [turn["status"] for turn in router.questions] == ["", "NOANSWER"]


@pytest.mark.parametrize(
    ("others", "statuses"),
    [
        pytest.param((_PRESSES,), [""], id="presses one"),
        pytest.param((_voicemail(), phone("phone_answers", 102)), ["", "NOANSWER"], id="voicemail"),
    ],
)
def test_a_telephone_that_forwards_by_itself(
    pbx: Asterisk, router: ScriptedRouter, others: tuple[Party, ...], statuses: list[str]
) -> None:
    """Its 302 names a mobile: there too only a 1 makes it an answer, else we are asked for the next place."""
    answers = (line("extension", target=extension, ring=15, next="ask", state="s1") for extension in (101, 102))
    router.script([*answers])

    events = play(pbx, phone("phone_forwards", 101, forward="79265550101"), *others, client(pause=1000))

    assert [turn["status"] for turn in router.questions] == statuses
    assert ("PJSIP/102" in answerers(events)) == (len(others) > 1)
