"""A push service as RFC 8030 has it, over TLS: it takes what is signed by RFC 8292, and its own browser decrypts it.

The browser's side of RFC 8291 is written here again, with other means where there are any (our own side is also held to
the RFC's example); the signature is checked against the key in the header.
"""

import asyncio
import hmac
import json
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from softphone_card.push.sealing import base64url, from_base64url, new_key, point, read_point
from tests.fakes.certificates import make


class Pushed(NamedTuple):
    """A message as the browser reads it, with the headers that came along."""

    letter: dict[str, Any]
    headers: dict[str, str]
    claims: dict[str, Any]
    key: str


class PushService:
    """One browser's subscriptions at one service; `status` is what the service answers."""

    def __init__(self) -> None:
        self.key, self.auth = new_key(), os.urandom(16)
        self.pushed: asyncio.Queue[Pushed] = asyncio.Queue()
        self.status = 201
        self.hold = asyncio.Event()
        self.hold.set()
        self.trusting = ssl.create_default_context()
        self.address = ""

    def subscription(self, name: str = "one") -> dict[str, Any]:
        """`PushSubscription.toJSON()`."""
        keys = {"p256dh": base64url(point(self.key)), "auth": base64url(self.auth)}
        return {"endpoint": f"{self.address}/push/{name}", "expirationTime": None, "keys": keys}

    async def hear(self) -> Pushed:
        """The next message."""
        return await asyncio.wait_for(self.pushed.get(), 20)

    async def take(self, request: web.Request) -> web.Response:
        """POST of a message."""
        body = await request.read()
        await self.hold.wait()
        scheme, _, rest = request.headers["Authorization"].partition(" ")
        assert scheme == "vapid"
        token, key = (part.strip().partition("=")[2] for part in rest.split(","))
        claims = _verified(token, key)
        assert claims["aud"] == self.address
        assert request.headers["Content-Encoding"] == "aes128gcm"
        plain = _opened(body, self.key, self.auth)
        assert len(body) <= 4096
        self.pushed.put_nowait(Pushed(json.loads(plain), dict(request.headers), claims, key))
        return web.Response(status=self.status)


def _opened(body: bytes, key: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """The one record of a message (RFC 8188, 8291 §3.4), without its padding."""
    salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
    sender, record = body[21 : 21 + length], body[21 + length :]
    assert len(record) <= size
    shared = key.exchange(ec.ECDH(), read_point(sender))
    secret = _hkdf(auth, shared, b"WebPush: info\0" + point(key) + sender, 32)
    cipher = AESGCM(_hkdf(salt, secret, b"Content-Encoding: aes128gcm\0", 16))
    plain = cipher.decrypt(_hkdf(salt, secret, b"Content-Encoding: nonce\0", 12), record, None).rstrip(b"\0")
    assert plain.endswith(b"\2"), "the last record"
    return plain[:-1]


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 for at most 32 bytes, by HMAC alone."""
    return hmac.digest(hmac.digest(salt, secret, "sha256"), info + b"\1", "sha256")[:length]


def _verified(token: str, key: str) -> dict[str, Any]:
    """The claims, if the key made the signature; raises InvalidSignature."""
    signed, _, signature = token.rpartition(".")
    raw = from_base64url(signature)
    pair = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    read_point(from_base64url(key)).verify(pair, signed.encode(), ec.ECDSA(hashes.SHA256()))
    head, claims = (json.loads(from_base64url(part)) for part in signed.split("."))
    assert head == {"typ": "JWT", "alg": "ES256"}
    return dict(claims)


@asynccontextmanager
async def push_service(folder: Path) -> AsyncIterator[PushService]:
    """A service on this machine, with a certificate that `trusting` trusts."""
    service = PushService()
    shown = make(folder / "push.pem", "localhost", "127.0.0.1", ca=True)
    service.trusting.load_verify_locations(shown.file)
    app = web.Application()
    app.add_routes([web.post("/push/{name}", service.take)])
    server = TestServer(app, scheme="https", host="127.0.0.1")
    await server.start_server(ssl=shown.server_side())
    service.address = f"https://localhost:{server.port}"
    try:
        yield service
    finally:
        await server.close()
