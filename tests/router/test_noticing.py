"""A line's notice goes out with the answers that bring people together, and with no other."""

from urllib.parse import parse_qsl

import msgspec
import pytest

from router.agi import commands_of
from router.dialplan import encode_line
from router.facts import Facts
from router.noticing import notices_of, with_notice
from router.wire import encode_answer
from tests.router.company import OFFICE, head_of
from trunkline.directory.values import Head
from trunkline.pbx.notice import Notice, NoticeWhen, Way
from trunkline.pbx.port import Action, Decision

PLAYS = Notice(Way.IN, 3, NoticeWhen.BEFORE_RING, "trunkline/recorded", 2, "9")
FIELDS = {
    "notice": "trunkline/recorded",
    "notice_when": "before_ring",
    "notice_digit": "9",
    "notice_told": f"in:{OFFICE}:3:before_ring:2",
}


def head_playing(*notices: Notice) -> Head:
    head = head_of()
    line = msgspec.structs.replace(head.lines[OFFICE], notices=notices)
    return msgspec.structs.replace(head, lines={**head.lines, OFFICE: line})


def decided(action: Action, line: str = OFFICE, *, internal: bool = False) -> Decision:
    return Decision(action, "class", "101", facts=Facts(line=line, internal=internal))


@pytest.mark.parametrize(
    ("decision", "told"),
    [
        *((decided(action), True) for action in (Action.QUEUE, Action.EXTENSION, Action.NUMBER, Action.TARGETS)),
        *(
            (decided(action), False)
            for action in (Action.CHALLENGE, Action.REJECT, Action.PLAYBACK, Action.VOICEMAIL, Action.DEFAULT)
        ),
        (decided(Action.QUEUE, "+74950000000"), False),
        (decided(Action.QUEUE, internal=True), False),
    ],
)
def test_who_is_told(decision: Decision, told: bool) -> None:
    notices = notices_of(head_playing(PLAYS), Way.IN)

    assert (with_notice(decision, notices).notice is not None) == told


@pytest.mark.parametrize(
    "notice", [Notice(Way.OUT, 3, NoticeWhen.AFTER_ANSWER, "x"), Notice(Way.IN, 4, NoticeWhen.NONE)]
)
def test_the_other_way_and_never_are_none(notice: Notice) -> None:
    assert notices_of(head_playing(notice), Way.IN) == {}


def test_how_each_pbx_hears_it() -> None:
    decision = with_notice(decided(Action.QUEUE), notices_of(head_playing(PLAYS), Way.IN))

    line = dict(parse_qsl(encode_line(decision), keep_blank_values=True, strict_parsing=True))
    assert {name: line[name] for name in FIELDS} == FIELDS
    told = msgspec.json.decode(encode_answer("1", decision))["notice"]
    assert told == {
        "version": 3,
        "when": "before_ring",
        "sound": "trunkline/recorded",
        "seconds": 2,
        "digit": "9",
        "told": FIELDS["notice_told"],
    }
    assert f'SET VARIABLE TRUNKLINE_NOTICE_TOLD "{FIELDS["notice_told"]}"' in commands_of(decision)


def test_a_line_that_plays_nothing_answers_as_before() -> None:
    decision = with_notice(decided(Action.QUEUE), notices_of(head_of(), Way.IN))

    assert "notice" not in encode_line(decision)
    assert msgspec.json.decode(encode_answer("1", decision))["notice"] is None
    assert 'SET VARIABLE TRUNKLINE_NOTICE ""' in commands_of(decision)
