"""Delivers alarms by e-mail over SMTP."""

from collections.abc import Callable, Mapping
from email.message import EmailMessage

import aiosmtplib

from trunkline.alarms.alarm import EMAIL_KIND
from trunkline.alarms.letter import letter
from trunkline.outbox.event import (
    Account,
    Delivered,
    Event,
    Failed,
    Fault,
    KindPolicy,
    Outcome,
    Refusal,
    Sent,
    Unknowable,
    Verdict,
)
from trunkline.settings import Mail

_STEP_SECONDS = 15.0
_RATE = 2.0
_BURST = 20.0


class MailDeliverer:
    """One letter to one recipient each; `say(language)` gives the translation of that language."""

    kinds: Mapping[str, KindPolicy] = {EMAIL_KIND: KindPolicy(max_attempts=20, time_limit=60.0)}

    def __init__(self, mail: Mail, link: str, say: Callable[[str], Callable[[str], str]]) -> None:
        self._mail = mail
        self._link = link
        self._say = say

    def account(self, _event: Event) -> Account:
        return account_of(self._mail)

    async def verify(self, _event: Event) -> Verdict:
        """A mailbox cannot be asked; a second copy has the same Message-ID."""
        return Unknowable()

    async def deliver(self, event: Event) -> Outcome:
        say = self._say(event.payload["language"])
        return await send(
            self._mail, letter(event.payload, event.idem, self._mail.sender, self._link, say), event.payload["to"]
        )


async def send(mail: Mail, message: EmailMessage, to: str) -> Outcome:
    """One letter to one mailbox."""
    if not mail.host:
        return Failed(Fault("no mail server is set ([mail] host)", Sent.NO, refusal=Refusal.NEVER))
    client = aiosmtplib.SMTP(
        hostname=mail.host,
        port=mail.port,
        timeout=_STEP_SECONDS,
        use_tls=mail.security == "tls",
        start_tls=mail.security == "starttls",
    )
    sent = Sent.NO
    try:
        await client.connect()
        if mail.user:
            await client.login(mail.user, mail.password)
        await client.mail(mail.sender)
        await client.rcpt(to)
        sent = Sent.MAYBE
        answer = await client.data(message.as_bytes())
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        return Failed(fault_of(error, sent), request=f"{mail.host}: mail to {to}")
    finally:
        client.close()
    return Delivered(f"{answer.code} {answer.message}")


def account_of(mail: Mail) -> Account:
    """The mail server's limits, one for all letters of ours."""
    return Account(f"smtp:{mail.host}", rate=_RATE, burst=_BURST)


def fault_of(error: Exception, sent: Sent) -> Fault:
    """What an SMTP session's end means (RFC 5321 §4.2.1: 4yz try again, 5yz do not); `sent` says how far it came."""
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            return Fault(f"sign-in refused: {error.code} {error.message}", Sent.ANSWERED, code="auth_failed")
        case aiosmtplib.SMTPRecipientsRefused():
            return fault_of(error.recipients[0], sent)
        case aiosmtplib.SMTPResponseException() if 400 <= error.code < 500:
            return Fault(f"{error.code} {error.message}", Sent.ANSWERED, refusal=Refusal.LATER)
        case aiosmtplib.SMTPResponseException() if error.code >= 500:
            return Fault(f"{error.code} {error.message}", Sent.ANSWERED, refusal=Refusal.NEVER)
        case aiosmtplib.SMTPNotSupported():
            return Fault(f"the server lacks what the settings ask for: {error}", Sent.NO)
        case _:
            return Fault(f"connection lost: {error!r}", sent)
