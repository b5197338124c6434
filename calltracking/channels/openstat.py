"""The mark `_openstat`: `service;campaign;ad;place`, as it is or in Base64. No I/O here."""

import base64
import binascii
import re
from typing import Final

from calltracking.channels.address import clean, decoded
from calltracking.channels.source import LONGEST_TEXT, Openstat

_MOST: Final = 2048
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_STANDARD: Final = str.maketrans("-_ ", "+/+")


def read_openstat(text: str) -> Openstat | None:
    """None where the text is no such mark; parts that are not there stay empty."""
    text = text.strip()[:_MOST]
    if ";" not in text:
        text = _opened(text)
    service, *rest = (clean(part, LONGEST_TEXT) for part in text.split(";", 3))
    if not rest or not service:
        return None
    return Openstat(clean(service.lower(), LONGEST_TEXT), *rest)


def _opened(text: str) -> str:
    """What the Base64 holds, or nothing. A space in it was a plus before the address was decoded."""
    text = text.translate(_STANDARD)
    if not _BASE64.fullmatch(text):
        return ""
    bare = text.rstrip("=")
    try:
        octets = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return ""
    try:
        return decoded(octets.decode("utf-8"))
    except UnicodeDecodeError:
        return octets.decode("cp1251", "replace")
