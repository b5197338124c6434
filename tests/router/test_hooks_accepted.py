"""Answered means accepted, of hooks too: killed while several are under way, none is missing that was answered."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.harness import kill_at_every_point
from tests.router.company import head_of
from tests.router.conftest import WriteDirectory
from tests.router.hearing import CALLS, HOOKS
from tests.router.test_hooks import ANYTIME, cloud
from trunkline.pbx.hooks.record import HookRecord, unpack_hook
from trunkline.settings import Settings
from trunkline.spool import Kind, SpoolReader
from trunkline.spool.reader import START

_EVENTS = {"NOTIFY_START": "start", "NOTIFY_INTERNAL": "rings"}


def named(hook: HookRecord) -> str:
    event = _EVENTS[hook.request.text("event")] if hook.verdict == "fits" else "x"
    return f"{hook.request.text('pbx_call_id')}:{event}"


def spooled(folder: Path) -> list[HookRecord]:
    reader, position = SpoolReader(folder), START
    hooks: list[HookRecord] = []
    while True:
        records, position = reader.read(position)
        if not records:
            return hooks
        hooks += [unpack_hook(record.payload) for record in records if record.kind == Kind.HOOK]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("way", ["short", "aiohttp"])
@pytest.mark.parametrize(("kind", "every"), [("file", 1), ("socket", 3)])
async def test_no_hook_that_was_answered_is_missing(
    kind: str,
    every: int,
    way: str,
    write_directory: WriteDirectory,
    settings: Settings,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    data_dir = write_directory(head=head_of(ANYTIME, pbxs=(cloud(settings),))).parent
    notes = tmp_path / "answered"
    await asyncio.to_thread(notes.touch)

    async def prepare() -> None:
        return None

    async def check() -> None:
        hooks = spooled(data_dir / "spool" / "question")
        kept = [named(hook) for hook in hooks]
        assert [one for one in notes.read_text().split() if one not in kept] == []
        assert len(kept) == len(set(kept))
        assert all(hook.answered for hook in hooks if named(hook).endswith(":start"))

    tried = await kill_at_every_point(
        kind,
        "tests.router.hearing:hear",
        [str(data_dir), str(notes), way],
        tell=record_property,
        prepare=prepare,
        check=check,
        every=every,
    )

    written = HOOKS if way == "short" else CALLS * HOOKS  # there those that come together are kept by one write
    assert tried.points * every >= (written if kind == "file" else CALLS * HOOKS)
    assert len(await asyncio.to_thread(notes.read_text)) > 0
