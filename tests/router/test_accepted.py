"""Answered means accepted: the question process killed at every write never answered what its spool does not hold."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.faults.harness import kill_at_every_point
from tests.router.asking import QUESTIONS
from tests.router.conftest import WriteDirectory
from trunkline.pbx.port import DecisionRecord
from trunkline.spool import SpoolReader
from trunkline.spool.reader import START


def spooled(folder: Path) -> list[str]:
    """The call ids in the spool, in order."""
    reader, position = SpoolReader(folder), START
    calls: list[str] = []
    while True:
        records, position = reader.read(position)
        if not records:
            return calls
        calls += [msgspec.msgpack.decode(record.payload, type=DecisionRecord).question.call_id for record in records]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", ["file", "socket"])
async def test_nothing_answered_is_missing(
    kind: str, write_directory: WriteDirectory, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    data_dir, notes = write_directory().parent, tmp_path / "answered"
    await asyncio.to_thread(notes.touch)

    async def prepare() -> None:
        return None

    async def check() -> None:
        answered, kept = notes.read_text().split(), spooled(data_dir / "spool" / "question")
        assert [call for call in answered if call not in kept] == []
        assert len(kept) == len(set(kept))

    tried = await kill_at_every_point(
        kind,
        "tests.router.asking:ask",
        [str(data_dir), str(notes)],
        tell=record_property,
        prepare=prepare,
        check=check,
    )

    assert tried.points >= QUESTIONS
