"""A file of contacts or spam numbers from a browser, with the fields of its form."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from trunkline.contacts.imports import DEFAULT_SOURCE, ImportOptions
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _
from trunkline.web.uploads import receive_form

_LONGEST_SOURCE = 60
_FIELDS = frozenset({"source", "replace"})


@dataclass(frozen=True, slots=True)
class Upload:
    """What was sent; the file lies at `path` and belongs to the caller."""

    path: Path
    file_name: str
    options: ImportOptions


async def receive_upload(request: web.Request, path: Path, most_bytes: int) -> Upload:
    """Read a multipart form with `source`, `replace` and `file`; raises InvalidInput and leaves no file."""
    form = await receive_form(request, path, most_bytes, _FIELDS, _larger)
    try:
        return Upload(path, form.file_name, _options(form.fields, form.size))
    except InvalidInput:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        raise


def _larger(megabytes: int) -> str:
    return _("is larger than %(number)s MB; part it") % {"number": megabytes}


def _options(fields: Mapping[str, str], size: int) -> ImportOptions:
    source = " ".join(fields.get("source", "").split()) or DEFAULT_SOURCE
    mistakes = []
    if len(source) > _LONGEST_SOURCE or not source.isprintable():
        mistakes.append(Mistake("source", _("must be a name of 1 to 60 characters")))
    if not size:
        mistakes.append(Mistake("file", _("choose a file")))
    if mistakes:
        raise InvalidInput(*mistakes)
    return ImportOptions(source, replace_source="replace" in fields, dry_run=True)
