"""One turn of an outgoing call as it goes to the spool (Kind.OUTGOING) and from there to its table. No I/O here."""

import msgspec

from trunkline.callerid.choose import Choice, OutgoingFacts


class OutgoingQuestion(msgspec.Struct, frozen=True, gc=False):
    """What a PBX asks before it dials out."""

    pbx: str
    call_id: str
    agent: str = ""
    """The extension that dials, as the PBX says it."""
    to: str | int | float | None = None
    city: str = ""
    """The client's, as the CRM has it, where who asks knows it."""
    state: str = ""
    status: str = ""
    """DIALSTATUS of the attempt before."""
    reason: str = ""
    """Its SIP answer: `SIP 403 Forbidden`."""
    line: str = ""
    """The number of ours it shall show, where who asks for the call wants one."""


class OutgoingRecord(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The question, the choice and what it rested on."""

    at: float
    turn: int
    question: OutgoingQuestion
    choice: Choice
    facts: OutgoingFacts
    degraded: tuple[str, ...] = ()
    micros: int = 0
