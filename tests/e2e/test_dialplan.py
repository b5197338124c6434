"""The shipped dialplan, turn by turn, against a router that says what each test wants, or says nothing."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.asterisk.ami import Message
from tests.e2e.asterisk.answers import ScriptedRouter, line
from tests.e2e.asterisk.office import STRANGER, client, phone, talk
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.tree import VERSIONS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90), pytest.mark.parametrize("pbx", VERSIONS, indirect=True)]

_RING_101 = line("extension", target=101, ring=5, wait=0, next="end")
_REJECT = line("reject", next="end")


def play(pbx: Asterisk, *parties: Party) -> list[Message]:
    """Live through one call; every event of it."""
    with talk(pbx) as scene:
        scene.start(*parties)
        scene.finish()
        return scene.watcher.events()


def answerers(events: list[Message]) -> set[str]:
    """Phones that were bridged."""
    return {event["Channel"].split("-")[0] for event in events if event["Event"] == "BridgeEnter"} - {"PJSIP/provider"}


@pytest.mark.parametrize(
    ("number", "arrives"),
    [
        *((same, same) for same in ("+79161234567", "89161234567", "anonymous", "1&to=2", "1)2,3")),
        ("a=b%26c", "a=b&c"),  # SIP has its own escapes
        ("%24%7BEXTEN%7D", "${EXTEN}"),  # not evaluated again
        ("%D0%98%D0%B2%D0%B0%D0%BD", "Иван"),
    ],
)
def test_what_the_caller_shows_arrives_whole(pbx: Asterisk, router: ScriptedRouter, number: str, arrives: str) -> None:
    router.script([_RING_101])

    play(pbx, phone("phone_answers", 101), client(number=number, pause=300))

    (question,) = router.questions
    assert (question["from"], question["to"]) == (arrives, "+74951234567")
    assert question["id"].split(".")[0].isdigit()
    assert (question["state"], question["status"], question["queue"], question["digits"]) == ("", "", "", "")


def test_the_token_is_sent_once_a_turn(pbx: Asterisk, router: ScriptedRouter) -> None:
    router.script([line("playback", sound="beep", next="ask", state="s1"), _RING_101])

    play(pbx, phone("phone_answers", 101), client(pause=1500))

    assert router.authorisation == [[f"Bearer {pbx.site.token}"]] * 2


@pytest.mark.parametrize("name", ["«Иванов & Ко, ООО+»", "ООО: Ромашка; (опт)", "100% + 1 = 2"])
def test_the_name_we_give_is_shown(pbx: Asterisk, router: ScriptedRouter, name: str) -> None:
    router.script([line("extension", target=101, ring=5, next="end", name=name)])

    events = play(pbx, phone("phone_answers", 101), client(pause=300))

    assert name in {event["ConnectedLineName"] for event in events if event["Event"] == "NewConnectedLine"}


def test_what_hashcompat_spoils(pbx: Asterisk, router: ScriptedRouter) -> None:
    """HASH() drops quotation marks, doubles backslashes, puts one before an apostrophe: an answer does without them."""
    router.script([line("extension", target=101, ring=5, next="end", name="a\"b\\c'd")])

    events = play(pbx, phone("phone_answers", 101), client(pause=300))

    assert "ab\\\\c\\'d" in {event["ConnectedLineName"] for event in events if event["Event"] == "NewConnectedLine"}


def test_turns_carry_state_status_queue_and_digits(pbx: Asterisk, router: ScriptedRouter) -> None:
    router.script(
        [
            line("extension", target=101, ring=5, wait=0, next="ask", state="one two&three"),
            line("queue", target="quality", wait=1, ring=0, prio=5, next="ask", state="s2"),
            line("challenge", target=7, sound="beep", next="ask", state="s3"),
            _REJECT,
        ]
    )
    caller = Party(
        "caller_presses", "caller", dials="+74951234567", number="+79160000000", pause=1800, more={"digit": "7"}
    )

    play(pbx, phone("phone_busy", 101), phone("phone_rings", 401), caller)

    told = [(turn["state"], turn["status"], turn["queue"], turn["digits"]) for turn in router.questions]
    assert told == [
        ("", "", "", ""),
        ("one two&three", "BUSY", "", ""),
        ("s2", "TIMEOUT", "quality", ""),
        ("s3", "", "", "7"),
    ]
    assert len({turn["id"] for turn in router.questions}) == 1


@pytest.mark.parametrize(
    ("answer", "parties"),
    [
        pytest.param(line("targets", targets="101-102", ring=5, next="end"), (102,), id="targets"),
        pytest.param(line("queue", target="production", wait=0, next="end"), (201,), id="queue without a limit"),
        pytest.param(line("extension", target=104, ring=0, next="end"), (104,), id="extension without a limit"),
    ],
)
def test_actions_reach_their_phones(
    pbx: Asterisk, router: ScriptedRouter, answer: str, parties: tuple[int, ...]
) -> None:
    router.script([answer])
    rings = [phone("phone_rings", 101)] if "targets=101" in answer else []

    events = play(pbx, *rings, *(phone("phone_answers", one) for one in parties), client(pause=1500))

    assert answerers(events) == {f"PJSIP/{one}" for one in parties}


def test_a_number_goes_out_through_the_trunk(pbx: Asterisk, router: ScriptedRouter) -> None:
    router.script([line("number", target="+79265550101", ring=10, next="end")])

    events = play(pbx, Party("phone_answers", "outside", pause=300), client(pause=500))

    assert "+79265550101@provider" in {event.get("DialString") for event in events}


def test_the_priority_orders_the_queue(pbx: Asterisk, router: ScriptedRouter) -> None:
    """Of two who wait for one phone, the later one with the higher priority stands in front."""
    router.script([line("queue", target="finance", wait=20, prio=prio, next="end") for prio in (0, 0, 10)])
    with talk(pbx) as scene:
        scene.start(Party("phone_rings", "301", calls=9, lasting=True))
        for place in ("caller", "caller2", "caller3"):
            scene.start(Party("caller_talks", place, dials="+74951234567", number=f"+7900{place[-1]}", pause=1500))
            assert scene.watcher.wait_for("QueueCallerJoin", CallerIDNum=f"+7900{place[-1]}")
        scene.finish()
        joined = {event["CallerIDNum"]: event["Position"] for event in scene.watcher.events("QueueCallerJoin")}

    assert joined == {"+7900r": "1", "+79002": "2", "+79003": "1"}


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([], id="an empty body"),
        pytest.param(["<html>502</html>"], id="a proxy's page"),
        pytest.param(["action=extension&target=104&ring=5&next=end"], id="an answer without its mark"),
        pytest.param([line("dance", next="end")], id="an unknown action"),
        pytest.param([line("default", next="end")], id="default"),
        pytest.param([line("extension", target=109, ring=1, next="ask", state="s")], id="silence in the second turn"),
        pytest.param([line("playback", sound="beep", next="ask", state="s")] * 9, id="more than eight turns"),
    ],
)
def test_the_line_falls_back(pbx: Asterisk, router: ScriptedRouter, answers: list[str]) -> None:
    router.script(answers)

    events = play(pbx, phone("phone_answers", 101, 100), client(pause=6000 if len(answers) > 8 else 1500))

    assert answerers(events) == {"PJSIP/101"}
    assert {event["Queue"] for event in events if event["Event"] == "QueueCallerJoin"} == {"sales"}
    assert len(router.questions) <= 8


@pytest.mark.parametrize("number", [STRANGER, "1)2,%24%7BEXTEN%7D"])
def test_a_dead_router_costs_nothing(pbx: Asterisk, number: str) -> None:
    """Nobody listens at the router's port: the fallback rings at once, whatever the caller shows."""
    assert _seconds_to_fall_back(pbx, number) < 1.0


def test_a_silent_router_costs_a_second(pbx: Asterisk) -> None:
    with _listening_and_silent(pbx.site.ports.router):
        assert 0.9 < _seconds_to_fall_back(pbx) < 2.0


def _seconds_to_fall_back(pbx: Asterisk, number: str = STRANGER) -> float:
    events = play(pbx, phone("phone_answers", 101, 100), client(number=number, pause=2500))
    (join,) = [event for event in events if event["Event"] == "QueueCallerJoin"]
    (call, *_) = [event for event in events if event["Event"] == "Newchannel"]
    return float(join["Timestamp"]) - float(call["Timestamp"])


@contextmanager
def _listening_and_silent(port: int) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", port)):
        yield
