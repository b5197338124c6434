"""What is spooled, remembered, and known to be missing; with a clock of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.ami_server import frame
from tests.pbx.asterisk.conftest import Spooled
from trunkline.pbx.asterisk.recorder import Hole, Memory, Recorder, last_stamp
from trunkline.pbx.ports import Mark
from trunkline.spool import SpoolWriter


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def spool(folder: Path) -> Iterator[SpoolWriter]:
    with SpoolWriter(folder, cap_bytes=1 << 20) as writer:
        yield writer


class Clock:
    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def said(at: float, exten: str) -> bytes:
    return frame(Event="Newchannel", Timestamp=f"{at:.6f}", Exten=exten)


def test_the_newest_time_of_a_run() -> None:
    assert last_stamp(said(5, "1") + said(6.5, "2")) == 6.5
    assert last_stamp(frame(Response="Success")) is None
    assert last_stamp(frame(Event="X", Timestamp="yesterday")) is None
    assert last_stamp(b"Event: X\r\nTimestamp: ") is None


def test_a_new_acting_node_spools_from_the_mark_and_knows_of_no_hole(spool: SpoolWriter, folder: Path) -> None:
    recorder = Recorder("office", spool)
    for at in range(100, 120):
        recorder.heard(said(at, str(at)))

    recorder.begin_acting(110.0)
    recorder.heard(said(120, "120"))

    assert Spooled(folder).extens() == [str(at) for at in range(108, 121)]  # two seconds of overlap
    assert recorder.holes == []
    assert recorder.mark() == Mark("office", 120.0)


def test_what_neither_the_spool_nor_the_memory_holds_is_a_hole_that_holds_the_mark_back(spool: SpoolWriter) -> None:
    recorder = Recorder("office", spool)
    recorder.heard(said(200, "1"))

    recorder.begin_acting(150.0)

    assert recorder.holes == [Hole(150.0, 200.0, "nobody listened")]
    assert recorder.mark() == Mark("office", 150.0)
    recorder.filled(recorder.holes[0])
    assert recorder.mark() == Mark("office", 200.0)


def test_what_we_spooled_ourselves_is_no_hole_though_it_is_not_stored_yet(spool: SpoolWriter) -> None:
    recorder = Recorder("office", spool, covered=180.0)
    recorder.heard(said(200, "1"))

    recorder.begin_acting(150.0)

    assert recorder.holes == [Hole(180.0, 200.0, "nobody listened")]


def test_the_first_start_of_all_has_no_hole(spool: SpoolWriter) -> None:
    recorder = Recorder("office", spool)
    recorder.heard(said(200, "1"))
    recorder.begin_acting(None)

    assert recorder.holes == []


def test_the_memory_forgets_what_is_too_old_and_knows_that_it_did(spool: SpoolWriter) -> None:
    clock = Clock()
    recorder = Recorder("office", spool, memory=Memory(seconds=30), clock=clock)
    for at in range(1000, 1100):
        clock.now = at
        recorder.heard(said(at, "x"))

    recorder.begin_acting(1000.0)

    assert recorder.holes == [Hole(1000.0, 1068.0, "nobody listened")]


def test_the_memory_is_bounded_in_bytes(spool: SpoolWriter) -> None:
    run = said(1000, "x" * 1000)
    recorder = Recorder("office", spool, memory=Memory(most_bytes=3 * len(run)), clock=Clock())
    for _ in range(10):
        recorder.heard(run)

    recorder.begin_acting(None)
    assert spool.waiting_bytes < 5 * len(run)


def test_a_clock_set_back_hides_nothing(spool: SpoolWriter, folder: Path) -> None:
    recorder = Recorder("office", spool)
    recorder.heard(said(100, "1"))

    recorder.begin_acting(5000.0)

    assert Spooled(folder).extens() == ["1"]


def test_a_gap_is_dated_by_the_pbx_s_clock_whatever_ours_says(spool: SpoolWriter) -> None:
    clock = Clock(1000.0)
    recorder = Recorder("office", spool, clock=clock)
    recorder.heard(said(5000, "1"))
    recorder.begin_acting(None)
    recorder.interrupted()
    clock.now = 1060.0
    recorder.heard(frame(Response="Success"))
    recorder.heard(said(5060, "2"))

    recorder.begin_acting(None)

    assert recorder.holes == [Hole(5000.0, 5060.0, "nobody listened")]


def test_events_without_a_time_are_dated_by_our_clock(spool: SpoolWriter) -> None:
    clock = Clock(1000.0)
    recorder = Recorder("office", spool, clock=clock)
    recorder.heard(frame(Event="Newchannel"))
    recorder.begin_acting(None)
    recorder.interrupted()
    clock.now = 1060.0
    recorder.heard(frame(Event="Newchannel"))
    recorder.begin_acting(None)

    assert recorder.holes == [Hole(1000.0, 1060.0, "nobody listened")]


def test_nothing_is_told_or_marked_by_one_that_does_not_act(spool: SpoolWriter, folder: Path) -> None:
    recorder = Recorder("office", spool)
    recorder.heard(said(100, "1"))

    assert recorder.mark() is None
    assert Spooled(folder).extens() == []
