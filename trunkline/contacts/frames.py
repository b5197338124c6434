"""What the parsing child tells its parent: frames of msgpack, each with its length before it. No I/O of its own."""

import asyncio
import struct
from uuid import UUID

import msgspec

from trunkline.contacts.columns import Layout
from trunkline.contacts.looking import Look
from trunkline.contacts.rows import Problem

_LENGTH = struct.Struct("<I")


class Task(msgspec.Struct, frozen=True):
    """What the child is to parse; `first_id` is the UUID the new contacts' ids count up from."""

    path: str
    kind: str
    people: dict[str, UUID | None]
    first_id: UUID
    chunk_rows: int
    layout: Layout | None = None
    """What the columns are, where their headings do not say."""
    only_look: bool = False
    """Nothing is wanted but the columns."""


class Chunk(msgspec.Struct, frozen=True, array_like=True):
    """Some rows as the text format of COPY, with the problems met on the way."""

    copy: bytes
    rows: int
    refused: int
    done: float
    problems: list[Problem]
    ignored_columns: tuple[str, ...] = ()
    last: bool = False
    failure: str = ""
    """Why the file cannot be read at all, from here on."""
    look: Look | None = None
    joined: int = 0
    """Lines that were joined with others: they are no rows of their own."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Chunk)


def encode_task(task: Task) -> bytes:
    """The task as the child reads it to the end of its standard input."""
    return _encoder.encode(task)


def decode_task(data: bytes) -> Task:
    """What `encode_task` made."""
    return msgspec.msgpack.decode(data, type=Task)


def encode(chunk: Chunk) -> bytes:
    """One frame."""
    payload = _encoder.encode(chunk)
    return _LENGTH.pack(len(payload)) + payload


async def read_chunk(stream: asyncio.StreamReader) -> Chunk:
    """The next frame; raises IncompleteReadError if the child died."""
    (length,) = _LENGTH.unpack(await stream.readexactly(_LENGTH.size))
    return _decoder.decode(await stream.readexactly(length))
