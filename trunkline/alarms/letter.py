"""An alarm as an e-mail. No I/O here."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from trunkline.web.i18n import mark

_STATES = {"raised": mark("Alarm"), "cleared": mark("Cleared")}
_SEVERITIES = {"info": mark("notice"), "warning": mark("warning"), "critical": mark("critical")}


def letter(payload: Mapping[str, Any], idem: str, sender: str, link: str, say: Callable[[str], str]) -> EmailMessage:
    """The message for one recipient; `say` translates. Its Message-ID depends on `idem` alone, so that a repeat after
    an unknown outcome is recognised by the mailbox as the same letter.
    """
    title = told(payload["title"], payload["facts"], say)
    state, severity = say(_STATES[payload["state"]]), say(_SEVERITIES[payload["severity"]])
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = payload["to"]
    message["Subject"] = _line(f"[Trunkline] {state}: {title}")
    message["Date"] = format_datetime(datetime.fromisoformat(payload["at"]))
    message["Message-ID"] = f"<{hashlib.sha256(idem.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    facts = "\n".join(f"{name}: {value}" for name, value in payload["facts"].items())
    message.set_content(f"{title}\n\n{state}, {severity}\n{payload['at']}\n{facts}\n\n{link}\n")
    return message


def told(title: str, facts: Mapping[str, Any], say: Callable[[str], str]) -> str:
    """The alarm's sentence in the reader's language, or its sentences, a line each; one whose facts do not fit is shown
    as it is.
    """
    translated = "\n".join(say(line) for line in title.split("\n"))
    try:
        return translated % facts
    except (KeyError, TypeError, ValueError):
        return translated


def in_one_line(text: str) -> str:
    """What `told` gave, where there is room for one line."""
    return "; ".join(text.splitlines())


def _line(text: str) -> str:
    return " ".join(in_one_line(text).split())[:300]
