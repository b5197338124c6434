"""The signature of a webhook. No I/O here.

`Trunkline-Signature: t=<Unix seconds>,v1=<HMAC-SHA256 of "<t>.<body>" in hex>`
"""

import hmac

HEADER = "Trunkline-Signature"
TOLERANCE_SECONDS = 300


def sign(secret: bytes, body: bytes, at: int) -> str:
    """The header's value for `body` sent at `at`."""
    return f"t={at},v1={_digest(secret, body, at)}"


def verify(secret: bytes, body: bytes, header: str, now: float) -> bool:
    """What a receiver does: the signature is right and not older than five minutes."""
    fields = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    if not fields.get("t", "").isdecimal():
        return False
    at = int(fields["t"])
    fresh = abs(now - at) <= TOLERANCE_SECONDS
    return hmac.compare_digest(_digest(secret, body, at), fields.get("v1", "")) and fresh


def _digest(secret: bytes, body: bytes, at: int) -> str:
    return hmac.digest(secret, f"{at}.".encode() + body, "sha256").hex()
