"""Running PostgreSQL's dump and restore programs; a dump is replayed on any server Trunkline supports.

pg_restore 17 and later begins every script with `SET transaction_timeout`, which servers before 17 do not know and
PostgreSQL's own programs cannot leave out. So its script goes through us to psql, less that one line.
"""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path

from trunkline.db.programs import client_environment, client_program
from trunkline.errors import TrunklineError

_UNKNOWN_BEFORE_17 = b"SET transaction_timeout = 0;\n"
_PREAMBLE_LINES = 40  # the settings of a script come first; the same words further down would be a company's data
_CHUNK = 1 << 16


class BackupFailed(TrunklineError):
    """One of PostgreSQL's programs ended with an error; its own words are kept."""


async def run_program(url: str, name: str, *arguments: str) -> None:
    """Run a client program against the database of `url` to its end."""
    process = await _start(url, name, *arguments, stdin=DEVNULL, stdout=DEVNULL)
    _, errors = await process.communicate()
    _check(name, process, errors)


async def replay(url: str, dump: Path) -> None:
    """Write everything in `dump` (pg_dump's custom format) to the database of `url`, in one transaction."""
    script = await _start(url, "pg_restore", "--no-owner", "--file=-", str(dump), stdin=DEVNULL, stdout=PIPE)
    applied = await _start(
        url,
        "psql",
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        stdin=PIPE,
        stdout=DEVNULL,
    )
    try:
        script_errors, applied_errors, _ = await asyncio.gather(
            _read_all(script.stderr), _read_all(applied.stderr), _pour(script, applied)
        )
    except BaseException:
        _kill(script)
        _kill(applied)
        raise
    finally:
        await script.wait()
        await applied.wait()
    ends = [("psql", applied, applied_errors), ("pg_restore", script, script_errors)]
    # Who stopped by itself knows why; the other was killed by us, or complains of the closed pipe.
    for end in sorted(ends, key=lambda end: (end[1].returncode or 0) < 0):
        _check(*end)


async def _pour(script: Process, applied: Process) -> None:
    """Feed psql with the script. Half a script is never committed: psql is killed before it sees the end of one."""
    assert script.stdout is not None
    assert applied.stdin is not None
    try:
        for _ in range(_PREAMBLE_LINES):
            line = await script.stdout.readline()
            if line == _UNKNOWN_BEFORE_17:
                break
            applied.stdin.write(line)
        while chunk := await script.stdout.read(_CHUNK):
            applied.stdin.write(chunk)
            await applied.stdin.drain()
        if await script.wait():
            _kill(applied)
        else:
            applied.stdin.close()
            await applied.stdin.wait_closed()
    except (BrokenPipeError, ConnectionResetError):
        _kill(script)  # psql has stopped and says why
        await script.stdout.read()  # what is left, or its pipe stays open behind a program that has ended


async def _start(url: str, name: str, *arguments: str, stdin: int, stdout: int) -> Process:
    return await asyncio.create_subprocess_exec(
        client_program(name),
        *arguments,
        env={**os.environ, **client_environment(url)},
        stdin=stdin,
        stdout=stdout,
        stderr=PIPE,
    )


def _kill(process: Process) -> None:
    """Only while it runs: Popen.kill reaps a process that has ended, and asyncio then takes its code for 255."""
    with suppress(ProcessLookupError):
        process.kill()


async def _read_all(stream: asyncio.StreamReader | None) -> bytes:
    assert stream is not None
    return await stream.read()


def _check(name: str, process: Process, errors: bytes) -> None:
    if process.returncode:
        raise BackupFailed(f"{name} failed: {errors.decode(errors='replace').strip()}")
