"""What Yandex Tracker answers, as values (yandex.ru/support/tracker/en/common-format; crm.md §5). No I/O here.

A comment of ours ends with a line that carries a mark: it is known by it wherever it is read again.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from crm_sync.answer import Refused
from crm_sync.asking import Answered, no_answer
from trunkline.notjson import NOT_JSON
from trunkline.outbox.event import Fault, Refusal, Sent
from trunkline.web.i18n import mark
from trunkline.webhooks.deliverer import retry_after

_EXCERPT: Final = 300
_MARK: Final = re.compile(r"Trunkline #([0-9a-f]{32})\s*$")
CONFLICT: Final = 409
NOT_FOUND: Final = 404

WORDS: Final = {
    401: mark("Yandex Tracker does not know this token: make a new one, and connect it again"),
    403: mark("Yandex Tracker does not let this person do it: he needs rights in the queue"),
    404: mark("Yandex Tracker finds no such queue or issue"),
    429: mark("Yandex Tracker was asked too often"),
}


class Myself(msgspec.Struct):
    """Whose token it is (`/v3/myself`)."""

    login: str
    display: str = ""


class Issue(msgspec.Struct, rename="camel"):
    """An issue, as far as it matters here."""

    key: str
    updated_at: str = ""


class _Person(msgspec.Struct):
    display: str | None = None


class Comment(msgspec.Struct, rename="camel"):
    """A comment."""

    id: int | str
    text: str | None = None
    """None where it is a file alone."""
    created_by: _Person = msgspec.field(default_factory=_Person)
    created_at: str = ""

    @property
    def at(self) -> datetime | None:
        """When it was written: "2026-11-28T12:34:41.740+0000"."""
        try:
            found = datetime.fromisoformat(self.created_at)
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=UTC)


class _Errors(msgspec.Struct, rename="camel"):
    errors: dict[str, Any] = {}
    error_messages: Sequence[str] = ()


def read(method: str, answered: Answered, now: float) -> Any:
    """What was answered; raises bots' Refused, whose `fault.status` is the tracker's."""
    if answered.status in {200, 201}:
        try:
            return msgspec.json.decode(answered.body)
        except NOT_JSON:
            raise Refused(method, no_answer(answered.status, "Yandex Tracker")) from None
    try:
        told = msgspec.json.decode(answered.body, type=_Errors)
    except NOT_JSON:
        raise Refused(method, no_answer(answered.status, "Yandex Tracker")) from None
    said = "; ".join([*told.error_messages, *(f"{name}: {what}" for name, what in told.errors.items())])[:_EXCERPT]
    code = answered.status
    pause = retry_after(answered.retry_after, now) if code in {429, 503} else None
    words = WORDS.get(code) or "Yandex Tracker refuses it"
    refusal = Refusal.NEVER if 400 <= code < 500 and code not in {401, 429} else None
    raise Refused(method, Fault(f"{words} ({said or code})", Sent.ANSWERED, code, "", refusal, pause), said)


def marked(text: str, comment: UUID, name: str) -> str:
    """A comment of ours as it is sent: who wrote it here, and its mark."""
    return f"{text}\n\n— {name} · Trunkline #{comment.hex}"


def mark_of(text: str) -> UUID | None:
    """Which comment of ours it is, if it is one."""
    found = _MARK.search(text)
    return UUID(found[1]) if found else None
