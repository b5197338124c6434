"""Numbers and extensions as hosted PBXs spell them. No I/O here."""

import re
from typing import Final

_EXTENSION: Final = re.compile(r"[0-9]{2,6}").fullmatch
_FULL: Final = re.compile(r"[1-79][0-9]{10,14}").fullmatch
_NATIONAL: Final = re.compile(r"[3-9][0-9]{9}").fullmatch


def number_with_plus(text: str) -> str:
    """A number with its country code gets the `+` that is left away; anything else stays as it came."""
    return f"+{text}" if _FULL(text) else text


def number_of_russia(text: str) -> str:
    """Ten digits are a Russian number without its country code; anything else as `number_with_plus`."""
    return f"+7{text}" if _NATIONAL(text) else number_with_plus(text)


def extension_in(text: str) -> str:
    """`text` where it can be an extension, two to six digits; else empty."""
    return text if _EXTENSION(text) else ""
