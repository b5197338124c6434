"""A notice as an e-mail. No I/O here."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from trunkline.notices.notice import NoticeKind, sentence


def letter(
    payload: Mapping[str, Any],
    idem: str,
    sender: str,
    say: Callable[[str], str],
    moment: Callable[[datetime], str],
) -> EmailMessage:
    """The message; its Message-ID depends on `idem` alone, so that a repeat is recognised as the same letter."""
    text = sentence(NoticeKind(payload["kind"]), payload["facts"], say, moment)
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = payload["to"]
    message["Subject"] = " ".join(f"[Trunkline] {text}".split())[:200]
    message["Date"] = format_datetime(datetime.fromisoformat(payload["at"]))
    message["Message-ID"] = f"<{hashlib.sha256(idem.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{text}\n\n{payload['link']}\n")
    return message
