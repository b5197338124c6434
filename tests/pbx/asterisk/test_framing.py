"""Framing never loses a letter, whatever the segments."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from trunkline.pbx.asterisk.framing import decode, frame_id, join_frames, split_frames

STREAM = (
    "Asterisk Call Manager/11.0.0\r\n"
    "Response: Success\r\nActionID: 1\r\nMessage: Authentication accepted\r\n\r\n"
    "Event: Newchannel\r\nCallerIDName: Иванов & Ко, «ООО+»\r\nExten: \r\n\r\n"
    "Event: Newstate\r\nChanVariable: A=1\r\nChanVariable: B=2: x\r\nChanVariable: \r\n\r\n"
).encode()


def test_frames_are_cut_at_blank_lines() -> None:
    frames, rest = split_frames(STREAM + b"Event: Hang")

    assert rest == b"Event: Hang"
    assert [decode(frame) for frame in frames] == [
        {"Response": "Success", "ActionID": "1", "Message": "Authentication accepted"},
        {"Event": "Newchannel", "CallerIDName": "Иванов & Ко, «ООО+»", "Exten": ""},
        {"Event": "Newstate", "ChanVariable": ["A=1", "B=2: x", ""]},
    ]


def test_a_stream_cut_at_any_offset_gives_the_same_frames() -> None:
    whole, _ = split_frames(STREAM)

    for offset in range(len(STREAM) + 1):
        first, rest = split_frames(STREAM[:offset])
        second, rest = split_frames(rest + STREAM[offset:])

        assert first + second == whole
        assert rest == b""


@given(st.lists(st.integers(min_value=0, max_value=len(STREAM))))
def test_any_number_of_cuts_gives_the_same_frames(cuts: list[int]) -> None:
    offsets = [0, *sorted(cuts), len(STREAM)]
    frames: list[bytes] = []
    rest = b""
    for start, end in pairwise(offsets):
        more, rest = split_frames(rest + STREAM[start:end])
        frames += more

    assert frames == split_frames(STREAM)[0]


@given(st.binary(max_size=200))
def test_no_bytes_break_the_decoder(garbage: bytes) -> None:
    frames, rest = split_frames(garbage)

    for frame in [*frames, rest]:
        for value in decode(frame).values():
            assert "\0" not in value


def test_bytes_that_are_not_utf8_stay_readable() -> None:
    assert decode("CallerIDName: Иван".encode("cp1251")) == {"CallerIDName": "\\xc8\\xe2\\xe0\\xed"}


def test_nul_is_made_visible() -> None:
    assert decode(b"CallerIDName: a\0b") == {"CallerIDName": "a\\x00b"}


def test_frames_come_back_as_they_were_sent() -> None:
    frames, _ = split_frames(STREAM)

    assert join_frames(frames) == STREAM


def test_a_line_break_too_many_after_a_list_belongs_to_no_frame() -> None:
    frames, _ = split_frames(b"Event: StatusComplete\r\nItems: 0\r\n\r\n\r\nEvent: Hangup\r\n\r\n")

    assert frames == [b"Event: StatusComplete\r\nItems: 0", b"Event: Hangup"]


def test_a_frame_is_named_by_its_bytes() -> None:
    assert frame_id(b"Event: A") == frame_id(b"Event: A")
    assert frame_id(b"Event: A") != frame_id(b"Event: B")
    assert len(frame_id(b"")) == 8
