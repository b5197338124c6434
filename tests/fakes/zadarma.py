"""Zadarma as it sends its webhooks: the fields of each event in their order, the form, the signature.

Sources: `zadarma/user-api-v1: lib/Webhook/*.php`, https://zadarma.com/ru/support/api/; pbx.md §1.1. The signature is
made here a second time, after the official PHP: `base64_encode(hash_hmac('sha1', $string, $secret))`.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.pbx.hooks.company import LINE, Played
from trunkline.calls.outcome import Direction

FORM = "application/x-www-form-urlencoded"
SECRET = "zadarma-api-secret"
ADDRESS = "185.45.152.42"
"""Where its requests come from."""

_STRINGS = {
    "NOTIFY_ANSWER": ("caller_id", "destination", "call_start"),
    "NOTIFY_OUT_START": ("internal", "destination", "call_start"),
    "NOTIFY_OUT_END": ("internal", "destination", "call_start"),
    "NOTIFY_RECORD": ("pbx_call_id", "call_id_with_rec"),
    "SMS": ("result",),
    "NUMBER_LOOKUP": ("result",),
    "CALL_TRACKING": ("result",),
    "SPEECH_RECOGNITION": ("result",),
}
_INCOMING = ("caller_id", "called_did", "call_start")


@dataclass(frozen=True)
class Sent:
    """One webhook on its way."""

    body: bytes
    headers: Mapping[str, str]


def signed(text: str, secret: str = SECRET) -> str:
    """As PHP's hash_hmac gives it, which is hex text, in base64."""
    hexed = hmac.new(secret.encode(), text.encode(), hashlib.sha1).hexdigest()
    return base64.b64encode(hexed.encode()).decode()


def webhook(event: str, *, secret: str = SECRET, **fields: str) -> Sent:
    """The event with these fields, signed over those it signs."""
    names = _STRINGS.get(event, _INCOMING)
    text = "".join(fields.get(name, "") for name in names)
    return Sent(
        urlencode({"event": event, **fields}).encode(),
        {"Content-Type": FORM, "Signature": signed(text, secret)},
    )


@dataclass(frozen=True)
class FakeCall:
    """A call through the account, whose webhooks are made one by one; times are the account's clock."""

    call: str = "in_8b9c3a0000000001"
    caller: str = "79160000004"
    line: str = "74951234567"
    start: str = "2026-08-06 12:00:00"

    def start_(self, **more: str) -> Sent:
        return webhook("NOTIFY_START", **self._known, **more)

    def ivr(self, digits: str, default: str = "0") -> Sent:
        answer = {"wait_dtmf[name]": "spam", "wait_dtmf[digits]": digits, "wait_dtmf[default_behaviour]": default}
        return webhook("NOTIFY_IVR", **self._known, **answer)

    def rings(self, extension: str) -> Sent:
        return webhook("NOTIFY_INTERNAL", **self._known, internal=extension)

    def answers(self, extension: str) -> Sent:
        return webhook(
            "NOTIFY_ANSWER",
            caller_id=self.caller,
            destination=extension,
            call_start=self.start,
            pbx_call_id=self.call,
            internal=extension,
        )

    def ends(self, disposition: str, seconds: int, *, internal: str = "", last: str = "", cause: str = "16") -> Sent:
        names = {"internal": internal, "last_internal": last}
        return webhook(
            "NOTIFY_END",
            **self._known,
            duration=str(seconds),
            disposition=disposition,
            status_code=cause,
            is_recorded="1",
            call_id_with_rec="1458314231.236567",
            **{name: value for name, value in names.items() if value},
        )

    @property
    def _known(self) -> dict[str, str]:
        return {
            "caller_id": self.caller,
            "called_did": self.line,
            "call_start": self.start,
            "pbx_call_id": self.call,
        }


def played(call: Played) -> list[tuple[float, Sent]]:
    """A call of the test company as Zadarma tells it: each webhook and when it is sent."""
    return _outgoing(call) if call.direction is Direction.OUT else _incoming(call)


def _incoming(call: Played) -> list[tuple[float, Sent]]:
    fake = FakeCall(caller=call.client[1:], line=LINE[1:])
    sent = [(0.1, fake.start_())]
    sent += [(at, fake.rings(extension)) for extension, at in call.rings]
    last = call.rings[-1][0] if call.rings else ""
    if call.answered is not None:
        sent.append((call.answered[1], fake.answers(call.answered[0])))
        end = fake.ends("answered", call.talk, internal=call.answered[0], last=call.answered[0])
    elif call.busy:
        end = fake.ends("busy", 0, internal=last, cause="17")
    else:
        end = fake.ends("cancel" if call.gave_up else "no answer", 0, internal=last, cause="16")
    return [*sent, (call.ends, end)]


def _outgoing(call: Played) -> list[tuple[float, Sent]]:
    known = {
        "call_start": FakeCall.start,
        "pbx_call_id": "out_9f",
        "internal": call.agent,
        "destination": call.client[1:],
        "caller_id": LINE[1:],
    }
    sent = [(0.1, webhook("NOTIFY_OUT_START", **known))]
    if call.answered is not None:
        sent.append((call.answered[1], webhook("NOTIFY_ANSWER", **known)))
    disposition = "answered" if call.answered else "no answer"
    end = webhook("NOTIFY_OUT_END", **known, duration=str(call.talk), disposition=disposition, status_code="16")
    return [*sent, (call.ends, end)]
