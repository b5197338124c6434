"""What became of a call's notice: by what the PBX tells, and by what the leg that hears it does."""

from itertools import permutations
from typing import Any

import pytest

from tests.calls.test_applier import Told, apply, run
from trunkline.calls import what as w
from trunkline.calls.advance import advance
from trunkline.calls.applier import CallApplier
from trunkline.calls.call import Call
from trunkline.calls.events import Event, Source
from trunkline.calls.summary import summary_of
from trunkline.db.types import Pool
from trunkline.pbx.asterisk.backfill import cel_frame
from trunkline.pbx.notice import GivenNotice, Notice, NoticeState, NoticeWhen, Way, read_token

LINE, CLIENT = "+74951234567", "1795320084.1"
IN = GivenNotice(LINE, Notice(Way.IN, 3, NoticeWhen.BEFORE_RING, "rec", 2, "9"))
TALK = GivenNotice(LINE, Notice(Way.IN, 4, NoticeWhen.AFTER_ANSWER, "rec", 2))
OUT = GivenNotice(LINE, Notice(Way.OUT, 5, NoticeWhen.AFTER_ANSWER, "rec", 2, "9"))

Happened = tuple[float, str, w.AnyWhat]


def says(state: str, given: GivenNotice, leg: str = CLIENT, at: float = 1.0) -> Happened:
    notice = given.notice
    told = w.NoticeTold(NoticeState(state), notice.way, given.line, notice.version, notice.when, notice.seconds)
    return at, leg, told


def call_of(*happened: Happened) -> Call:
    events = [
        Event("office", CLIENT, leg, f"PJSIP/{leg}", int(at * 1e6), bytes([place] * 8), Source.LIVE, what)
        for place, (at, leg, what) in enumerate(happened)
    ]
    return advance(Call("office", CLIENT), *events)


BEGINS: Happened = (0.0, CLIENT, w.CallStarted(number="+79161234567", exten=LINE))


def leaves(at: float, leg: str = CLIENT) -> tuple[Happened, ...]:
    return (at, leg, w.HangupAsked()), (at, leg, w.Ended(cause=16))


@pytest.mark.parametrize(
    ("happened", "state"),
    [
        pytest.param((), None, id="none"),
        pytest.param((says("plays", IN),), "plays", id="plays"),
        pytest.param((says("plays", IN), says("played", IN, at=3)), "played", id="to its end"),
        pytest.param((says("plays", IN), says("refused", IN, at=2), *leaves(9)), "refused", id="refused"),
        pytest.param((says("plays", IN), *leaves(2)), "hung_up", id="hung up meanwhile"),
        pytest.param((says("plays", IN), says("unplayed", IN), *leaves(9)), "unplayed", id="no such sound"),
        pytest.param(
            (says("unplayed", TALK), (5, CLIENT, w.Joined("b")), *leaves(9)), "unplayed", id="nor in the talk"
        ),
        pytest.param((says("plays", IN), says("played", IN, at=3), *leaves(3.1)), "played", id="hung up afterwards"),
        pytest.param((says("waits", TALK), *leaves(2)), "waits", id="nobody answered"),
        pytest.param((says("waits", TALK), (5, CLIENT, w.Joined("b"))), "plays", id="in the talk"),
        pytest.param((says("waits", TALK), (5, CLIENT, w.Joined("b")), *leaves(6.9)), "hung_up", id="a short talk"),
        pytest.param((says("waits", TALK), (5, CLIENT, w.Joined("b")), *leaves(7.0)), "played", id="a long talk"),
        pytest.param(
            (says("waits", TALK), (5, "1795320084.2", w.Joined("b")), *leaves(6)), "waits", id="somebody else's bridge"
        ),
        pytest.param((says("plays", OUT, "1795320084.2"), *leaves(9)), "plays", id="another leg goes"),
        pytest.param((says("plays", OUT, "1795320084.2"), *leaves(2, "1795320084.2")), "hung_up", id="the client goes"),
    ],
)
def test_what_became_of_it(happened: tuple[Happened, ...], state: str | None) -> None:
    call = call_of(BEGINS, *happened)

    assert (call.notice.state if call.notice else None) == state
    assert summary_of(call).notice_version == (call.notice.version if call.notice else None)


def test_the_order_of_coming_makes_no_difference() -> None:
    told = (BEGINS, says("plays", IN), says("refused", IN, at=2), *leaves(3))
    whole = call_of(*told)
    for order in permutations(range(len(told))):
        events = [whole.steps[place] for place in order]
        call = Call("office", CLIENT)
        for event in events:
            call = advance(call, event)
        assert call.notice == whole.notice


def test_who_hangs_up_meanwhile_was_lost_to_the_notice() -> None:
    assert summary_of(call_of(BEGINS, says("plays", IN), *leaves(2))).missed_why == "during_notice"
    assert summary_of(call_of(BEGINS, says("plays", IN), says("played", IN, at=3), *leaves(4))).missed_why != (
        "during_notice"
    )


@pytest.mark.parametrize("given", [IN, TALK, OUT])
def test_a_name_comes_back_as_it_went(given: GivenNotice) -> None:
    back = read_token(given.token)

    assert back is not None
    assert (back.line, back.notice.version, back.notice.when, back.token) == (
        given.line,
        given.notice.version,
        given.notice.when,
        given.token,
    )


@pytest.mark.parametrize(
    "text", ["", "in", "up:+7:3:before_ring:2", "in:+7:x:before_ring:2", "in:+7:3:later:2", "in:+7:3:before_ring:2:9"]
)
def test_what_is_no_name_of_ours(text: str) -> None:
    assert read_token(text) is None


def frame(name: str, at: float, **headers: str) -> bytes:
    told = {
        "Timestamp": f"{1795320084 + at:.6f}",
        "Channel": "PJSIP/provider-1",
        "Uniqueid": CLIENT,
        "Linkedid": CLIENT,
    }
    return (f"Event: {name}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in (told | headers).items()) + "\r\n").encode()


def cel(kind: str, at: float, defined: str = "", extra: str = "") -> bytes:
    row = [
        kind,
        f"{1795320084 + at:.6f}",
        "",
        "+79161234567",
        "",
        "",
        "",
        LINE,
        "trunkline",
        "PJSIP/provider-1",
        "",
        "",
    ]
    return cel_frame([*row, "3", "", CLIENT, CLIENT, "", "", defined, extra])


LIVE = [
    frame("Newchannel", 0, CallerIDNum="+79161234567", Exten=LINE, Context="trunkline"),
    frame("UserEvent", 1, UserEvent="Anybodys", Notice=f"plays:{IN.token}"),
    frame("UserEvent", 1, UserEvent="TrunklineNotice", Notice=f"plays:{IN.token}"),
    frame("UserEvent", 2, UserEvent="TrunklineNotice", Notice=f"refused:{IN.token}"),
    frame("Hangup", 3, Cause="16"),
]
JOURNAL = [
    cel("CHAN_START", 0),
    cel("USER_DEFINED", 1.01, "TrunklineNotice", f'{{"extra":"plays:{IN.token}"}}'),
    cel("USER_DEFINED", 2.01, "TrunklineNotice", f'{{"extra":"refused:{IN.token}"}}'),
    cel("HANGUP", 3, extra='{"hangupcause":16,"hangupsource":"PJSIP/provider-1"}'),
    cel("CHAN_END", 3),
]


@pytest.mark.parametrize("frames", [LIVE, JOURNAL, [*LIVE, *JOURNAL]], ids=["live", "journal", "both"])
async def test_the_call_keeps_it(pool: Pool, frames: list[bytes]) -> None:
    told = Told()

    await apply(pool, CallApplier(told), run(frames))

    (row,) = await pool.fetch("select notice_version, notice_state, story -> 'notice' as notice from calls")
    assert (row["notice_version"], row["notice_state"]) == (3, "refused")
    notice: dict[str, Any] = row["notice"]
    assert (notice["line"], notice["way"], notice["when"], notice["party"]) == (
        LINE,
        "in",
        "before_ring",
        "+79161234567",
    )
    assert [one.refused for one in told.news if one.news == "call.ended"] == [True]
