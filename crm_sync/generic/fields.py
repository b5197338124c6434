"""What a home-made CRM can be told, and what can be read of it: events, fields and their kinds. No I/O here."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

BEGUN: Final = "call.begun"
ANSWERED: Final = "call.answered"
ENDED: Final = "call.ended"
RECORDING: Final = "call.recording"
TEXT: Final = "call.text"
TOUCHED: Final = "lead.touched"
TAKEN: Final = "lead.taken"
CLOSED: Final = "lead.closed"
PING: Final = "ping"
EVENTS: Final = (BEGUN, ANSWERED, ENDED, RECORDING, TEXT, TOUCHED, TAKEN, CLOSED)
"""What a mapping may name; PING is sent by whoever connects or checks, and asks for nothing."""


class Of(StrEnum):
    """The kind of a field, by which it is written."""

    WORDS = "text"
    PHONE = "phone number"
    MOMENT = "moment"
    NUMBER = "number"
    LIST = "list"


FIELDS: Final[Mapping[str, Of]] = {
    "key": Of.WORDS,
    "event": Of.WORDS,
    "at": Of.MOMENT,
    "call.id": Of.WORDS,
    "call.direction": Of.WORDS,
    "call.client": Of.PHONE,
    "call.line": Of.PHONE,
    "call.line_name": Of.WORDS,
    "call.brand": Of.WORDS,
    "call.city": Of.WORDS,
    "call.site": Of.WORDS,
    "call.started_at": Of.MOMENT,
    "call.answered_at": Of.MOMENT,
    "call.ended_at": Of.MOMENT,
    "call.outcome": Of.WORDS,
    "call.missed_why": Of.WORDS,
    "call.wait_seconds": Of.NUMBER,
    "call.talk_seconds": Of.NUMBER,
    "call.extension": Of.WORDS,
    "call.agent": Of.WORDS,
    "call.agent_email": Of.WORDS,
    "call.extensions": Of.LIST,
    "call.channel": Of.WORDS,
    "call.source": Of.WORDS,
    "call.campaign": Of.WORDS,
    "contact.id": Of.WORDS,
    "contact.name": Of.WORDS,
    "contact.company": Of.WORDS,
    "contact.class": Of.WORDS,
    "contact.responsible": Of.WORDS,
    "lead.id": Of.WORDS,
    "lead.title": Of.WORDS,
    "lead.stage": Of.WORDS,
    "lead.direction": Of.WORDS,
    "lead.phone": Of.PHONE,
    "lead.email": Of.WORDS,
    "lead.opened_at": Of.MOMENT,
    "lead.taken_at": Of.MOMENT,
    "lead.taken_by": Of.WORDS,
    "lead.responsible": Of.WORDS,
    "lead.closed_at": Of.MOMENT,
    "lead.close_reason": Of.WORDS,
    "touch.kind": Of.WORDS,
    "touch.text": Of.WORDS,
    "touch.at": Of.MOMENT,
    "touch.call": Of.WORDS,
    "recording.url": Of.WORDS,
    "recording.seconds": Of.NUMBER,
    "text.body": Of.WORDS,
}
"""Every field by its name in a mapping; docs/crm-http.md says what each holds."""
