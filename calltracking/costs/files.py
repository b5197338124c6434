"""A file of costs on its way in: received, its columns looked at, read, shown; nothing goes in yet."""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import UUID

from aiohttp import BodyPartReader, web

from calltracking.channels.address import clean
from calltracking.channels.source import LONGEST_TEXT
from calltracking.costs.cells import read_channel, read_rate
from calltracking.costs.cost import Defaults
from calltracking.costs.reading import CostsReport, Head, read_costs, read_head
from calltracking.costs.store import CostFile, add_file, show_file
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import uuid7
from trunkline.web.i18n import gettext as _

MOST_BYTES: Final = 16 << 20
_LONGEST_FIELD: Final = 1_000
_FIELDS: Final = frozenset({"source", "channel", "city", "vat", "csrf"})


@dataclass(frozen=True, slots=True)
class Sent:
    """A form with a file, as it came."""

    content: bytes
    file_name: str
    fields: dict[str, str]


async def receive(request: web.Request) -> Sent:
    """The form; raises InvalidInput where there is no file in it or too large a one."""
    if request.content_type != "multipart/form-data":
        raise InvalidInput(Mistake("file", _("choose a file")))
    fields: dict[str, str] = {}
    content, name = bytearray(), ""
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            if part.name == "file":
                name = part.filename or ""
                while chunk := await part.read_chunk(1 << 16):
                    content += chunk
                    if len(content) > MOST_BYTES:
                        told = {"number": MOST_BYTES >> 20}
                        raise InvalidInput(Mistake("file", _("is larger than %(number)s MB; part it") % told))
            elif part.name in _FIELDS:
                text = (await part.read_chunk(_LONGEST_FIELD)).decode(errors="replace")
                fields[part.name] = text.replace("\0", "").strip()
    except ValueError as error:
        raise InvalidInput(Mistake("file", _("did not arrive whole; send it again"))) from error
    if not content:
        raise InvalidInput(Mistake("file", _("choose a file")))
    return Sent(bytes(content), clean(name.replace("\\", "/").rpartition("/")[2], LONGEST_TEXT) or "file", fields)


def defaults_of(source: str, channel: str, city: str, vat: str) -> Defaults:
    """What holds for a whole file; raises InvalidInput with every mistake."""
    mistakes: list[Mistake] = []
    found_channel, rate = None, Decimal(0)
    try:
        found_channel = read_channel(channel) if channel else None
    except InvalidInput as error:
        mistakes += [Mistake("channel", mistake.message) for mistake in error.mistakes]
    try:
        rate = read_rate(vat) if vat else rate
    except InvalidInput as error:
        mistakes += [Mistake("vat", mistake.message) for mistake in error.mistakes]
    if mistakes:
        raise InvalidInput(*mistakes)
    return Defaults(clean(source.lower(), LONGEST_TEXT), found_channel, clean(city, LONGEST_TEXT), rate)


@dataclass(frozen=True, slots=True)
class Looked:
    """A file as it was read: its columns, what holds for all of it, and what it would bring in, or why nothing."""

    head: Head
    defaults: Defaults
    found: CostsReport
    failure: str


async def look_at(sent: Sent) -> Looked:
    """Read a file with its columns by their headings; raises InvalidInput where it is no table."""
    source, channel, city, vat = (sent.fields.get(name, "") for name in ("source", "channel", "city", "vat"))
    defaults = defaults_of(source, channel, city, vat)
    with on_disk(sent.content) as path:
        head = await asyncio.to_thread(read_head, path)
        return Looked(head, defaults, *await _read(path, defaults, head.fields))


async def keep_file(connection: Connection, sent: Sent, looked: Looked, person: UUID) -> UUID:
    """Keep the file with what it would bring in."""
    file, given = uuid7(time.time()), looked.defaults
    told = {"source": given.source, "channel": given.channel or "", "city": given.city, "vat": given.vat}
    await add_file(connection, file, sent.file_name, person, sent.content, head=looked.head, **told)
    await show_file(connection, file, looked.head.fields, given.vat, looked.found, looked.failure)
    return file


async def look_again(file: CostFile, content: bytes, fields: Sequence[str], vat: str) -> Looked:
    """Read it with these columns and this rate; raises InvalidInput."""
    defaults = defaults_of(file.source, file.channel, file.city, vat)
    with on_disk(content) as path:
        return Looked(file.head, defaults, *await _read(path, defaults, fields))


async def _read(path: Path, defaults: Defaults, fields: Sequence[str]) -> tuple[CostsReport, str]:
    """What the file holds, or why it cannot be read so."""
    named = [field for field in fields if field]
    if len(set(named)) < len(named):
        return CostsReport(), _("Two columns hold the same; leave one of them out.")
    try:
        return await asyncio.to_thread(read_costs, path, defaults, tuple(fields)), ""
    except InvalidInput as error:
        return CostsReport(), "; ".join(mistake.message for mistake in error.mistakes)


@contextmanager
def on_disk(content: bytes) -> Iterator[Path]:
    """The content as a file that is gone afterwards: workbooks are read by path."""
    with tempfile.NamedTemporaryFile(prefix="trunkline-file-") as file:
        file.write(content)
        file.flush()
        yield Path(file.name)
