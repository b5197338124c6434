"""What the player draws and skips."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.peaks import Peaks
from recordings.recording import MOST_PEAKS, Recording, Stage, recording_id
from recordings.waveform import silences, waveform_of
from trunkline.ids import call_uuid

_CALL = call_uuid("office", "1795320084.1", 0.0)


def recording(peaks: bytes, channels: int, seconds: float) -> Recording:
    return Recording(
        recording_id(_CALL, "q.wav"), _CALL, "office", "1", "q.wav", Stage.KEPT, channels=channels, seconds=seconds,
        peaks=peaks,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("heard", "found"),
    [
        ("", ()),
        ("#" * 20, ()),
        ("##  ##", ()),  # a second: a breath
        ("##    ##", ((1.3, 2.7),)),
        ("    ##    ", ((0.3, 1.7), (3.3, 4.7))),
        ("      ", ((0.3, 2.7),)),
    ],
)
def test_where_nobody_speaks_for_a_while_is_skipped(heard: str, found: tuple[tuple[float, float], ...]) -> None:
    """Each sign is half a second."""
    side = bytes(200 if sign == "#" else 3 for sign in heard)

    assert silences([side], len(heard) / 2) == found
    assert silences([side, bytes(len(side))], len(heard) / 2) == found
    assert silences([side, b"\xff" * len(side)], len(heard) / 2) == ()


def test_each_side_is_drawn_by_its_loudest() -> None:
    wave = waveform_of(recording(b"\0" * 799 + b"\xff" + b"\0" * 800, 2, 40.0))

    first, second = ([tuple(map(float, point.split(","))) for point in side.split()] for side in wave.sides)
    assert len(first) == len(second) == 2 * wave.width
    assert (min(y for _, y in first), max(y for _, y in first)) == (0, wave.height)
    assert {y for _, y in second} == {wave.height / 2}


@given(st.lists(st.binary(max_size=700), max_size=40), st.sampled_from((1, 2)))
def test_peaks_do_not_care_how_the_sound_comes(chunks: list[bytes], sides: int) -> None:
    whole, parted = Peaks(sides), Peaks(sides)
    whole.feed(b"".join(chunks))
    for chunk in chunks:
        parted.feed(chunk)

    assert (whole.seconds, whole.whole()) == (parted.seconds, parted.whole())


def test_of_hours_no_more_is_kept_than_a_screen_shows() -> None:
    peaks = Peaks(1)
    for _ in range(30):
        peaks.feed(bytes(8000 * 2 * 60))

    assert len(peaks.whole()) == MOST_PEAKS
    assert peaks.seconds == 1800
