"""Sealing of secrets at rest and signing of what leaves and comes back, with the one key outside the database."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from trunkline.errors import TrunklineError

KEY_BYTES = 32
_NONCE_BYTES = 12
_SIGNATURE_BYTES = 16


class WrongKey(TrunklineError):
    """A secret was sealed with another key, or its bytes were changed."""


class SecretBox:
    """Seals secrets with AES-256-GCM and signs with HMAC-SHA256, each purpose under a key of its own."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the key is {len(key)} bytes long; it must be {KEY_BYTES}")
        self._cipher = AESGCM(self._derive(key, b"seal"))
        self._signing = self._derive(key, b"sign")

    def seal(self, secret: bytes) -> bytes:
        """Nonce and ciphertext; opened only by `open` with the same key."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, None)

    def open(self, sealed: bytes) -> bytes:
        """The secret; raises WrongKey."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
        except (InvalidTag, ValueError) as error:
            raise WrongKey("sealed with another key, or damaged") from error

    def sign(self, purpose: str, data: bytes) -> bytes:
        """Sixteen bytes that only this key makes for `data` under `purpose`."""
        message = purpose.encode() + b"\0" + data
        return hmac.digest(self._signing, message, "sha256")[:_SIGNATURE_BYTES]

    def verify(self, purpose: str, data: bytes, signature: bytes) -> bool:
        """Whether `sign` made `signature`; takes the same time either way."""
        return hmac.compare_digest(self.sign(purpose, data), signature)

    def fingerprint(self) -> str:
        """What tells this key from others and nothing of it: 32 hex digits."""
        return self.sign("fingerprint", b"").hex()

    @staticmethod
    def _derive(key: bytes, purpose: bytes) -> bytes:
        return hmac.digest(key, b"trunkline " + purpose, "sha256")


def token_hash(token: str) -> bytes:
    """What is kept of a token of 128 random bits or more: SHA-256 needs no salt there."""
    # What no token of ours holds must not stop the look-up: a header is bytes, and may be no text.
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def load_or_create_key(path: Path) -> bytes:
    """The key in `path` (64 hex digits), made at first use with mode 0600; two processes starting at once agree."""
    if not path.exists():
        with suppress(FileExistsError):
            keep_key(path, secrets.token_bytes(KEY_BYTES))
    return bytes.fromhex(path.read_text().strip())


def keep_key(path: Path, key: bytes) -> None:
    """Write `key` to `path` with mode 0600, whole or not at all; raises FileExistsError where there is one already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(key.hex())
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink()
