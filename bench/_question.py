"""The question process as shipped, on a directory of any size, and questions to put to it.

`python -m bench._question write FOLDER CONTACTS SPAM BUILD` writes another directory file, as nice as our builder is.
"""

import asyncio
import json
import os
import random
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench._load import post
from bench._numbers import contact_number, spam_number, write_directory
from tests.router.company import OFFICE, TOKEN, head_of
from trunkline.directory.build import _NICENESS as NICENESS
from trunkline.directory.reader import FRESH_NAME
from trunkline.directory.values import Head

CONTACTS, SPAM = 14_500, 75_000
KEY = "ab" * 32
"""The key of the processes started here, in hex."""


def company_directory(
    folder: Path, *, contacts: int = CONTACTS, spam: int = SPAM, build: int = 1, head: Head | None = None
) -> None:
    """The directory of tests/router/company.py, or of `head`, with this many contacts and spam numbers."""
    write_directory(folder, contacts=contacts, spam=spam, head=head or head_of(), build=build)


def callers(count: int, *, contacts: int = CONTACTS, spam: int = SPAM) -> list[str]:
    """Numbers as they ring a company: half of them known, a tenth spam, the rest strangers, in several spellings."""
    chance = random.Random(7)
    numbers = []
    for place in range(count):
        kind = place % 10
        if kind < 5:
            number = contact_number(chance.randrange(contacts))
        elif kind < 6:
            number = spam_number(chance.randrange(spam))
        else:
            number = f"+7{chance.randrange(3_000_000_000, 3_999_999_999)}"
        numbers.append(number if place % 3 else "8" + number[2:])
    return numbers


def questions(count: int = 2000, *, contacts: int = CONTACTS, spam: int = SPAM) -> list[bytes]:
    """Prepared requests with a token, as a PBX on another machine sends them."""
    bodies = (
        {"call_id": f"1786006{place % 1000:03d}.{place}", "from": number, "to": OFFICE, "state": ""}
        for place, number in enumerate(callers(count, contacts=contacts, spam=spam))
    )
    return [
        post("/router/v1/route", json.dumps(body).encode(), f"Authorization: Bearer {TOKEN}\r\n") for body in bodies
    ]


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def question_process(data_dir: Path, redis_url: str, **environment: str) -> AsyncIterator[int]:
    """`python -m trunkline.app question` on `data_dir`; yields its port. Its log goes to a file."""
    async with killable_question(data_dir, redis_url, **environment) as (port, _):
        yield port


@asynccontextmanager
async def killable_question(
    data_dir: Path, redis_url: str, **environment: str
) -> AsyncIterator[tuple[int, asyncio.subprocess.Process]]:
    """The same and its process, which may have ended before the context does."""
    port = free_port()
    settings = {
        "TRUNKLINE_DATA_DIR": str(data_dir),
        "TRUNKLINE_LISTEN_QUESTION": f"127.0.0.1:{port}",
        "TRUNKLINE_LISTEN_FASTAGI": "",
        "TRUNKLINE_REDIS_URL": redis_url,
        "TRUNKLINE_KEY": KEY,
    }
    arguments = ["-m", "trunkline.app", "question"]
    async with process_on(port, arguments, settings | environment, data_dir / "question.log") as process:
        yield port, process


@asynccontextmanager
async def process_on(
    port: int, arguments: list[str], environment: dict[str, str], log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A Python process that listens on `port` while the context is open."""
    with log.open("w") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, env=os.environ | environment, stderr=output
        )
    try:
        async with asyncio.timeout(30):
            while not await _listens(port):
                if process.returncode is not None:
                    raise RuntimeError(f"{arguments} ended: {log.read_text()[-2000:]}")
                await asyncio.sleep(0.05)
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def kept_fresh(folder: Path) -> AsyncIterator[None]:
    """Marks the directory fresh every second, as the worker does."""

    async def mark() -> None:
        while True:
            (folder / FRESH_NAME).touch()
            await asyncio.sleep(1)

    task = asyncio.create_task(mark())
    try:
        yield
    finally:
        task.cancel()


async def reload_in_child(folder: Path, contacts: int, spam: int, build: int) -> None:
    """Another directory of this size, written by a child and taken over by whoever reads it."""
    arguments = ("write", folder, contacts, spam, build)
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench._question", *map(str, arguments))
    if await child.wait():
        raise RuntimeError("the directory could not be written")


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


if __name__ == "__main__":
    os.nice(NICENESS)
    _, _, name, *sizes = sys.argv
    contacts, spam, build = map(int, sizes)
    company_directory(Path(name), contacts=contacts, spam=spam, build=build)
