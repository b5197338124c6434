"""What a model emits becomes words, none lost and each where it was said."""

from collections.abc import Sequence
from itertools import pairwise
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.speech.tokens import Token, words_of
from recordings.transcript import Word


def tokens(*told: tuple[str, float]) -> list[Token]:
    return [Token(text, at, 0.0) for text, at in told]


@pytest.mark.parametrize(
    ("emitted", "words"),
    [
        # letters, as of T-one and GigaAM: white space is a token
        (
            tokens(("д", 0.3), ("а", 0.36), (" ", 0.45), ("н", 0.9), ("у", 0.96)),
            [("да", 10.3, 10.46), ("ну", 10.9, 11.06)],
        ),
        # pieces of words, as of NeMo and GigaAM's e2e: white space begins one
        (
            tokens((" При", 0.3), ("вет", 0.5), (",", 0.6), (" Анна", 1.2)),
            [("Привет,", 10.3, 10.6), ("Анна", 11.2, 11.3)],
        ),
        # a sign with white space before it belongs to the word before it, and is no time of it
        (tokens(("да", 0.1), (" –", 3.0), (" нет", 4.0)), [("да–", 10.1, 10.2), ("нет", 14.0, 14.1)]),
        # one before all words belongs to none
        (tokens(("–", 0.0), (" да", 0.1)), [("да", 10.1, 10.2)]),
        # the last letters last to the next word at most, and to the end of the sound
        (tokens(("да", 0.1), (" ", 0.12), ("но", 0.16)), [("да", 10.1, 10.16), ("но", 10.16, 10.26)]),
        (tokens(("да", 4.97)), [("да", 14.97, 15.0)]),
        # T-one tells of the silence that is put behind the sound, too
        (tokens(("да", 5.2)), [("да", 15.0, 15.0)]),
        # two at once, as a transducer may
        (tokens(("да", 1.0), (" нет", 1.0)), [("да", 11.0, 11.0), ("нет", 11.0, 11.1)]),
        (tokens((" ", 1.0), ("", 1.1), ("\u2026", 1.2)), []),
        ([], []),
    ],
)
def test_words_are_between_white_space(emitted: Sequence[Token], words: list[tuple[str, float, float]]) -> None:
    assert list(words_of(emitted, 10.0, 15.0)) == [Word(text, start, end, 1.0) for text, start, end in words]


def test_a_word_is_as_sure_as_its_letters_on_average() -> None:
    emitted = [
        Token("д", 0.1, log(0.9)),
        Token("а", 0.2, log(0.4)),
        Token(",", 0.3, log(0.01)),
        Token(" я", 0.5, 2000.0),
    ]

    assert [word.sure for word in words_of(emitted, 0.0, 1.0)] == [0.6, 1.0]


_texts = st.text(st.sampled_from("аб1 ,.\t–"), max_size=4)


@given(st.lists(st.tuples(_texts, st.floats(0, 25), st.floats(-20, 0))), st.floats(0, 10_000), st.floats(0, 20))
def test_no_letter_is_lost_and_time_goes_on(told: list[tuple[str, float, float]], begin: float, seconds: float) -> None:
    times = sorted(at for _, at, _ in told)
    emitted = [Token(text, at, sure) for (text, _, sure), at in zip(told, times, strict=True)]

    words = list(words_of(emitted, begin, begin + seconds))

    whole = "".join(token.text for token in emitted)
    assert [letter for word in words for letter in word.text if letter.isalnum()] == list(filter(str.isalnum, whole))
    assert len(words) == sum(any(map(str.isalnum, part)) for part in whole.split())
    assert all(round(begin, 2) <= word.start <= word.end <= round(begin + seconds, 2) for word in words)
    assert all(one.end <= other.start for one, other in pairwise(words))
    assert all(0 <= word.sure <= 1 for word in words)
