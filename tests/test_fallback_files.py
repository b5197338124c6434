"""The fallback's files: written when they are due, whole or not at all, and by a command that needs no server."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from tests.fakes.waiting import eventually
from tests.router.company import CLIENT, OFFICE, SUPPLIER, head_of
from trunkline.app.fallback import Written, is_due, replace_file, run_fallback
from trunkline.directory.packing import pack
from trunkline.directory.reader import FILE_NAME
from trunkline.directory.values import ContactBrief, ContactClass, number_key
from trunkline.errors import NotFound
from trunkline.jobs.house import WorkerServices
from trunkline.settings import load
from trunkline.web.i18n import Translations

NOON = datetime(2026, 8, 6, 12, 0, tzinfo=UTC)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data directory with the small company's directory in it."""
    folder = tmp_path / "data/directory"
    folder.mkdir(parents=True)
    _pack(folder, build=1, supplier=SUPPLIER)
    return tmp_path / "data"


def _pack(folder: Path, *, build: int, supplier: str) -> None:
    contacts = {
        CLIENT: [ContactBrief(UUID(int=1), "Клиент; [x]", klass=ContactClass.CLIENT)],
        supplier: [ContactBrief(UUID(int=2), "exten => s,1", klass=ContactClass.SUPPLIER)],
    }
    ordered = dict(sorted(contacts.items(), key=lambda each: number_key(each[0])))
    pack(
        folder / FILE_NAME, contacts=ordered, spam={}, head=head_of(), built_at=1.0, build_id=build.to_bytes(16, "big")
    )


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        pytest.param(None, NOON, True, id="never written"),
        pytest.param(Written("a", NOON), NOON + timedelta(hours=5), False, id="nothing changed"),
        pytest.param(Written("b", NOON), NOON + timedelta(seconds=59), False, id="changed, but too soon"),
        pytest.param(Written("b", NOON), NOON + timedelta(seconds=60), True, id="changed"),
        pytest.param(Written("a", NOON), NOON + timedelta(hours=14, minutes=59), False, id="before the night's hour"),
        pytest.param(Written("a", NOON), NOON + timedelta(hours=15), True, id="the night's hour"),
    ],
)
def test_when_it_is_due(last: Written | None, now: datetime, due: bool) -> None:
    assert is_due("a", last, now) is due


def _export(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "trunkline", "export", "fallback", *arguments]
    environment = os.environ | {"TRUNKLINE_DATA_DIR": str(data_dir)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_prints(data_dir: Path) -> None:
    told = _export(data_dir)

    assert told.returncode == 0, told.stderr
    assert f"exten => {OFFICE[1:]},1,Return(queue:q-sales)" in told.stdout
    assert f"exten => {SUPPLIER[1:]},1,Return(queue:q-production)" in told.stdout
    assert CLIENT[1:] not in told.stdout


def test_the_command_writes_commands(data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "out"

    assert _export(data_dir, "--format", "astdb", "--output", str(file)).returncode == 0
    assert f"database put trunkline-caller {SUPPLIER[1:]} queue:q-production" in file.read_text().splitlines()


def test_without_a_directory_it_says_so(tmp_path: Path) -> None:
    told = _export(tmp_path)

    assert told.returncode == 1
    assert told.stderr.startswith(f"trunkline: there is no directory in {tmp_path / 'directory'} to export from")
    assert "trunkline serve" in told.stderr


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "x.conf"
    file.write_text("old")

    replace_file(file, "new")

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x.conf", "new")]
    assert file.stat().st_mode & 0o777 == 0o644


def test_a_folder_that_is_gone_leaves_the_old_file(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no folder"):
        replace_file(tmp_path / "absent/x.conf", "new")


async def test_the_worker_writes_and_raises_an_alarm_when_it_cannot(
    data_dir: Path, tmp_path: Path, pool: asyncpg.Pool
) -> None:
    folder = tmp_path / "asterisk"
    environment = {"TRUNKLINE_DATA_DIR": str(data_dir), "TRUNKLINE_FALLBACK_DIRECTORY": str(folder)}
    services = WorkerServices(load(None, environment), pool, None, Translations(("trunkline.alarms",)))

    async def is_alarmed() -> bool:
        return bool(
            await pool.fetchval("select 1 from alarms where key like 'fallback.write:%' and cleared_at is null")
        )

    task = asyncio.create_task(run_fallback(services))
    await eventually(is_alarmed)
    task.cancel()
    await asyncio.wait([task])
    folder.mkdir()
    task = asyncio.create_task(run_fallback(services))
    await eventually((folder / "trunkline_fallback.astdb").exists)
    task.cancel()
    await asyncio.wait([task])

    assert f"{SUPPLIER[1:]}" in (folder / "trunkline_fallback.conf").read_text()
