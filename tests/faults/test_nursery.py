"""A nursery is as a process of its own would be, though what it imports was there before."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.faults.harness import Tried, kill_at_every_point

HERE = __name__
THREADS_FIRST = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"


async def say(file: str) -> None:
    """Two writes, of where and as what it runs."""
    told = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.write(told, os.environ.get("NURSERY_SAYS", "nothing").encode())
    os.write(told, f" in {Path.cwd()}".encode())
    os.close(told)


async def fail() -> None:
    raise ValueError("it was bound to")


async def _nothing() -> None: ...


def _kill(scenario: str, *arguments: str, check: Callable[[], Awaitable[None]] = _nothing) -> Awaitable[Tried]:
    return kill_at_every_point(
        "file", scenario, arguments, tell=lambda _name, _value: None, prepare=_nothing, check=check
    )


async def test_it_has_what_its_test_has_and_dies_where_it_should(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, found = tmp_path / "told", list[str]()

    async def check() -> None:
        found.append(told.read_text())

    for says in ("one", "two"):
        folder = tmp_path / says
        folder.mkdir()
        monkeypatch.chdir(folder)
        monkeypatch.setenv("NURSERY_SAYS", says)
        found.clear()
        assert (await _kill(f"{HERE}:say", str(told), check=check)).points == 2
        assert found == [says, f"{says} in {folder}", f"{says} in {folder}"]


async def test_what_is_wrong_with_a_scenario_is_told_and_the_next_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for scenario, told in (
        (f"{HERE}:fail", "ValueError: it was bound to"),
        (f"{HERE}:absent", "has no attribute 'absent'"),
        ("tests.faults.absent:work", "No module named 'tests.faults.absent'"),
    ):
        with pytest.raises(AssertionError, match=told):
            await _kill(scenario)
    assert (await _kill(f"{HERE}:say", str(tmp_path / "told"))).passed


async def test_threads_that_an_import_starts_are_told() -> None:
    """In a process of its own: from then on no nursery could come from it."""
    child = f"import sys; sys.path.insert(0, '.')\n{THREADS_FIRST}from tests.faults import nursery\n"
    child += f"try: nursery._imported('{HERE}:say')\nexcept RuntimeError as error: print(error)\n"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", child, stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()
    assert "starts threads where it is imported" in told.decode()
