"""E-mails of rules, over the company's mail server."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Final

from trunkline.alarms.mail import account_of, send
from trunkline.db.types import Pool
from trunkline.messages.channels import EMAIL_KIND
from trunkline.messages.stopping import Stops, is_stopped, stop_of
from trunkline.outbox.event import Account, Delivered, Event, KindPolicy, Outcome, Unknowable, Verdict
from trunkline.settings import Mail

_POLICY: Final = SMTP.clone(max_line_length=998)
"""RFC 5322 §2.1.1: a header with a link is not folded, for a folded one is encoded, and no program reads the link."""


def letter(payload: Mapping[str, Any], idem: str, sender: str, base_url: str, stops: Stops) -> EmailMessage:
    """The rule's name is the subject; the Message-ID depends on `idem` alone, so that a repeat is recognised.

    A client's has the link by which he wants no more, of the others the page where one sees to it.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = payload["to"]
    message["Subject"] = " ".join(payload["subject"].split())[:200]
    message["Date"] = format_datetime(datetime.fromisoformat(payload["at"]))
    message["Message-ID"] = f"<{hashlib.sha256(idem.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    page = f"\n\n{base_url}{payload['page']}" if payload["page"] else ""
    text = f"{payload['text']}{page}"
    if "client" in payload:
        client = stop_of(payload)
        stops.head(message, client)
        text = stops.below(text, client)
    message.set_content(f"{text}\n")
    return message


class LetterDeliverer:
    """A letter to one mailbox, which cannot be asked whether it has it: a second copy has the same Message-ID."""

    kinds: Mapping[str, KindPolicy] = {EMAIL_KIND: KindPolicy(max_attempts=20, time_limit=60.0)}

    def __init__(self, pool: Pool, mail: Mail, base_url: str, stops: Stops) -> None:
        self._pool = pool
        self._mail = mail
        self._base_url = base_url
        self._stops = stops

    def account(self, _event: Event) -> Account:
        return account_of(self._mail)

    async def verify(self, _event: Event) -> Verdict:
        return Unknowable()

    async def deliver(self, event: Event) -> Outcome:
        if "client" in event.payload and await is_stopped(self._pool, self._stops.box, stop_of(event.payload)):
            return Delivered(warning="the client wants no letters any more; nothing was sent")
        told = letter(event.payload, event.idem, self._mail.sender, self._base_url, self._stops)
        return await send(self._mail, told, event.payload["to"])
