"""A multipart form with one file, as it comes in: streamed to the disk, its other fields read beside it."""

import asyncio
from collections.abc import Awaitable, Callable, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from trunkline.errors import InvalidInput, Mistake
from trunkline.folders import private_folder
from trunkline.web.i18n import gettext as _
from trunkline.web.receiving import BodyLate

_T = TypeVar("_T")
_LONGEST_FIELD: Final = 1000
_CHUNK: Final = 1 << 16
_STALLED_SECONDS: Final = 60.0
"""Who sends nothing for so long has gone, or holds a place that others need."""
_UNHURRIED_SECONDS: Final = 60.0
_LEAST_RATE: Final = 10_000
"""Bytes a second, on an average, that have to have come by then: a byte a minute would hold a place for ever."""
# What aiohttp raises on a form cut short, a part's headers that are none, an encoding nobody knows.
_GARBLED: Final = (ValueError, LookupError, RuntimeError, HttpProcessingError)


@dataclass(slots=True)
class Form:
    """What was sent: the file's own name and bytes, empty and 0 where there was none, and the fields."""

    file_name: str = ""
    size: int = 0
    fields: dict[str, str] = field(default_factory=dict)


async def receive_form(
    request: web.Request,
    path: Path,
    most_bytes: int,
    names: Set[str],
    larger: Callable[[int], str],
    wanted: Callable[[Form], Awaitable[bool]] | None = None,
) -> Form:
    """Read `file` to `path` and the fields of `names`; raises InvalidInput and leaves no file.

    `larger` says, with the megabytes there may be, what is wrong with a file that has more. `wanted` is asked before a
    byte of the file is written, with its name and the fields that came before it: of False nothing is written. What is
    there twice is refused. Raises BodyLate where nothing comes for a minute, or too little in many.
    """
    if request.content_type != "multipart/form-data":
        raise InvalidInput(Mistake("file", _("choose a file")))
    form, coming = Form(), _Coming(request)
    try:
        reader = await request.multipart()
        while (part := await coming.in_time(reader.next())) is not None:
            if not isinstance(part, BodyPartReader):
                continue
            _check_once(form, part.name)
            if part.name == "file":
                form.file_name = _plain_name(part.filename)
                if wanted is None or await wanted(form):
                    form.size = await _save(coming, part, path, most_bytes, larger)
            elif part.name is not None and part.name in names:
                form.fields[part.name] = (await coming.in_time(part.read_chunk(_LONGEST_FIELD))).decode(
                    errors="replace"
                )
            while await coming.in_time(part.read_chunk(_CHUNK)):
                pass  # what is not kept of it, however long it is
    except BaseException as error:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        if isinstance(error, _GARBLED):
            raise InvalidInput(Mistake("file", _("did not arrive whole; send it again"))) from error
        raise
    return form


def _check_once(form: Form, name: str | None) -> None:
    """Raise InvalidInput for what came already: one of them would be dropped."""
    if name in form.fields or (name == "file" and form.file_name):
        raise InvalidInput(Mistake(name, _("is there twice: a form has one")))


@dataclass(slots=True)
class _Coming:
    """A form on its way: how long it was waited for, in seconds, without what we did meanwhile."""

    request: web.Request
    waited: float = 0.0

    async def in_time(self, next_of_it: Awaitable[_T]) -> _T:
        """What comes next; raises BodyLate."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(_STALLED_SECONDS):
                came = await next_of_it
        except TimeoutError:
            raise self._late() from None
        self.waited += loop.time() - began
        if self.waited > _UNHURRIED_SECONDS and self.request.content.total_bytes < _LEAST_RATE * self.waited:
            raise self._late()
        return came

    def _late(self) -> BodyLate:
        late = BodyLate()
        self.request.content.set_exception(late)  # nobody waits for the rest
        return late


async def _save(
    coming: _Coming, part: BodyPartReader, path: Path, most_bytes: int, larger: Callable[[int], str]
) -> int:
    await asyncio.to_thread(private_folder, path.parent)
    size = 0
    file = await asyncio.to_thread(path.open, "wb")
    try:
        while chunk := await coming.in_time(part.read_chunk(_CHUNK)):
            size += len(chunk)
            if size > most_bytes:
                raise InvalidInput(Mistake("file", larger(most_bytes >> 20)))
            file.write(chunk)
    finally:
        file.close()
    return size


def _plain_name(name: str | None) -> str:
    """The file's name without its folders and without what cannot be shown."""
    bare = (name or "").replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in bare if letter.isprintable())[:200] or "file"
