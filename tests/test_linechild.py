"""A child that answers line by line: after whatever ended it, the next line meets another."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from trunkline.linechild import ChildFailed, LineChild

_CHILD = """
import os, sys, time
for line in sys.stdin.buffer:
    word = line.strip()
    if word == b"die":
        print("its last words", file=sys.stderr, flush=True); os._exit(1)
    if word == b"half":
        sys.stdout.buffer.write(b"hal"); sys.stdout.buffer.flush(); os._exit(0)
    if word == b"hang":
        time.sleep(600)
    told = os.environ.get("TRUNKLINE_SECRETS_KEY", "no key") if word == b"key" else str(os.getpid())
    sys.stdout.buffer.write((b"x" * 100_000 if word == b"long" else told.encode()) + b"\\n")
    sys.stdout.buffer.flush()
"""


@pytest.fixture
async def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LineChild]:
    (tmp_path / "answering_child.py").write_text(_CHILD)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("TRUNKLINE_SECRETS_KEY", "ab" * 32)
    async with LineChild("answering_child", seconds=20) as child:
        yield child


async def test_one_child_answers_many_who_ask_at_once_without_our_settings(child: LineChild) -> None:
    assert len(set(await asyncio.gather(*(child.ask(b"pid") for _ in range(20))))) == 1
    assert await child.ask(b"key") == b"no key\n"


@pytest.mark.parametrize("line", [b"die", b"half", b"long"])
async def test_what_ended_it_is_told_and_another_answers(child: LineChild, line: bytes) -> None:
    before = await child.ask(b"pid")

    with pytest.raises(ChildFailed):
        await child.ask(line)

    assert await child.ask(b"pid") != before


async def test_what_it_complained_of_last_is_told(child: LineChild) -> None:
    with pytest.raises(ChildFailed, match="ended over it: its last words"):
        await child.ask(b"die")


async def test_one_that_hangs_is_ended(tmp_path: Path, child: LineChild) -> None:
    async with LineChild("answering_child", seconds=0.5) as impatient:
        with pytest.raises(ChildFailed):
            await impatient.ask(b"hang")


async def test_who_asks_no_more_leaves_no_answer_to_the_next(child: LineChild) -> None:
    before = await child.ask(b"pid")
    asking = asyncio.create_task(child.ask(b"hang"))
    await asyncio.sleep(0)  # it has written its line
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert await child.ask(b"pid") != before
