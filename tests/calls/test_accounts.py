"""A call that a provider forwards to an account of ours: the dialplan tells which line it is about."""

from itertools import permutations

import pytest

from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.outcome import Direction
from trunkline.calls.summary import summary_of
from trunkline.pbx.asterisk.backfill import cel_frame
from trunkline.pbx.asterisk.messages import events_of

LINE, CALLER, LINKEDID = "+74951234567", "+79161234567", "1795320084.1"


def live(name: str, at: int, **headers: str) -> bytes:
    told = {
        "Event": name,
        "Timestamp": f"{1795320084 + at}.000000",
        "Channel": "PJSIP/provider-1",
        "Uniqueid": LINKEDID,
        "Linkedid": LINKEDID,
        **headers,
    }
    return "".join(f"{key}: {value}\r\n" for key, value in told.items()).encode()


def journal(kind: str, at: int, defined: str = "", extra: str = "") -> bytes:
    when, who = f"{1795320084 + at}.001000", (LINKEDID, LINKEDID, "", "", defined, extra)
    row = [kind, when, "", CALLER, "", "", "", "account17", "front-trunk", "PJSIP/provider-1", "", "", "3", ""]
    return cel_frame([*row, *who])


LIVE = (
    live("Newchannel", 0, CallerIDNum=CALLER, Exten="account17", Context="front-trunk"),
    live("UserEvent", 1, UserEvent="TrunklineLine", Line=LINE),
    live("QueueCallerJoin", 2, Queue="sales", Position="1"),
    live("Hangup", 3, Cause="16"),
)
JOURNAL = (
    journal("CHAN_START", 0),
    journal("USER_DEFINED", 1, "TrunklineLine", f'{{"extra":"{LINE}"}}'),
    journal("HANGUP", 3, extra='{"hangupcause":16}'),
    journal("CHAN_END", 3),
)


@pytest.mark.parametrize("frames", [LIVE, JOURNAL, (*LIVE, *JOURNAL)], ids=["live", "journal", "both"])
def test_the_line_is_what_was_dialled(frames: tuple[bytes, ...]) -> None:
    summary = summary_of(call_of(frames))

    assert (summary.dialled, summary.caller, summary.direction) == (LINE, CALLER, Direction.IN)


@pytest.mark.parametrize("frames", list(permutations(LIVE)))
def test_in_whatever_order_it_is_told(frames: tuple[bytes, ...]) -> None:
    assert summary_of(call_of(frames)).dialled == LINE


def call_of(frames: tuple[bytes, ...]) -> Call:
    call = Call("front", LINKEDID)
    for frame in frames:
        call = advance(call, *events_of("front", frame, 0))
    return call
