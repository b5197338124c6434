"""HTTP Basic (RFC 7617) of a request against the login and the live passwords. No I/O here."""

import base64
import binascii
import hmac
from collections.abc import Sequence

HEADER = "authorization"


def fits(header: str, login: str, passwords: Sequence[str]) -> bool:
    """Whether the header carries the login and one of the passwords; every one is tried, so the time tells nothing."""
    given = _credentials(header)
    return max((hmac.compare_digest(given, f"{login}:{one}".encode()) for one in passwords), default=False)


def _credentials(header: str) -> bytes:
    """`login:password` as it was sent; empty where the header is none of this kind."""
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""
