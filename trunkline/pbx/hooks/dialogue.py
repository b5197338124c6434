"""What takes several requests of a provider's API: it yields each and is sent what came back. No I/O here.

The providers' folders write dialogues; `talking.py` carries them out.
"""

import ipaddress
from collections.abc import Generator
from typing import Final, TypeVar
from urllib.parse import urlsplit

from trunkline.outbox.event import Fault, Sent
from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest

Told = TypeVar("Told")
_REST: Final = 60.0

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


def refusal_of(fault: Fault) -> Refused | Unclear:
    """What no answer came of, or none that is the API's own."""
    if fault.retry_after is not None or fault.status in {429, 503}:
        return Refused(fault.reason, fault.retry_after or _REST)
    if fault.refusal is not None or (fault.status is not None and fault.sent is Sent.ANSWERED):
        return Refused(fault.reason)  # an address we may not ask, or one that sends us elsewhere
    return Unclear(fault.reason)


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
