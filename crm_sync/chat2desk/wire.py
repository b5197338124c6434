"""What Chat2Desk answers, as values (its public collection of the API, v1; crm.md §5). No I/O here.

A comment of ours ends with a line that carries a mark: by it one is known that came there although its answer was lost.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import msgspec

from crm_sync.answer import Refused
from crm_sync.asking import Answered, no_answer
from trunkline.notjson import NOT_JSON
from trunkline.outbox.event import Fault, Refusal, Sent
from trunkline.web.i18n import mark
from trunkline.webhooks.deliverer import retry_after

_EXCERPT: Final = 300
_TO_CLIENT: Final = frozenset({"to_client", "autoreply", ""})
_CLOCKS: Final = timedelta(minutes=2)
"""Theirs and ours may differ so."""
LONGEST: Final = 4000
"""Characters of a text: the shortest limit of the messengers behind it."""

WORDS: Final = {
    401: mark("Chat2Desk does not know this token any more: take it anew from its Settings, API, and connect it here"),
    403: mark("Chat2Desk does not let this token do it: take one of an administrator, of a plan with the API"),
    404: mark("Chat2Desk finds no such client"),
    429: mark("Chat2Desk was asked too often"),
}


class Company(msgspec.Struct):
    """Whose token it is (`/v1/companies/api_info`)."""

    company_name: str | None = None


class Said(msgspec.Struct):
    """A message as it is listed; `type` is to_client, from_client, comment and others."""

    id: int | str
    text: str | None = None
    type: str = ""
    created: str | None = None

    @property
    def at(self) -> datetime | None:
        """When it was written: "2020-03-08T22:24:48 UTC"."""
        try:
            return datetime.strptime((self.created or "").removesuffix(" UTC"), "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            return None


class Sending(msgspec.Struct):
    """What is answered to a message."""

    message_id: int | str | None = None


class Page(NamedTuple):
    """The answer's `data`, and how many there are of all."""

    data: Any
    total: int


class _Meta(msgspec.Struct):
    total: int = 0


class _Whole(msgspec.Struct):
    data: Any = None
    meta: _Meta = msgspec.field(default_factory=_Meta)
    status: str = ""
    message: Any = None
    errors: Any = None


def read(method: str, answered: Answered, now: float) -> Page:
    """What was answered; raises bots' Refused, whose `fault.status` is Chat2Desk's."""
    try:
        told = msgspec.json.decode(answered.body, type=_Whole)
    except NOT_JSON:
        raise Refused(method, _unread(answered, now)) from None
    if answered.status in {200, 201} and told.status != "error":
        return Page(told.data, told.meta.total)
    said = _words_of(told)
    code = answered.status
    words = WORDS.get(code) or "Chat2Desk refuses it"
    refusal = Refusal.NEVER if code < 500 and code not in {401, 408, 425, 429} else None
    fault = Fault(f"{words} ({said or code})", Sent.ANSWERED, code, "", refusal, _pause(answered, now))
    raise Refused(method, fault, said)


def mark_for(idem: str) -> str:
    """The last line of a comment of ours: the same for ever for the same event."""
    return f"Trunkline #{blake2b(idem.encode(), digest_size=8).hexdigest()}"


def marked(text: str, idem: str) -> str:
    """The whole comment."""
    last = mark_for(idem)
    return f"{text[: LONGEST - len(last) - 2]}\n\n{last}"


def find(said: Sequence[Said], idem: str) -> Said | None:
    """The comment of this event, if it is there."""
    last = mark_for(idem)
    return next((one for one in said if (one.text or "").rstrip().endswith(last)), None)


def find_message(said: Sequence[Said], text: str, since: datetime) -> Said | None:
    """One of ours to the client that says so, since then; one of no time counts, for nobody is told twice."""
    words = text.split()
    for one in said:
        at = one.at
        is_new = at is None or at >= since - _CLOCKS
        if one.type in _TO_CLIENT and is_new and (one.text or "").split() == words:
            return one
    return None


def _unread(answered: Answered, now: float) -> Fault:
    """A page of somebody before Chat2Desk, or of its own that is no JSON: the status still says what it is."""
    if answered.status in {401, 429}:
        words = WORDS[answered.status]
        return Fault(words, Sent.ANSWERED, answered.status, retry_after=_pause(answered, now))
    return no_answer(answered.status, "Chat2Desk")


def _pause(answered: Answered, now: float) -> float | None:
    return retry_after(answered.retry_after, now) if answered.status in {429, 503} else None


def _words_of(told: _Whole) -> str:
    parts = [told.message, told.errors]
    return "; ".join(one if isinstance(one, str) else str(one) for one in parts if one)[:_EXCERPT]
