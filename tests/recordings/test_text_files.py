"""What engines say, in pieces, cut and written to files."""

from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.speech.cutting import Cutter, quietest
from recordings.speech.pieces import pieces_of
from recordings.speech.port import RATE
from recordings.transcript import Transcript, Word
from recordings.transcript_files import as_json, as_text, as_vtt


def word(text: str, start: float, end: float) -> Word:
    return Word(text, start, end, 0.9)


SAID: dict[int | None, list[Word]] = {
    0: [word("алло", 0.5, 1.0), word("да", 1.1, 1.3), word("<слушаю>", 3661.25, 3662.0)],
    1: [word("здравствуйте", 1.2, 2.0)],
}


def test_words_become_pieces_by_pauses_and_begin() -> None:
    assert [(piece.side, piece.text) for piece in pieces_of(SAID)] == [
        (0, "алло да"),
        (1, "здравствуйте"),
        (0, "<слушаю>"),
    ]
    assert pieces_of({None: []}) == ()


def test_a_transcript_is_read_as_text_subtitles_and_json() -> None:
    transcript = Transcript("vosk", "mine", "ru", pieces_of(SAID))

    assert as_text(transcript) == "[0:00] 1: алло да\n[0:01] 2: здравствуйте\n[1:01:01] 1: <слушаю>\n"
    assert as_vtt(transcript) == (
        "WEBVTT\n\n00:00:00.500 --> 00:00:01.300\n<v 1>алло да\n\n"
        "00:00:01.200 --> 00:00:02.000\n<v 2>здравствуйте\n\n"
        "01:01:01.250 --> 01:01:02.000\n<v 1>&lt;слушаю&gt;\n"
    )
    assert '{"side":1,"words":[["здравствуйте",1.2,2.0,0.9]]}' in as_json(transcript)


@pytest.mark.parametrize("rate", [8000, RATE])
@pytest.mark.parametrize(("quiet", "cut"), [((0.5, 0.8), 0.7), ((0.2, 0.9), 0.8), ((0.0, 0.0), None)])
def test_sound_is_cut_where_it_is_quiet(quiet: tuple[float, float], cut: float | None, rate: int) -> None:
    samples = array("h", (0 if quiet[0] <= at / rate < quiet[1] else 9000 for at in range(rate)))

    found = quietest(samples.tobytes(), rate) / (2 * rate)

    assert cut is None or abs(found - cut) < 0.03


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 3 * RATE), max_size=12), st.sampled_from([8000, RATE]))
def test_pieces_are_all_of_the_sound_in_order(sizes: list[int], rate: int) -> None:
    sound = bytes(2 * sum(sizes))
    cutter, pieces, begins, at = Cutter(2.0, 0.5, rate), [], [], 0
    for size in sizes:
        for piece in cutter.feed(sound[at : at + 2 * size]):
            pieces.append(piece)
            begins.append(cutter.begin)
        at += 2 * size
    for piece in cutter.end():
        pieces.append(piece)
        begins.append(cutter.begin)

    assert b"".join(pieces) == sound
    assert all(len(piece) <= 2 * 2 * rate for piece in pieces)
    assert begins == [pytest.approx(sum(map(len, pieces[:place])) / (2 * rate)) for place in range(len(pieces))]
