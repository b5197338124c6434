"""Writes what a PBX falls back on while we are silent: a child process for the work, a task that has it done in time.

`python -m trunkline.app.fallback DATA_DIR [--format F] [--output FILE | --directory DIR]` needs neither database nor
running Trunkline: it reads the directory's file. The worker starts it when the directory's version changes, at most
once a minute, and every night, so that a file's age says whether anybody still writes it.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from router.fallback import fallback_of
from trunkline.alarms.alarm import AlarmBell, Severity
from trunkline.directory.packing import fsync_folder
from trunkline.directory.reader import FILE_NAME, Directory, load
from trunkline.errors import NotFound, TrunklineError
from trunkline.interpreter import PYTHON
from trunkline.jobs.house import WorkerServices
from trunkline.log import get_logger
from trunkline.pbx.asterisk.fallback import FILE_NAMES, Format, render
from trunkline.pbx.fallback import Fallback
from trunkline.web.i18n import mark

_TICK_SECONDS = 2.0
_PACE_SECONDS = 60.0
_NIGHT = 3
_NICENESS = 10
_LIMIT_SECONDS = 300.0
_FOLDER = "directory"
_NOT_WRITTEN = mark("%(node)s cannot write the PBX's fallback: %(reason)s")

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Written:
    """What was written last: the directory's version, and when."""

    version: str
    at: datetime


def is_due(version: str, last: Written | None, now: datetime) -> bool:
    """Whether to write again: the directory changed and a minute has passed, or a night has begun since."""
    if last is None:
        return True
    night = now.replace(hour=_NIGHT, minute=0, second=0, microsecond=0)
    if last.at < night <= now:
        return True
    return version != last.version and (now - last.at).total_seconds() >= _PACE_SECONDS


async def run_fallback(services: WorkerServices) -> None:
    """Keep the files in `fallback.directory` level with the directory, until cancelled."""
    settings = services.settings
    zone, folder = ZoneInfo(settings.web.timezone), Path(settings.fallback.directory)
    bell, key = AlarmBell(services.pool, services.redis), f"fallback.write:{settings.node}"
    directory, last = Directory(settings.data_dir / _FOLDER), None
    try:
        while True:
            directory.refresh()
            now = datetime.now(zone)
            if directory.built_at and is_due(directory.version, last, now):
                version = directory.version
                fault = await _write_in_child(settings.data_dir, folder)
                last = Written("" if fault else version, now)  # after a fault again in a minute
                facts = {"node": settings.node, "reason": fault}
                await bell.set(bool(fault), key, Severity.WARNING, _NOT_WRITTEN, facts)
            await asyncio.sleep(_TICK_SECONDS)
    finally:
        directory.close()


async def _write_in_child(data_dir: Path, folder: Path) -> str:
    """Have the files written; returns why they were not, or nothing."""
    environment = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    child = await asyncio.create_subprocess_exec(
        *PYTHON, "-m", "trunkline.app.fallback", str(data_dir), "--directory", str(folder),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment,
    )  # fmt: skip
    try:
        _, errors = await asyncio.wait_for(child.communicate(), _LIMIT_SECONDS)
    except TimeoutError:
        return f"it took longer than {_LIMIT_SECONDS:.0f} s"
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    words = errors.decode(errors="replace").strip().splitlines()
    if child.returncode == 0:
        for warning in words:
            log.warning("fallback_incomplete", reason=warning)
        return ""
    reason = words[-1] if words else f"exit status {child.returncode}"
    log.warning("fallback_not_written", reason=reason)
    return reason


def main() -> None:
    """The child's entry, also that of `trunkline export fallback`."""
    parser = argparse.ArgumentParser(prog="trunkline export fallback")
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--format", choices=[*Format], default=Format.dialplan, type=Format)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--directory", type=Path)
    given = parser.parse_args()
    os.nice(_NICENESS)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # who reads only the beginning ends us without a word
    try:
        _export(given.data_dir, given.format, given.output, given.directory)
    except (TrunklineError, OSError, msgspec.DecodeError) as error:
        raise SystemExit(f"trunkline: {error}") from error


def _export(data_dir: Path, kind: Format, output: Path | None, directory: Path | None) -> None:
    folder = data_dir / _FOLDER
    if not (folder / FILE_NAME).exists():
        raise NotFound(
            f"there is no directory in {folder} to export from: "
            "the worker writes it when `trunkline serve` runs for the first time"
        )
    view, _ = load(folder)
    fallback = fallback_of(view)
    written = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S %z}, directory {view.version}"
    _warn(fallback)
    if directory is not None:
        for each, name in FILE_NAMES.items():
            replace_file(directory / name, render(fallback, each, written))
    elif output is not None:
        replace_file(output, render(fallback, kind, written))
    else:
        sys.stdout.write(render(fallback, kind, written))


def _warn(fallback: Fallback) -> None:
    for number, place in fallback.left_out.items():
        sys.stderr.write(f"line {number} left out: {place!r} cannot stand in a dialplan\n")


def replace_file(path: Path, text: str) -> None:
    """Write it whole or not at all: whoever reads meanwhile sees the old file."""
    if not path.parent.is_dir():
        raise NotFound(f"there is no folder {path.parent} to write {path.name} into")
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o644)  # Asterisk runs as another user
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise
    fsync_folder(path.parent)


if __name__ == "__main__":
    main()
