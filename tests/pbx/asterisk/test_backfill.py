"""Rows of the CEL file become frames, whatever the file's size, age or rotation."""

import csv
import io
from pathlib import Path

import pytest

from trunkline.pbx.asterisk.backfill import (
    COLUMNS,
    CelUnreadable,
    Tally,
    cel_frame,
    newest_lines,
    runs_between,
    time_of,
)
from trunkline.pbx.asterisk.framing import Frame, decode, split_frames


def row(at: float, uniqueid: str = "1.1", name: str = "Анна") -> list[str]:
    values = dict.fromkeys(COLUMNS, "") | {
        "EventName": "ANSWER",
        "EventTime": f"{at:.6f}",
        "CallerIDname": name,
        "UniqueID": uniqueid,
        "LinkedID": uniqueid,
        "Extra": '{"hangupcause":16,"x":"a, b"}',
    }
    return [values[name] for name in COLUMNS]


def write(path: Path, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")


def read(path: Path, since: float, until: float) -> tuple[list[Frame], Tally]:
    tally = Tally()
    frames, rest = split_frames(b"".join(runs_between(path, since, until, tally)))
    assert rest == b""
    return [decode(frame) for frame in frames], tally


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "trunkline.csv"


def test_a_row_becomes_a_frame_like_cel_manager_s(file: Path) -> None:
    write(file, [row(100.25)])

    [frame], tally = read(file, 100, 101)

    assert frame["Event"] == "CEL"
    assert frame["EventTime"] == "100.250000"
    assert frame["CallerIDname"] == "Анна"
    assert frame["Extra"] == '{"hangupcause":16,"x":"a, b"}'
    assert tally == Tally(rows=1)


def test_only_rows_of_the_gap_are_taken(file: Path) -> None:
    write(file, [row(at, f"{at}.1") for at in (90, 100, 101, 102, 110)])

    frames, _ = read(file, 100, 102)

    assert [frame["UniqueID"] for frame in frames] == ["100.1", "101.1", "102.1"]


def test_a_gap_deep_in_a_large_file_is_found(file: Path) -> None:
    write(file, [row(at / 10, str(at)) for at in range(30_000)])

    frames, tally = read(file, 1500.0, 1500.9)

    assert [frame["UniqueID"] for frame in frames] == [str(n) for n in range(15_000, 15_010)]
    assert tally.strange == 0


def test_a_file_rotated_in_the_gap_is_read_with_the_one_before(file: Path) -> None:
    write(file.with_name("trunkline.csv.1"), [row(100, "old"), row(101, "before")])
    write(file, [row(102, "after")])

    frames, _ = read(file, 101, 200)

    assert [frame["UniqueID"] for frame in frames] == ["before", "after"]


def test_lines_that_are_no_rows_are_counted_and_passed_over(file: Path) -> None:
    write(file, [row(100)])
    with file.open("a", encoding="utf-8") as more:
        more.write('"ANSWER","2026-03-02 10:15:00"\nrubbish\n' + '"' * 300 + "\n")

    frames, tally = read(file, 0, 200)

    assert len(frames) == 1
    assert tally.strange == 3


def test_a_line_still_being_written_waits(file: Path) -> None:
    write(file, [row(100), row(101)])
    file.write_bytes(file.read_bytes()[:-20])

    frames, tally = read(file, 0, 200)

    assert len(frames) == 1
    assert tally.strange == 0


def test_the_same_row_gives_the_same_bytes_and_never_two_frames() -> None:
    hostile = row(100, name="x\r\n\r\nEvent: Hangup")

    assert cel_frame(hostile) == cel_frame(list(hostile))
    assert len(split_frames(cel_frame(hostile))[0]) == 1


def test_an_absent_file_is_said_in_words(file: Path) -> None:
    with pytest.raises(CelUnreadable, match="No such file"):
        read(file, 0, 1)


def test_the_newest_row_tells_whether_the_file_is_written(file: Path) -> None:
    write(file, [])
    assert newest_lines(file) == []
    write(file, [row(at) for at in range(1000)])
    assert time_of(newest_lines(file)[-1]) == 999.0
