"""An address taken apart, whatever is wrong with it: host, path and tags. No I/O here."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from calltracking.channels.source import LONGEST_PATH

LONGEST_ADDRESS: Final = 8192
LONGEST_HOST: Final = 253
_MOST_TAGS: Final = 200
_PARTS: Final = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//([^/?#\\]*)", re.IGNORECASE)
_HOST: Final = re.compile(r"[\w.:-]+")
_UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
_UNFILLED: Final = re.compile(r"\{.*\}|\[[A-Z_]+\]|%%.*%%|__[A-Z_]+__")
"""What an advertising system would have filled in: {keyword}, {{ad.name}}, [SOURCE], __CAMPAIGN__."""
_OPENS: Final = frozenset("{[%_")


@dataclass(frozen=True, slots=True)
class Address:
    """`host` in small letters without www, `tags` by name in small letters: the first value that is not empty."""

    host: str
    path: str
    tags: Mapping[str, str]


def read_address(text: str) -> Address:
    """Any text; what cannot be read is left empty."""
    text = text[:LONGEST_ADDRESS]
    before, _, fragment = text.partition("#")
    base, _, query = before.partition("?")
    match = _PARTS.match(base)
    path = base[match.end() :] if match else base.strip()
    tags: dict[str, str] = {}
    for name, value in (*_pairs(query), *_pairs(fragment.rpartition("?")[2])):
        if value:
            tags.setdefault(name, value)
    return Address(host_of(match[1]) if match else "", _path(path), tags)


def host_of(authority: str) -> str:
    """The host of `user@host:port` in small letters, without www; names in other letters as people read them."""
    return _read_host(authority) if len(authority) > LONGEST_HOST else _known_host(authority)


def _read_host(authority: str) -> str:
    host = authority.rpartition("@")[2].strip().lower()
    host = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    host = host.strip(".").removeprefix("www.")[:LONGEST_HOST]
    if "xn--" in host:
        host = ".".join(map(_readable, host.split(".")))[:LONGEST_HOST]
    return host if _HOST.fullmatch(host) else ""


_known_host = lru_cache(4096)(_read_host)
"""Most visits come to and from a few hosts."""


def clean(text: str, longest: int) -> str:
    """Without control characters and needless spaces, cut to `longest` characters."""
    if not (text.isascii() and text.isprintable() and "  " not in text):
        text = " ".join(_UNFIT.sub(" ", text).split())
    return text.strip()[:longest].rstrip()


def decoded(text: str) -> str:
    """Percent-encoding undone: UTF-8, else Windows-1251, as old Russian sites and mailers write it."""
    if "%" not in text:
        return text
    octets = unquote_to_bytes(text.encode("utf-8", "replace"))
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("cp1251", "replace")


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    for pair in query.split("&", _MOST_TAGS)[:_MOST_TAGS]:
        name, separator, value = pair.partition("=")
        if separator:
            name = decoded(name).strip().lower().removeprefix("amp;")
            value = decoded(value.replace("+", " ")).strip()
            yield name, "" if value[:1] in _OPENS and _UNFILLED.fullmatch(value) else value


def _path(path: str) -> str:
    return clean(decoded(path if path.startswith("/") else f"/{path}"), LONGEST_PATH) or "/"


def _readable(label: str) -> str:
    """A label of a host name out of its ASCII form, if it is one."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode").lower()
    except (UnicodeError, ValueError):
        return label
