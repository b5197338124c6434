"""Where a provider has a recording, and what its answers mean. No I/O here."""

import hashlib
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

import msgspec
from yarl import URL

from recordings.recording import Stop
from trunkline.pbx.linked import is_address

_LONGEST_NAME: Final = 100
_SOUND: Final = frozenset(
    {
        "application/octet-stream",
        "application/ogg",
        "application/force-download",
        "application/x-download",
        "binary/octet-stream",
    }
)
"""Beside audio/* and video/*, in whose containers sound comes too: what servers say of a file they do not know."""
_TEXTS: Final = (b"<!doctype", b"<html", b"<?xml", b'{"')
_ENDED: Final = frozenset({401, 403, 410})
_NOT_YET: Final = frozenset({202, 204, 404, 409, 423, 425})


class Reference(msgspec.Struct, frozen=True):
    """What was told of it last: the provider's id, its link, or both."""

    recording_id: UUID
    provider_id: str
    url: str
    told_at: datetime


class Unfetched(Exception):
    """The provider's answer is not the recording. `pause`: in how many seconds it wants to be asked again."""

    def __init__(self, why: Stop, told: str, pause: float = 0.0) -> None:
        super().__init__(told)
        self.why = why
        self.told = told
        self.pause = pause


def file_of(provider_id: str, url: str) -> str:
    """The name that tells it from others of its call: by the provider's id, else by the whole link.

    Links differ in their query alone, and hold secrets there: only the end of the path is shown.
    """
    if provider_id:
        return f"provider/{provider_id}"
    name = PurePosixPath(URL(url, encoded=True).path).name[:_LONGEST_NAME]
    return f"link/{hashlib.sha256(url.encode()).hexdigest()[:16]}/{name if name.isprintable() else ''}".rstrip("/")


def status_of_sound(status: int, *, keyed: bool = False) -> Stop:
    """Why a link that answers so gives no sound; `keyed`: it was asked with our key, which may be what it refuses."""
    if keyed and status in {401, 403}:
        return Stop.UNAUTHORISED
    return Stop.ENDED if status in _ENDED else Stop.LATE if status in _NOT_YET else Stop.UNREACHED


def status_of_link(status: int) -> Stop:
    """Why a provider that answers so names no link."""
    return Stop.UNAUTHORISED if status in {401, 403} else Stop.LATE if status in {*_NOT_YET, 410} else Stop.UNREACHED


def may_be_sound(content_type: str) -> bool:
    """Whether a file of this media type, empty for none, may be one."""
    kind = content_type.partition(";")[0].strip().lower()
    return not kind or kind in _SOUND or kind.startswith(("audio/", "video/"))


def is_text(begin: bytes) -> bool:
    """Whether a file that begins so is a page or a message, whatever it is said to be."""
    return begin.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_TEXTS)


def led(here: URL, location: str) -> URL:
    """Where a redirect leads; never from https to http. Raises Unfetched."""
    try:
        there = here.join(URL(location, encoded=True))
        known = is_address(str(there))
    except ValueError:
        known = False
    if not known:
        raise Unfetched(Stop.UNREACHED, "it leads to what is no address")
    if here.scheme == "https" and there.scheme == "http":
        raise Unfetched(Stop.FORBIDDEN, "it leads from https to http")
    return there
