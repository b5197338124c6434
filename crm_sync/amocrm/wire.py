"""What an account answers: a result, or a fault in words for who looks after it. No I/O here.

Statuses and the shape of errors: crm.md §3.1, §6.3.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from crm_sync.answer import Bad, Tokens
from trunkline.notjson import NOT_JSON
from trunkline.outbox.event import Fault, Refusal, Sent
from trunkline.web.i18n import mark

Query = Sequence[tuple[str, str | int]]
"""What a list is asked by."""

_EXCERPT: Final = 1000
_GONE: Final = frozenset({301, 302, 303, 307, 308, 404, 410})
_MOST_ERRORS: Final = 3
UNKNOWN_HERE: Final = "not found"
"""`said` of an answer that the thing asked for is not there (any more)."""

WORDS: Final[Mapping[str, str]] = {
    "invalid_grant": mark("the sign-in has ended or was taken back: connect the account again on the page of the CRM"),
    "auth_failed": mark("amoCRM does not take the token: it has ended, was taken back, or is of another account"),
    "unpaid": mark("the account is not paid for"),
    "forbidden": mark("who signed in may not do this in amoCRM: an administrator of the account has to connect it"),
    "blocked": mark("amoCRM shuts our address out (HTTP 403): its support lifts that"),
    "no_portal": mark("there is no account at this address: was it renamed?"),
    "too_often": mark("amoCRM was asked too often"),
    "not_a_token": mark("this is no token of amoCRM"),
}


@dataclass(frozen=True, slots=True)
class Good:
    """A result; None where there is nothing (204)."""

    result: Any


class _Error(msgspec.Struct):
    code: str = ""
    path: str = ""
    detail: str = ""


class _Errors(msgspec.Struct):
    errors: list[_Error] = []


class _Problem(msgspec.Struct, rename={"validation": "validation-errors"}):
    title: str
    status: int = 0
    detail: str = ""
    hint: str = ""
    validation: list[_Errors] = []


def read(status: int, body: bytes, *, pause: float | None = None) -> Good | Bad:
    """`pause` is that of Retry-After, in seconds; a body that was cut is no answer."""
    if status in {202, 204}:  # taken, and nothing there
        return Good(None)
    if 200 <= status < 300:
        try:
            return Good(msgspec.json.decode(body))
        except NOT_JSON:
            words = "amoCRM answered with something other than JSON"
            return Bad(Fault(words, Sent.MAYBE), answer=_excerpt(body))
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except NOT_JSON:
        problem = None
    return _refused(status, problem, body, pause)


def _refused(status: int, problem: _Problem | None, body: bytes, pause: float | None) -> Bad:
    """In the order of the classes: what asks to slow down, to sign in, to be mended; then what is wrong with it."""
    said = _said(problem) if problem else ""
    tail = f" ({said})" if said else ""
    code, refusal, words = "", None, f"a server before amoCRM answered HTTP {status} in its place"
    match status:
        case 429:
            code, words = "too_often", WORDS["too_often"]
        case 401:
            code, words = "auth_failed", WORDS["auth_failed"]
        case 402:
            code, words = "unpaid", WORDS["unpaid"]
        case 403:
            code = "forbidden" if problem else "blocked"
            words = WORDS[code]
        case _ if problem is not None and status == 404:
            words, said, refusal = "amoCRM knows no such thing any more", UNKNOWN_HERE, Refusal.NEVER
        case _ if problem is not None and status < 500:
            words, refusal = "amoCRM refuses it", Refusal.NEVER
        case _ if status in _GONE:
            code, words = "no_portal", WORDS["no_portal"]
        case _ if status < 500:
            refusal = Refusal.LATER
    return Bad(Fault(f"{words}{tail}", Sent.ANSWERED, status, code, refusal, pause), said, _excerpt(body))


def _said(problem: _Problem) -> str:
    """`0.responsible_user_id: NotSupportedChoice` and the like: never a value that was sent."""
    errors = [one for many in problem.validation for one in many.errors]
    told = [f"{one.path}: {one.code}" for one in errors[:_MOST_ERRORS]]
    return ("; ".join(told) or problem.detail or problem.title)[:300]


def reading(bad: Bad) -> Bad:
    """Of a request that only reads: whatever became of it, nothing was done there."""
    unsure = bad.fault.sent is Sent.MAYBE or (bad.fault.status or 0) >= 500
    return replace(bad, fault=replace(bad.fault, sent=Sent.NO)) if unsure else bad


class _Granted(msgspec.Struct):
    access_token: str
    refresh_token: str
    expires_in: float


class _Claims(msgspec.Struct):
    """Of what an access token says of itself (a JWT): `sub` is who signed in."""

    exp: float = 0.0
    sub: str | int = ""


def read_tokens(status: int, body: bytes, portal: str, now: float) -> Tokens | Bad:
    """Of `/oauth2/access_token`. A code or refresh token that is refused is never taken: somebody has to sign in."""
    try:
        told = msgspec.json.decode(body, type=_Granted, strict=False)
    except NOT_JSON:
        if status in {400, 401, 404}:
            return Bad(Fault(WORDS["invalid_grant"], Sent.ANSWERED, status, "invalid_grant"))
        found = read(status, body)
        if isinstance(found, Bad) and status in {403, 429}:
            return found
        words = f"the token server answered HTTP {status} without a token"
        return Bad(Fault(words, Sent.ANSWERED, refusal=Refusal.LATER))
    user = _user(claims_of(told.access_token))
    return Tokens(told.access_token, told.refresh_token, now + told.expires_in, portal, user)


def read_long_lived(token: str, portal: str) -> Tokens | None:
    """One that a person pasted, as good as it says itself; None for what is no token."""
    claims = claims_of(token)
    return Tokens(token, "", claims.exp, portal, _user(claims)) if claims.exp > 0 else None


def claims_of(token: str) -> _Claims:
    """What a token says of itself, unverified: only the CRM can tell whether it is good."""
    parts = token.split(".")
    if len(parts) != 3 or not token.isascii():
        return _Claims()
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=_Claims)
    except (*NOT_JSON, ValueError):
        return _Claims()


def _user(claims: _Claims) -> int:
    told = str(claims.sub)
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 16 else 0


def _excerpt(body: bytes) -> str:
    return body[:_EXCERPT].decode("utf-8", "replace")
