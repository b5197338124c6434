"""What an agent said of himself by a feature code, as it goes to the spool (Kind.PRESENCE). No I/O here."""

from uuid import UUID

import msgspec

from trunkline.presence.state import ManualState


class PresenceRecord(msgspec.Struct, frozen=True, gc=False):
    """One code that was dialled; `endpoint` is the telephone as the PBX itself knows it, never its caller ID."""

    at: float
    pbx: str
    call_id: str
    endpoint: str
    person: UUID
    state: ManualState
