"""Secrets that a provider sends in the open, taken out of what is kept and shown of its requests. No I/O here."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, Protocol, runtime_checkable
from urllib.parse import quote, quote_plus

import msgspec

from trunkline.pbx.hooks.port import Account, Provider

_HIDDEN: Final = b"***"
_SHORTEST: Final = 12
"""A shorter secret stands in a body by chance, as a password of four digits does in a number of the caller's."""


@runtime_checkable
class Carrying(Protocol):
    """A provider whose requests carry a secret in the open."""

    @property
    def carried(self) -> Sequence[str]:
        """The fields it stands in."""


def carried_by(provider: Provider) -> Sequence[str]:
    """Fields of its requests that nobody may read, whatever stands in them: the right secret is wrong while ours is."""
    return provider.carried if isinstance(provider, Carrying) else ()


def spelled(secrets: Iterable[str]) -> Sequence[bytes]:
    """Each of the long secrets as it is and as forms and JSON spell it, the longest first."""
    return sorted({one for secret in secrets for one in _spellings(secret)}, key=len, reverse=True)


def without_secrets(text: bytes, spellings: Sequence[bytes], carried: Iterable[str] = ()) -> bytes:
    """`text` without what the fields `carried` hold, and with each of the `spelled` secrets hidden.

    What is signed carries no secret, so of a signed request every byte stays.
    """
    for name in carried:
        for needed, way, hidden in _ways(name):
            if needed in text:
                text = way.sub(hidden, text)
    for spelling in spellings:
        text = text.replace(spelling, _HIDDEN)
    return text


def words_without_secrets(words: str, account: Account) -> str:
    """What an API said of a fault: some repeat the key they do not know."""
    text = words.encode(errors="replace")
    return without_secrets(text, spelled(account.secrets.values())).decode(errors="replace")


@lru_cache
def _ways(name: str) -> Sequence[tuple[bytes, re.Pattern[bytes], bytes]]:
    """In XML, in multipart, in JSON, in a form or a query: what none is without, what stands before its value with the
    value, and what is kept of that.

    Bounded, so that a body made for it takes no time.
    """
    bare = name.encode()
    named = re.escape(bare)
    xml = rb"(<(?:[\w.-]{1,40}:)?%b(?:\s[^<>]{0,500})?>)(?:<!\[CDATA\[|[^<])*" % named
    multipart = rb'(name="?%b\b[^\r\n]{0,100}\r?\n(?:[^\r\n]{1,100}\r?\n){0,3}\r?\n)[^\r\n]*' % named
    json = rb'("%b"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|[^,}\s]+)' % named
    form = rb"(%b=(?<![^&\s]%b=))[^&\s]*" % (named, named)  # its letters first: those are looked for fast
    return (
        (b"<", re.compile(xml), rb"\1***"),
        (b"\n", re.compile(multipart), rb"\1***"),
        (b'"%b"' % bare, re.compile(json), rb'\1"***"'),
        (b"%b=" % bare, re.compile(form), rb"\1***"),
    )


def _spellings(secret: str) -> Iterator[bytes]:
    if len(secret) >= _SHORTEST:
        yield secret.encode(errors="replace")
        yield quote(secret, safe="").encode()
        yield quote_plus(secret).encode()
        yield msgspec.json.encode(secret)[1:-1]
