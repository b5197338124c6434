"""The word error rate."""

import pytest

from recordings.wer import Errors


@pytest.mark.parametrize(
    ("said", "written", "errors"),
    [
        ("", "", (0, 0)),
        ("алло", "", (1, 1)),
        ("", "алло", (0, 1)),
        ("Добрый день, Анна!", "добрый день анна", (3, 0)),
        ("Приём идёт", "прием идет", (2, 0)),
        ("сколько стоит доставка", "сколько стоит", (3, 1)),
        ("сколько стоит доставка", "сколько же стоит остановка", (3, 2)),
        ("кто-то there's 25", "кто-то there's 25", (3, 0)),
        ("один два", "два один три", (2, 2)),
    ],
)
def test_words_are_compared_without_marks_and_case(said: str, written: str, errors: tuple[int, int]) -> None:
    assert Errors.between(said, written) == Errors(*errors)


def test_all_files_count_by_their_words() -> None:
    assert (Errors(9, 0) + Errors(1, 1)).rate == pytest.approx(0.1)
    assert [Errors(0, 0).rate, Errors(0, 2).rate, Errors(1, 3).rate] == [0.0, 1.0, 3.0]
