"""A request to a provider's API and its answer, as values: what the providers' folders make and read. No I/O here.

What takes several requests is a dialogue: it yields each and is sent what came back. `api.py` and `keeping.py` send.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar
from urllib.parse import urlsplit

Told = TypeVar("Told")
_NEAR: Final = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """`headers` and `body` may hold secrets: neither is ever logged or shown."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """Of whatever status but 429 and a redirect; what it means the provider's folder knows."""

    status: int
    body: bytes


Dialogue = Generator[ApiRequest, ApiAnswer, Told]
"""Requests one after another; its value is what was learned. It may raise Refused and Unclear."""


class Refused(Exception):
    """The provider does not do it: asked again the same way it would not either. `why` in its own words.

    `rest` in seconds: it asks to be left in peace so long.
    """

    def __init__(self, why: str, rest: float | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.rest = rest


class Unclear(Exception):
    """Its answer says nothing of whether it was done: it has to be looked at again."""


def is_api_address(address: str) -> bool:
    """Whether a token may be sent there: by TLS, or to a proxy on this machine."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _NEAR))
