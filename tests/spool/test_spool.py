"""The spool: nothing accepted is lost or doubled, whatever happens to the file's end or middle."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.errors import SpoolFull
from trunkline.spool import Kind, Position, SpoolReader, SpoolWriter
from trunkline.spool.reader import START
from trunkline.spool.record import OVERHEAD, encode, segment_name

CAP = 64 * 1024 * 1024


def read_all(directory: Path, *, most: int = 3) -> list[bytes]:
    reader, position = SpoolReader(directory), START
    payloads: list[bytes] = []
    while True:
        records, position = reader.read(position, most=most)
        if not records:
            return payloads
        payloads += [record.payload for record in records]


def segments(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.spool"))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.binary(max_size=60), max_size=12), max_size=4))
def test_everything_comes_back_in_order_over_restarts(
    tmp_path_factory: pytest.TempPathFactory, runs: list[list[bytes]]
) -> None:
    directory = tmp_path_factory.mktemp("spool")
    for payloads in runs:
        with SpoolWriter(directory, cap_bytes=CAP) as writer:
            for payload in payloads:
                writer.append(Kind.DECISION, payload, 1.0)

    assert read_all(directory) == [payload for payloads in runs for payload in payloads]


def test_cut_at_every_offset_keeps_whole_records_and_goes_on(tmp_path: Path) -> None:
    payloads = [b"first", "второй".encode(), b"", b"third"]
    whole = b"".join(encode(Kind.AMI, 2.0, payload) for payload in payloads)
    ends = [sum(OVERHEAD + len(p) for p in payloads[: n + 1]) for n in range(len(payloads))]
    for cut in range(len(whole) + 1):
        directory = tmp_path / str(cut)
        directory.mkdir()
        (directory / segment_name(1)).write_bytes(whole[:cut])
        complete = [payload for payload, end in zip(payloads, ends, strict=True) if end <= cut]

        assert read_all(directory) == complete

        with SpoolWriter(directory, cap_bytes=CAP) as writer:
            writer.append(Kind.AMI, b"after the crash", 3.0)
        assert read_all(directory) == [*complete, b"after the crash"]


def test_every_flipped_byte_costs_at_most_its_own_record(tmp_path: Path) -> None:
    payloads = [b"one", b"two", b"three"]
    whole = bytearray(b"".join(encode(Kind.AMI, 2.0, payload) for payload in payloads))
    for index in range(len(whole)):
        directory = tmp_path / str(index)
        directory.mkdir()
        damaged = bytearray(whole)
        damaged[index] ^= 0xFF
        (directory / segment_name(1)).write_bytes(damaged)
        (directory / segment_name(2)).write_bytes(encode(Kind.AMI, 3.0, b"next segment"))

        found = read_all(directory)

        assert b"next segment" in found
        assert len(set(payloads) - set(found)) == 1


def test_reader_follows_a_growing_segment(tmp_path: Path) -> None:
    reader = SpoolReader(tmp_path)
    assert reader.read(START) == ([], START)
    with SpoolWriter(tmp_path, cap_bytes=CAP) as writer:
        writer.append(Kind.DECISION, b"a", 1.0)
        records, position = reader.read(START)
        assert [record.payload for record in records] == [b"a"]
        assert reader.read(position)[0] == []
        writer.append(Kind.DECISION, b"b", 1.0)
        records, position = reader.read(position)
        assert [record.payload for record in records] == [b"b"]
        assert reader.waiting_bytes(position) == 0


def test_cap_refuses_until_stored_segments_are_released(tmp_path: Path) -> None:
    payload = bytes(1000)
    with SpoolWriter(tmp_path, cap_bytes=10_000) as writer:
        for _ in range(9):
            writer.append(Kind.AMI, payload)
        with pytest.raises(SpoolFull, match="cap"):
            writer.append(Kind.AMI, payload)
    reader = SpoolReader(tmp_path)
    records, position = reader.read(START)
    assert len(records) == 9
    with SpoolWriter(tmp_path, cap_bytes=10_000) as writer:
        reader.release(Position(position.segment + 1, 0))
        writer.append(Kind.AMI, payload)


def test_records_written_together_are_all_there_or_none(tmp_path: Path) -> None:
    with SpoolWriter(tmp_path, cap_bytes=10_000) as writer:
        writer.append_all((Kind.AMI, bytes([place]) * 1000, float(place)) for place in range(6))
        with pytest.raises(SpoolFull, match="cap"):
            writer.append_all([(Kind.AMI, bytes(1000), 0.0)] * 6)
        writer.append(Kind.AMI, b"next", 9.0)
    records, _ = SpoolReader(tmp_path).read(START)
    assert [(record.at, record.payload[:1]) for record in records] == [
        *[(float(place), bytes([place])) for place in range(6)],
        (9.0, b"n"),
    ]


def test_numbers_grow_even_when_all_segments_are_gone(tmp_path: Path) -> None:
    SpoolWriter(tmp_path, cap_bytes=CAP).close()
    first = segments(tmp_path)[0]
    first.unlink()
    SpoolWriter(tmp_path, cap_bytes=CAP).close()

    assert segments(tmp_path)[0].name > first.name


def test_oversized_record_is_refused(tmp_path: Path) -> None:
    with SpoolWriter(tmp_path, cap_bytes=CAP) as writer, pytest.raises(SpoolFull, match="over the limit"):
        writer.append(Kind.HOOK, bytes(5 * 1024 * 1024))


def test_large_records_span_chunks(tmp_path: Path) -> None:
    payloads = [bytes([n]) * 700_000 for n in range(5)]
    with SpoolWriter(tmp_path, cap_bytes=CAP) as writer:
        for payload in payloads:
            writer.append(Kind.HOOK, payload)

    assert read_all(tmp_path, most=100) == payloads


def test_full_disk_takes_the_half_record_back(tmp_path: Path) -> None:
    """A file size limit stands for a full disk: the kernel cuts the write short in the same way."""
    script = f"""
import resource, signal, sys
from pathlib import Path
from trunkline.errors import SpoolFull
from trunkline.spool import Kind, SpoolWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
writer = SpoolWriter(Path({str(tmp_path)!r}), cap_bytes=10**9)
writer.append(Kind.AMI, b"whole", 1.0)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
for _ in range(3):
    try:
        writer.append(Kind.AMI, bytes(200), 1.0)
    except SpoolFull:
        print("refused")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["refused"] * 3
    assert read_all(tmp_path) == [b"whole"]


def test_sigkill_loses_nothing_accepted(tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from trunkline.spool import Kind, SpoolWriter
writer = SpoolWriter(Path({str(tmp_path)!r}), cap_bytes=10**9)
number = 0
while True:
    writer.append(Kind.AMI, str(number).encode())
    sys.stdout.write(f"{{number}}\\n"); sys.stdout.flush()
    number += 1
"""
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    told = [child.stdout.readline() for _ in range(500)]
    os.kill(child.pid, signal.SIGKILL)
    told += child.stdout.read().splitlines(keepends=True)
    child.stdout.close()
    child.wait()
    accepted = [int(line) for line in told if line.endswith("\n")]

    kept = [int(payload) for payload in read_all(tmp_path, most=1000)]

    assert kept[: len(accepted)] == accepted
    assert len(kept) - len(accepted) <= 1


def test_what_was_accepted_goes_to_the_disk_without_being_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed, flush = threading.Event(), os.fdatasync

    def noted(descriptor: int) -> None:
        flush(descriptor)
        flushed.set()

    with SpoolWriter(tmp_path / "spool", cap_bytes=CAP) as writer:
        monkeypatch.setattr(os, "fdatasync", noted)
        writer.append(Kind.DECISION, b"x")

        assert flushed.wait(10)
