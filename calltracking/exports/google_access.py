"""Access tokens of Google: what is sent for one, and what is answered (RFC 7523, RFC 6749 §6). No I/O here.

The secret is one of the two files an administrator can get: the key of a service account (the console's "Create new
key"), or what `gcloud auth application-default login` leaves for a person (`authorized_user`). Signing one assertion
an hour is all google-auth would be needed for.
"""

import base64
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal
from urllib.parse import urlencode

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from calltracking.exports.conversion import Request
from trunkline.notjson import NOT_JSON

TOKEN_URL: Final = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address. That in the key's file is not obeyed.
SCOPE: Final = "https://www.googleapis.com/auth/datamanager"
GOOD_FOR: Final = 3600
"""Seconds: Google takes no assertion that is good for longer."""
LONGEST_KEY: Final = 5000
_LEAST_BITS: Final = 2048
_EARLY: Final = 120.0
_TOKEN = re.compile(r"[\x21-\x7e]{1,2048}").fullmatch


class ServiceAccount(msgspec.Struct, frozen=True, tag="service_account", tag_field="type"):
    """A program's account with its private key in PEM."""

    client_email: str
    private_key: str
    private_key_id: str = ""


class AuthorizedUser(msgspec.Struct, frozen=True, tag="authorized_user", tag_field="type"):
    """A person who let a program act for him."""

    client_id: str
    client_secret: str
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Token:
    """Good until `until`, Unix seconds; shortly before, a new one is asked for."""

    value: str = field(repr=False)
    until: float

    def fresh(self, now: float) -> bool:
        """Whether it may still be used."""
        return now < self.until - _EARLY


class _Answer(msgspec.Struct):
    access_token: str
    expires_in: float
    token_type: Literal["Bearer"]


class _Refusal(msgspec.Struct):
    error: str = ""
    error_description: str = ""


def read_key(text: str) -> ServiceAccount | AuthorizedUser:
    """Raises ValueError, without a word of the secret."""
    try:
        key = msgspec.json.decode(text, type=ServiceAccount | AuthorizedUser)
    except NOT_JSON:
        raise ValueError("neither the key of a service account nor that of an authorized user") from None
    if isinstance(key, ServiceAccount):
        _private(key.private_key)
    return key


def is_key(text: str) -> bool:
    """Whether a token can be asked for with it."""
    try:
        read_key(text)
    except ValueError:
        return False
    return len(text) <= LONGEST_KEY


def token_request(secret: str, now: float) -> Request:
    """What is sent for a token; raises ValueError."""
    match read_key(secret):
        case ServiceAccount() as key:
            form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": _assertion(key, now)}
        case AuthorizedUser(client_id, client_secret, refresh_token):
            form = {
                "grant_type": "refresh_token",
                "client_id": client_id,
                "client_secret": client_secret,
                "refresh_token": refresh_token,
            }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Request("POST", TOKEN_URL, headers, urlencode(form).encode())


def read_token(answer: bytes, now: float) -> Token:
    """Out of an answer; raises ValueError."""
    try:
        told = msgspec.json.decode(answer, type=_Answer)
    except NOT_JSON:
        raise ValueError("Google's answer holds no access token") from None
    if not _TOKEN(told.access_token):
        raise ValueError("Google's answer holds no access token")
    return Token(told.access_token, now + told.expires_in)


def read_refusal(answer: bytes) -> tuple[str, str]:
    """Why there is no token: the code of RFC 6749 §5.2, and Google's words."""
    try:
        told = msgspec.json.decode(answer, type=_Refusal)
    except NOT_JSON:
        return "", ""
    return told.error[:100], told.error_description[:300]


def _assertion(key: ServiceAccount, now: float) -> str:
    issued = int(now)
    claims = {"iss": key.client_email, "scope": SCOPE, "aud": TOKEN_URL, "iat": issued, "exp": issued + GOOD_FOR}
    head = {"alg": "RS256", "typ": "JWT", "kid": key.private_key_id}
    signed = b".".join(_base64url(msgspec.json.encode(part)) for part in (head, claims))
    signature = _private(key.private_key).sign(signed, PKCS1v15(), hashes.SHA256())
    return b".".join((signed, _base64url(signature))).decode()


@lru_cache(maxsize=4)
def _private(pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey) or key.key_size < _LEAST_BITS:
        raise ValueError(f"private_key is no RSA key of {_LEAST_BITS} bits or more")
    return key


def _base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
