"""The word error rate, and which files of a folder it is told of."""

from pathlib import Path

import pytest

from recordings.wer import Errors
from recordings.wer_command import _pairs


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


def test_a_sound_or_a_text_alone_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.txt", "b.wav", "c.txt", "c.mp3", "c.wav", ".hidden"):
        (tmp_path / name).touch()

    assert [(sound.name, text.name) for sound, text in _pairs(tmp_path)] == [("c.mp3", "c.txt")]
    told = capsys.readouterr().err.splitlines()
    assert [line.partition(" is left out")[0] for line in told] == ["a.txt", "b.wav"]

    (tmp_path / "c.txt").unlink()
    with pytest.raises(SystemExit, match="holds no sound with its text"):
        list(_pairs(tmp_path))
