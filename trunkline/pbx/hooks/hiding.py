"""Secrets that a provider sends in the open, taken out of what is kept and shown of its requests. No I/O here."""

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus

import msgspec

_HIDDEN: Final = b"***"
_SHORTEST: Final = 4
"""A shorter secret stands in every body by chance."""


def without_secrets(text: bytes, secrets: Iterable[str]) -> bytes:
    """`text` with each of the secrets hidden, as it is and as forms and JSON spell it.

    What is signed carries no secret, so of a signed request every byte stays.
    """
    for spelling in sorted({one for secret in secrets for one in _spellings(secret)}, key=len, reverse=True):
        text = text.replace(spelling, _HIDDEN)
    return text


def _spellings(secret: str) -> Iterator[bytes]:
    if len(secret) >= _SHORTEST:
        yield secret.encode(errors="replace")
        yield quote(secret, safe="").encode()
        yield quote_plus(secret).encode()
        yield msgspec.json.encode(secret)[1:-1]
