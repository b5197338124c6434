"""Google's OAuth 2.0 for web server applications: what is sent for a permission, and what is answered. No I/O here.

developers.google.com/identity/protocols/oauth2/web-server: `access_type=offline` with `prompt=consent` gives a refresh
token, which stays until it is revoked; an access token is good for an hour.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

import msgspec

from crm_sync.google.wire import Refused, Trouble
from trunkline.notjson import NOT_JSON

SCOPE: Final = "https://www.googleapis.com/auth/contacts"
_EARLY: Final = 120.0
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,2048}").fullmatch
_CLIENT_ID: Final = re.compile(r"[0-9a-z-]{1,150}\.apps\.googleusercontent\.com").fullmatch
_SECRET: Final = re.compile(r"[\x21-\x7e]{8,200}").fullmatch


@dataclass(frozen=True, slots=True)
class Hosts:
    """Where Google is."""

    sign_in: str = "https://accounts.google.com/o/oauth2/v2/auth"
    token: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    revoke: str = "https://oauth2.googleapis.com/revoke"
    people: str = "https://people.googleapis.com/v1/"


GOOGLE: Final = Hosts()


@dataclass(frozen=True, slots=True)
class Client:
    """The company's OAuth client."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Of one account; `until` are Unix seconds of the access token."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    until: float

    def fresh(self, now: float) -> bool:
        """Whether the access token may still be used."""
        return now < self.until - _EARLY


class _Answer(msgspec.Struct):
    access_token: str
    expires_in: float
    refresh_token: str = ""
    scope: str = ""


class _Refusal(msgspec.Struct):
    error: str = ""


def is_client_id(text: str) -> bool:
    """Whether it is a client's id as the console shows it."""
    return _CLIENT_ID(text) is not None


def is_secret(text: str) -> bool:
    """Whether it may be a client's secret."""
    return _SECRET(text) is not None


def sign_in_url(hosts: Hosts, client_id: str, back: str, state: str) -> str:
    """Where an employee's browser goes to let us into his contacts."""
    asked = {
        "client_id": client_id,
        "redirect_uri": back,
        "response_type": "code",
        "scope": SCOPE,
        "access_type": "offline",
        "prompt": "consent",
        "state": state,
    }
    return f"{hosts.sign_in}?{urlencode(asked)}"


def code_form(client: Client, code: str, back: str) -> Mapping[str, str]:
    """What is sent for the first tokens."""
    return _form(client, grant_type="authorization_code", code=code, redirect_uri=back)


def refresh_form(client: Client, refresh: str) -> Mapping[str, str]:
    """What is sent for another access token."""
    return _form(client, grant_type="refresh_token", refresh_token=refresh)


def read_tokens(status: int, body: bytes, now: float, refresh: str = "") -> Tokens:
    """Out of an answer, with the refresh token there was; raises Refused, without a word of a secret."""
    if status != 200:
        raise _refused(status, body)
    try:
        told = msgspec.json.decode(body, type=_Answer)
    except NOT_JSON:
        raise Refused(Trouble.AWAY, "Google's answer holds no token") from None
    kept = told.refresh_token or refresh
    if not _TOKEN(told.access_token) or not _TOKEN(kept):
        raise Refused(Trouble.AWAY, "Google's answer holds no token")
    if told.scope and SCOPE not in told.scope.split():
        raise Refused(Trouble.FORBIDDEN, "the permission to change contacts was not given")
    return Tokens(told.access_token, kept, now + told.expires_in)


def _refused(status: int, body: bytes) -> Refused:
    try:
        code = msgspec.json.decode(body, type=_Refusal).error
    except NOT_JSON:
        code = ""
    if status in (429, 500, 502, 503, 504):
        return Refused(Trouble.AWAY, f"HTTP {status} of Google's token server")
    signed_out = code == "invalid_grant"  # RFC 6749 §5.2; all else is the client's
    return Refused(Trouble.SIGNED_OUT if signed_out else Trouble.FORBIDDEN, f"no token: {code[:60] or status}")


def _form(client: Client, **more: str) -> Mapping[str, str]:
    return {"client_id": client.id, "client_secret": client.secret, **more}
