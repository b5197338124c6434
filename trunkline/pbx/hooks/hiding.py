"""Secrets that a provider sends in the open, taken out of what is kept and shown of its requests. No I/O here."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import quote, quote_plus

import msgspec

_HIDDEN: Final = b"***"
_SHORTEST: Final = 4
"""A shorter secret stands in every body by chance."""


def spelled(secrets: Iterable[str]) -> Sequence[bytes]:
    """Each of the secrets as it is and as forms and JSON spell it, the longest first."""
    return sorted({one for secret in secrets for one in _spellings(secret)}, key=len, reverse=True)


def without_secrets(text: bytes, spellings: Sequence[bytes]) -> bytes:
    """`text` with each of the `spelled` secrets hidden.

    What is signed carries no secret, so of a signed request every byte stays.
    """
    for spelling in spellings:
        text = text.replace(spelling, _HIDDEN)
    return text


def _spellings(secret: str) -> Iterator[bytes]:
    if len(secret) >= _SHORTEST:
        yield secret.encode(errors="replace")
        yield quote(secret, safe="").encode()
        yield quote_plus(secret).encode()
        yield msgspec.json.encode(secret)[1:-1]
