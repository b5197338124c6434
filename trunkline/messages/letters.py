"""E-mails of rules, over the company's mail server."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from trunkline.alarms.mail import account_of, send
from trunkline.messages.channels import EMAIL_KIND
from trunkline.outbox.event import Account, Event, KindPolicy, Outcome, Unknowable, Verdict
from trunkline.settings import Mail


def letter(payload: Mapping[str, Any], idem: str, sender: str, base_url: str) -> EmailMessage:
    """The rule's name is the subject; the Message-ID depends on `idem` alone, so that a repeat is recognised."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = payload["to"]
    message["Subject"] = " ".join(payload["subject"].split())[:200]
    message["Date"] = format_datetime(datetime.fromisoformat(payload["at"]))
    message["Message-ID"] = f"<{hashlib.sha256(idem.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    page = f"\n\n{base_url}{payload['page']}" if payload["page"] else ""
    message.set_content(f"{payload['text']}{page}\n")
    return message


class LetterDeliverer:
    """A letter to one mailbox, which cannot be asked whether it has it: a second copy has the same Message-ID."""

    kinds: Mapping[str, KindPolicy] = {EMAIL_KIND: KindPolicy(max_attempts=20, time_limit=60.0)}

    def __init__(self, mail: Mail, base_url: str) -> None:
        self._mail = mail
        self._base_url = base_url

    def account(self, _event: Event) -> Account:
        return account_of(self._mail)

    async def verify(self, _event: Event) -> Verdict:
        return Unknowable()

    async def deliver(self, event: Event) -> Outcome:
        told = letter(event.payload, event.idem, self._mail.sender, self._base_url)
        return await send(self._mail, told, event.payload["to"])
