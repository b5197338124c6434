"""Numbers and extensions as hosted PBXs spell them. No I/O here."""

import re
from typing import Final

_FULL: Final = re.compile(r"[1-79][0-9]{10,14}").fullmatch
_EXTENSION: Final = re.compile(r"[0-9]{2,6}").fullmatch


def number(text: str) -> str:
    """A number with its country code gets the `+` that PBXs leave away; anything else stays as it came."""
    return f"+{text}" if _FULL(text) else text


def extension(text: str) -> str:
    """`text` where it is an extension of two to six digits, else nothing."""
    return text if _EXTENSION(text) else ""
