"""What a portal, or its token server, answers: a result, or a fault in words for who looks after it. No I/O here.

The words are in the language of whoever reads them where that is known: on pages, and in what the mirror keeps.

Codes and statuses: crm.md §2.1, §2.7, and the vendor's table of system errors.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from crm_sync.answer import Bad, Tokens
from trunkline.notjson import NOT_JSON
from trunkline.outbox.event import Fault, Refusal, Sent
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

__all__ = ["Bad", "Good", "Tokens", "read", "read_tokens"]

_EXCERPT: Final = 1000
_GONE: Final = frozenset({301, 302, 303, 307, 308, 404, 410})
NOT_FOUND: Final = "Call is not found"
"""Of `finish`: never registered, forgotten, or finished before."""
NOT_IN_STATISTICS: Final = "Call is not found in the statistic table"
"""Of `attachRecord`: not finished there, or not yet in its statistics."""
NO_USER: Final = "User is not found"

WORDS: Final[Mapping[str, str]] = {
    "expired_token": mark("the portal does not know our sign-in any more: connect it again on the page of the CRM"),
    "invalid_token": mark("the portal does not know our sign-in any more: connect it again on the page of the CRM"),
    "NO_AUTH_FOUND": mark("the portal does not know our sign-in any more: connect it again on the page of the CRM"),
    "invalid_grant": mark("the sign-in has ended or was taken back: connect the portal again on the page of the CRM"),
    "invalid_client": mark("client_id and client_secret are not those of an application of this portal"),
    "INVALID_CREDENTIALS": mark(
        "who signed in may not do this in the portal: an administrator of it has to connect it"
    ),
    "user_access_error": mark("who signed in may not use the application: give him access to it in the portal"),
    "insufficient_scope": mark("the application lacks a permission: it needs telephony, crm and user"),
    "invalid_scope": mark("the application lacks a permission: it needs telephony, crm and user"),
    "WRONG_AUTH_TYPE": mark("the portal takes this from an application only, and we are none to it"),
    "ACCESS_DENIED": mark("the portal's plan lets no application in"),
    "PAYMENT_REQUIRED": mark("the portal's plan is not paid for"),
    "QUERY_LIMIT_EXCEEDED": mark("the portal was asked too often, by us or by another program at our address"),
    "OPERATION_TIME_LIMIT": mark(
        "the portal has worked too long on requests of this kind: it rests from them for minutes"
    ),
    "OVERLOAD_LIMIT": mark("the portal shuts us out for having asked too much; only Bitrix24's support lifts that"),
    "PORTAL_DELETED": mark("the portal was deleted"),
    "INTERNAL_SERVER_ERROR": mark("something broke in the portal"),
    "ERROR_UNEXPECTED_ANSWER": mark("something broke in the portal"),
}
PHRASES: Final = (
    ("Unsupported phone number format", mark("the portal does not take this for a telephone number")),
    (NOT_IN_STATISTICS, mark("the portal's statistics do not have the call yet")),
    (NOT_FOUND, mark("the portal knows no such call that goes on")),
    (NO_USER, mark("the person is not in the portal any more")),
    ("Wrong file extension", mark("the portal takes recordings as MP3 or WAV only")),
)


@dataclass(frozen=True, slots=True)
class Good:
    """A result; `next` is where a list goes on, `total` how long it is if that was counted.

    `resets_at` (Unix seconds) is when this method costs less again.
    """

    result: Any
    next: int | None = None
    resets_at: float = 0.0
    total: int | None = None


class _Time(msgspec.Struct):
    operating_reset_at: float = 0.0


class _Answer(msgspec.Struct):
    result: Any = msgspec.UNSET
    next: int | None = None
    total: int | None = None
    time: _Time | None = None
    error: str | int = ""
    error_description: str = ""


def read(status: int, body: bytes, *, pause: float | None = None) -> Good | Bad:
    """`pause` is that of Retry-After, in seconds; a body that was cut is no answer."""
    try:
        told = msgspec.json.decode(body, type=_Answer)
    except NOT_JSON:
        return _no_answer(status, body, pause)
    if told.error != "":
        return _refused(status, str(told.error), told.error_description, pause)
    if status != 200 or told.result is msgspec.UNSET:
        return _no_answer(status, body, pause)
    return Good(told.result, told.next, told.time.operating_reset_at if told.time else 0.0, told.total)


def _refused(status: int, code: str, description: str, pause: float | None) -> Bad:
    phrase = next((words for start, words in PHRASES if description.startswith(start)), "")
    words = _(phrase or WORDS.get(code) or mark("the portal refuses it"))
    said = f"{code}: {description}" if description else code
    alone = code == "OPERATION_TIME_LIMIT"
    return Bad(Fault(f"{words} ({said[:300]})", Sent.ANSWERED, status, code, None, pause, alone), said, said[:_EXCERPT])


def _no_answer(status: int, body: bytes, pause: float | None) -> Bad:
    """A server before the portal has answered, or the portal what nobody can read: nobody knows what was done."""
    excerpt = body[:_EXCERPT].decode("utf-8", "replace")
    if status in _GONE:
        words = _("there is no portal at this address (HTTP %(status)s): was it renamed?") % {"status": status}
        return Bad(Fault(words, Sent.ANSWERED, status, "no_portal"), answer=excerpt)
    if status == 403:
        words = _("somebody before the portal shuts us out (HTTP 403, a web page): is our address blocked there?")
        return Bad(Fault(words, Sent.ANSWERED, status), answer=excerpt)
    if 200 <= status < 300:
        words = _("the portal answered with something other than Bitrix24's JSON")
        return Bad(Fault(words, Sent.MAYBE), answer=excerpt)
    words = _("a server before the portal answered HTTP %(status)s in its place") % {"status": status}
    refusal = Refusal.LATER if status < 500 else None
    return Bad(Fault(words, Sent.ANSWERED, status, refusal=refusal, retry_after=pause), answer=excerpt)


class _Granted(msgspec.Struct):
    access_token: str
    refresh_token: str
    expires_in: float
    user_id: int = 0
    client_endpoint: str = ""
    scope: str = ""
    member_id: str = ""


_LONGEST_MEMBER: Final = 500


def read_tokens(status: int, body: bytes, portal: str, now: float) -> Tokens | Bad:
    """Of the token server. An endpoint that is not the portal's own is not obeyed: the token would go there."""
    try:
        told = msgspec.json.decode(body, type=_Granted, strict=False)
    except NOT_JSON:
        found = read(status, body)
        if isinstance(found, Bad):
            return found
        return Bad(Fault("the token server answered without a token", Sent.ANSWERED, refusal=Refusal.LATER))
    own = f"{portal}/rest/"
    endpoint = told.client_endpoint if told.client_endpoint.startswith(f"{portal}/") else own
    until, member = now + told.expires_in, told.member_id[:_LONGEST_MEMBER]
    return Tokens(told.access_token, told.refresh_token, until, endpoint, told.user_id, member)
