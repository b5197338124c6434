"""The parsing child from its parent's side: chunks of a file as they come, or a look at its columns."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from pathlib import Path

import msgspec

from trunkline.contacts.frames import Chunk, Task, encode_task, read_chunk
from trunkline.contacts.looking import Look
from trunkline.errors import InvalidInput, Mistake, TrunklineError
from trunkline.ids import uuid7
from trunkline.interpreter import PYTHON

_PARSER = "trunkline.contacts.parsing"
_CHUNKS_AHEAD = 2


class ImportFailed(TrunklineError):
    """The parsing child ended before the file did."""


async def look_at(path: Path) -> Look:
    """The columns of a file of contacts. Raises InvalidInput, ImportFailed."""
    task = Task(str(path), "contacts", {}, uuid7(time.time()), 1, only_look=True)
    async with aclosing(chunks(task)) as answers:
        async for chunk in answers:
            if chunk.look is not None:
                return chunk.look
            raise InvalidInput(Mistake("file", chunk.failure.removeprefix("file: ")))
    raise ImportFailed("reading the file failed: it said nothing")


async def chunks(task: Task) -> AsyncGenerator[Chunk, None]:
    """The child's chunks, parsed some ahead of the one in use. Ends the child on leaving."""
    child = await asyncio.create_subprocess_exec(
        *PYTHON, "-m", _PARSER,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    errors = asyncio.create_task(child.stderr.read())
    ahead: asyncio.Queue[Chunk | Exception] = asyncio.Queue(_CHUNKS_AHEAD)
    reading = asyncio.create_task(_read_ahead(child.stdout, ahead))
    try:
        with suppress(ConnectionError):
            child.stdin.write(encode_task(task))
            await child.stdin.drain()
            child.stdin.close()
        while True:
            chunk = await ahead.get()
            if isinstance(chunk, Exception):
                words = (await errors).decode(errors="replace").strip().splitlines() or ["it said nothing"]
                raise ImportFailed(f"reading the file failed: {words[-1]}") from chunk
            yield chunk
            if chunk.last:
                return
    finally:
        reading.cancel()
        if child.returncode is None:
            child.kill()
        await child.wait()
        await asyncio.wait([reading, errors])


async def _read_ahead(stream: asyncio.StreamReader, ahead: "asyncio.Queue[Chunk | Exception]") -> None:
    try:
        while not (chunk := await read_chunk(stream)).last:
            await ahead.put(chunk)
        await ahead.put(chunk)
    except (asyncio.IncompleteReadError, msgspec.MsgspecError) as error:
        await ahead.put(error)
