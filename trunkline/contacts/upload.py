"""A file of contacts or spam numbers from a browser: streamed to the disk, with the fields of its form."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from trunkline.contacts.imports import DEFAULT_SOURCE, ImportOptions
from trunkline.errors import InvalidInput, Mistake
from trunkline.folders import private_folder
from trunkline.web.i18n import gettext as _

_LONGEST_FIELD = 1000
_LONGEST_SOURCE = 60
# What aiohttp raises on a form cut short, a part's headers that are none, an encoding nobody knows.
_GARBLED = (ValueError, LookupError, RuntimeError, HttpProcessingError)
_FIELDS = frozenset({"source", "replace"})


@dataclass(frozen=True, slots=True)
class Upload:
    """What was sent; the file lies at `path` and belongs to the caller."""

    path: Path
    file_name: str
    options: ImportOptions


async def receive_upload(request: web.Request, path: Path, most_bytes: int) -> Upload:
    """Read a multipart form with `source`, `replace` and `file`; raises InvalidInput and leaves no file."""
    if request.content_type != "multipart/form-data":
        raise InvalidInput(Mistake("file", _("choose a file")))
    fields: dict[str, str] = {}
    file_name, size = "", 0
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            if part.name == "file":
                file_name, size = _plain_name(part.filename), await _save(part, path, most_bytes)
            elif part.name in _FIELDS:
                fields[part.name] = (await part.read_chunk(_LONGEST_FIELD)).decode(errors="replace")
        return Upload(path, file_name, _options(fields, size))
    except BaseException as error:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        if isinstance(error, _GARBLED):
            raise InvalidInput(Mistake("file", _("did not arrive whole; send it again"))) from error
        raise


async def _save(part: BodyPartReader, path: Path, most_bytes: int) -> int:
    await asyncio.to_thread(private_folder, path.parent)
    size = 0
    file = await asyncio.to_thread(path.open, "wb")
    try:
        while chunk := await part.read_chunk(1 << 16):
            size += len(chunk)
            if size > most_bytes:
                megabytes = {"number": most_bytes >> 20}
                raise InvalidInput(Mistake("file", _("is larger than %(number)s MB; part it") % megabytes))
            file.write(chunk)
    finally:
        file.close()
    return size


def _options(fields: dict[str, str], size: int) -> ImportOptions:
    source = " ".join(fields.get("source", "").split()) or DEFAULT_SOURCE
    mistakes = []
    if len(source) > _LONGEST_SOURCE or not source.isprintable():
        mistakes.append(Mistake("source", _("must be a name of 1 to 60 characters")))
    if not size:
        mistakes.append(Mistake("file", _("choose a file")))
    if mistakes:
        raise InvalidInput(*mistakes)
    return ImportOptions(source, replace_source="replace" in fields, dry_run=True)


def _plain_name(name: str | None) -> str:
    """The file's name without its folders and without what cannot be shown."""
    bare = (name or "").replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in bare if letter.isprintable())[:200] or "file"
