"""What takes several requests of a provider's API: it yields each and is sent what came back. No I/O here.

The providers' folders write dialogues; `keeping.py` carries them out.
"""

import ipaddress
from collections.abc import Generator
from typing import TypeVar
from urllib.parse import urlsplit

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest

Told = TypeVar("Told")

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
    """Whether a key may be sent there: by TLS, or in the clear to this machine or an address within."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_within(host)))


def _is_within(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_private
    except ValueError:
        return False
