"""A message as a push service takes it: encrypted to one browser (RFC 8291), signed as ours (RFC 8292). No I/O here."""

import base64
import json
import struct
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_RECORD: Final = 4_096
_TOKEN_SECONDS: Final = 12 * 3_600
_LAST: Final = b"\x02"
"""The delimiter of a last record (RFC 8188 §2)."""

PrivateKey = ec.EllipticCurvePrivateKey


def new_key() -> PrivateKey:
    """A pair of keys on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def point(key: PrivateKey) -> bytes:
    """The public key as browsers write it: 65 bytes, uncompressed."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def read_point(raw: bytes) -> ec.EllipticCurvePublicKey:
    """A browser's public key; raises ValueError for what lies on no curve."""
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)


def encrypt(message: bytes, browser: bytes, auth: bytes, *, own: PrivateKey, salt: bytes) -> bytes:
    """`message` for the browser with the public key `browser` and the secret `auth`; `own` and `salt` serve once."""
    ours = point(own)
    shared = own.exchange(ec.ECDH(), read_point(browser))
    ikm = _derive(shared, auth, b"WebPush: info\0" + browser + ours, 32)
    key = _derive(ikm, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(ikm, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + struct.pack("!IB", _RECORD, len(ours)) + ours
    return head + AESGCM(key).encrypt(nonce, message + _LAST, None)


class Signer:
    """Says to push services who we are; a token serves one service for half its life."""

    def __init__(self, key: PrivateKey, subject: str, clock: Callable[[], float]) -> None:
        self._key = key
        self._subject = subject
        self._clock = clock
        self._kept: dict[str, tuple[float, str]] = {}
        self.public = base64url(point(key))

    def authorization(self, endpoint: str) -> str:
        """The header that goes with a message to `endpoint`."""
        parts = urlsplit(endpoint)
        audience = f"{parts.scheme}://{parts.netloc}"
        now = self._clock()
        until, token = self._kept.get(audience, (0.0, ""))
        if until <= now:
            token = self._token(audience, now + _TOKEN_SECONDS)
            if len(self._kept) > 100:
                self._kept.clear()
            self._kept[audience] = (now + _TOKEN_SECONDS / 2, token)
        return f"vapid t={token}, k={self.public}"

    def _token(self, audience: str, expires: float) -> str:
        claims = {"aud": audience, "exp": int(expires), "sub": self._subject}
        text = ".".join(base64url(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
        pair = decode_dss_signature(self._key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{base64url(b''.join(number.to_bytes(32, 'big') for number in pair))}"


def base64url(raw: bytes) -> str:
    """Base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The same back; raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)
