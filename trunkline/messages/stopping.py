"""The link in a client's message by which he wants no more of them (RFC 8058), and what it comes to.

The link names his contact and his address, signed with the key of this installation: it lives as long as that key,
needs no row, and nobody can make one for somebody else.
"""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final, NamedTuple
from uuid import UUID

from trunkline.crypto import SecretBox
from trunkline.db.types import Connection, Pool
from trunkline.erasing.marks import refused_message
from trunkline.messages.rules_store import SQL as RULES
from trunkline.messages.store import SQL
from trunkline.people.audit import Actor, Deed, record
from trunkline.web.i18n import mark

WORDS: Final = mark("To get no more of these messages:")
_PURPOSE: Final = "message stop"
_NOBODY: Final = UUID(int=0)
_CONTACT: Final = 16
_SIGNATURE: Final = 16
_LONGEST: Final = 400
"""Letters of a link; an address has 254 bytes at most."""


Address = IPv4Address | IPv6Address


class Stop(NamedTuple):
    """Who wants no more: his contact, where he has one, and his address in small letters, or the number of his chat; of
    a chat that tells no number, his contact alone.
    """

    contact: UUID | None
    address: str


@dataclass(frozen=True, slots=True)
class Stops:
    """Makes the links; `sites_url` is the public listener's, empty while nobody outside reaches it."""

    box: SecretBox
    sites_url: str
    words: str

    def head(self, message: EmailMessage, one: Stop) -> None:
        """Its headers, where the link is one of RFC 8058 §3.1: an HTTPS URI."""
        link = self._link(one)
        if link.startswith("https://"):
            message["List-Unsubscribe"] = f"<{link}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"

    def below(self, text: str, one: Stop) -> str:
        """The text with the link; without an address of ours, as it is."""
        link = self._link(one)
        return f"{text}\n\n{self.words} {link}" if link else text

    def _link(self, one: Stop) -> str:
        known = one.address or one.contact
        return f"{self.sites_url}/unsubscribe/{signed(self.box, one)}" if self.sites_url and known else ""


def stop_of(payload: Mapping[str, Any]) -> Stop:
    """Of a client's message in the outbox: a letter's address, or a chat's number."""
    contact = payload["client"]
    address = payload["to"] if "to" in payload else payload["phone"]
    return Stop(UUID(contact) if contact else None, address.strip().lower())


def signed(box: SecretBox, stop: Stop) -> str:
    """What stands in the address."""
    said = (stop.contact or _NOBODY).bytes + stop.address.encode()
    return urlsafe_b64encode(said + box.sign(_PURPOSE, said)).rstrip(b"=").decode()


def read_signed(box: SecretBox, text: str) -> Stop | None:
    """Whose it is; None for what we never gave."""
    if len(text) > _LONGEST:
        return None
    try:
        whole = b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    said, signature = whole[:-_SIGNATURE], whole[-_SIGNATURE:]
    if len(said) < _CONTACT or not box.verify(_PURPOSE, said, signature):
        return None
    contact = UUID(bytes=said[:_CONTACT])
    return Stop(None if contact == _NOBODY else contact, said[_CONTACT:].decode())


async def stop(connection: Connection, one: Stop, peer: Address | None, now: datetime) -> None:
    """Neither the contact nor the address is written to any more; said again it changes nothing."""
    if one.address:
        await connection.execute(SQL["put_stop"], one.address, now)
    if one.contact is None or await connection.fetchrow(SQL["client"], one.contact) is None:
        return
    if await connection.fetchval(RULES["refused"], one.contact):
        return
    await connection.execute(RULES["put_consent"], one.contact, False, now, None)
    deed = Deed("contact.messages_allowed", "contact", str(one.contact), after={"allowed": False})
    await record(connection, Actor(None, "the link in a message", "unsubscribe", peer), deed, now)


async def is_stopped(pool: Pool, box: SecretBox, one: Stop) -> bool:
    """Whether he has said no by now, however he said it; one who was erased since did by the mark of his number."""
    phone = one.address if one.address.startswith("+") else ""
    rows = await pool.fetch(SQL["consents"], [one.contact], [phone], ["" if phone else one.address])
    if any(row["allowed"] is False for row in rows):
        return True
    async with pool.acquire() as connection:
        return bool(phone) and await refused_message(connection, box, phone)
