"""What takes several requests of a provider's API: it yields each and is sent what came back. No I/O here.

The providers' folders write dialogues; `keeping.py` carries them out.
"""

from collections.abc import Generator
from typing import Final, TypeVar
from urllib.parse import urlsplit

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest

Told = TypeVar("Told")
_NEAR: Final = frozenset({"127.0.0.1", "localhost"})

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
