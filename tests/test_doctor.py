"""What the doctor says of a process that was started again."""

import pytest

from trunkline.doctor import restarted


@pytest.mark.parametrize(
    ("times", "code", "words"),
    [
        (1, -9, "restarted once; it was killed, by somebody or for want of memory"),
        (3, -11, "restarted 3 times; it was ended by signal 11"),
        (2, 1, "restarted 2 times; it ended with code 1"),
        (1, None, "restarted once"),
    ],
)
def test_a_restart_is_told_in_words(times: int, code: int | None, words: str) -> None:
    assert restarted(times, code) == words
