"""What a portal posts to us: its form with PHP's bracket keys, and the two things it says by that. No I/O here.

crm.md §2.5; the vendor's pages `on-external-call-start` and `on-external-call-back-start`, and their table of `auth`:
OAuth tokens may be missing, and are not read: what is asked of a portal is asked with our own.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec

from trunkline.crypto import token_hash

CLICKED: Final = "ONEXTERNALCALLSTART"
WANTED: Final = "ONEXTERNALCALLBACKSTART"
EVENTS: Final = (CLICKED, WANTED)

_MOST_FIELDS: Final = 100
"""Those of an event are three dozen."""
_LONGEST: Final = 500
_CALL_ID: Final = re.compile(r"[\x21-\x7e]{1,150}").fullmatch
_ENTITY: Final = re.compile(r"[A-Z_]{1,40}").fullmatch
_MOST_ID: Final = 2**53
_SAID: Final = (
    *("PHONE_NUMBER", "PHONE_NUMBER_INTERNATIONAL", "USER_ID", "LINE_NUMBER", "CALL_ID", "TEXT"),
    *("CRM_ENTITY_TYPE", "CRM_ENTITY_ID"),
)


class PortalEvent(msgspec.Struct, frozen=True, array_like=True):
    """An event as it lies in the spool under Kind.CRM: of its tokens only what tells a right one from others."""

    connector: UUID
    name: str
    token_hash: bytes
    """SHA-256 of `application_token`."""
    member: str
    sent_at: str
    """The portal's `ts`, as it wrote it: what is posted twice has the same."""
    said: dict[str, str]


class Click(msgspec.Struct, frozen=True):
    """A user of the portal wants to call: the portal has registered the call already, as `remote`."""

    remote: str
    phone: str
    user: int
    line: str = ""
    entity: str = ""


class FormCallback(msgspec.Struct, frozen=True):
    """Somebody asks on a form of the CRM to be called back."""

    phone: str
    line: str = ""
    text: str = ""


def read_event(connector: UUID, body: bytes) -> PortalEvent | None:
    """An event of those we asked for; None for another one. Raises ValueError for what is no such form."""
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    name = fields.get("event", "").upper()
    if name not in EVENTS:
        return None
    said = {one: text for one in _SAID if (text := _field(fields, f"data[{one}]"))}
    return PortalEvent(
        connector,
        name,
        token_hash(_field(fields, "auth[application_token]")),
        _field(fields, "auth[member_id]"),
        _field(fields, "ts"),
        said,
    )


def key_of(event: PortalEvent) -> str:
    """What the same happening has again, however often it is posted: a click its call, a form all that it says."""
    if event.name == CLICKED:
        return f"click:{event.said.get('CALL_ID', '')}"
    told = msgspec.json.encode([event.sent_at, sorted(event.said.items())])
    return f"callback:{sha256(told).hexdigest()}"


def click_of(said: Mapping[str, str]) -> Click | None:
    """None for one that names no call: nothing could be told of it.

    `EXTENSION` is left aside: it is what is dialled after the client's number, not whose telephone is to ring.
    """
    remote, user = said.get("CALL_ID", ""), said.get("USER_ID", "")
    if not _CALL_ID(remote):
        return None
    kind, number = said.get("CRM_ENTITY_TYPE", ""), said.get("CRM_ENTITY_ID", "")
    entity = f"{kind} {_number(number)}" if _ENTITY(kind) and _number(number) else ""  # `0` is none (callme #1)
    phone = said.get("PHONE_NUMBER_INTERNATIONAL") or said.get("PHONE_NUMBER", "")
    return Click(remote, phone, _number(user), said.get("LINE_NUMBER", ""), entity)


def callback_of(said: Mapping[str, str]) -> FormCallback:
    """`TEXT` is what would be read out to whoever calls; here he reads it on his card."""
    text = " ".join(said.get("TEXT", "").split())
    return FormCallback(said.get("PHONE_NUMBER", ""), said.get("LINE_NUMBER", ""), text)


def _field(fields: Mapping[str, str], name: str) -> str:
    """PostgreSQL keeps NUL in no text."""
    return fields.get(name, "").replace("\0", "").strip()[:_LONGEST]


def _number(text: str) -> int:
    """0 for what is none."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 16 else 0
    return number if number < _MOST_ID else 0
