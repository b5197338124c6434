"""Proves that an address of ours is reached, without knowing any PBX's secret: one made of the installation's key."""

import hmac
import re
from base64 import urlsafe_b64encode
from typing import Final

from trunkline.crypto import SecretBox

LIFETIME_SECONDS: Final = 60
ANSWER: Final = b"reached"
_PROBE: Final = re.compile(r"probe-([0-9]{1,12})-([\w-]{22})", re.ASCII).fullmatch


def probe_secret(box: SecretBox, now: float) -> str:
    """A secret that opens no PBX, and is answered with ANSWER for a minute."""
    return f"probe-{int(now)}-{_signed(box, int(now))}"


def is_probe(secret: str, box: SecretBox, now: float) -> bool:
    """Whether this installation made it, lately."""
    match = _PROBE(secret)
    if match is None or abs(now - int(match[1])) > LIFETIME_SECONDS:
        return False
    return hmac.compare_digest(_signed(box, int(match[1])).encode(), match[2].encode())


def _signed(box: SecretBox, moment: int) -> str:
    return urlsafe_b64encode(box.sign("hook probe", str(moment).encode())).rstrip(b"=").decode()
