"""What an account posts to us: which of its contacts, companies and leads somebody has touched. No I/O here.

The vendor's page `webhooks-format`: a form with brackets, `contacts[update][0][id]=1`, several records at once, and a
company often as a contact whose type is company. Nothing signs it (crm.md §3.4): all that is taken of it is what to ask
the account for anew.
"""

import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from crm_sync.bitrix24.events import PortalEvent

HINTED: Final = "HINTED"
"""By which name it lies in the spool."""
ENTITIES: Final[Mapping[str, str]] = {"contacts": "contacts", "companies": "companies", "leads": "deals"}
_MOST: Final = 1000
_IS_OURS: Final = re.compile(rb"(?:^|&)(?:contacts|companies|leads|account)(?:\[|%5B)", re.IGNORECASE).search
_NAMED: Final = re.compile(
    rb"(?:^|&)(contacts|companies|leads)(?:\[|%5B)([a-z_]{1,40})(?:\]|%5D)(?:\[|%5B)(\d{1,6})(?:\]|%5D)"
    rb"(?:\[|%5B)(id|type)(?:\]|%5D)=([^&]{1,20})",
    re.IGNORECASE,
)


def read_hints(connector: UUID, body: bytes) -> PortalEvent | None:
    """None for what is no form of an account's; it may name nothing that we read."""
    if not _IS_OURS(body):
        return None
    named: dict[tuple[bytes, bytes, bytes], dict[bytes, bytes]] = {}
    for kind, action, place, field, value in _NAMED.findall(body):
        named.setdefault((kind.lower(), action, place), {})[field.lower()] = value
    said: dict[str, dict[str, None]] = {}
    for (kind, _action, _place), fields in list(named.items())[:_MOST]:
        identifier = fields.get(b"id", b"")
        if identifier.isdigit() and len(identifier) <= 15:
            entity = "companies" if fields.get(b"type") == b"company" else ENTITIES[kind.decode()]
            said.setdefault(entity, {})[identifier.decode()] = None
    return PortalEvent(connector, HINTED, b"", "", "", {entity: " ".join(ids) for entity, ids in said.items()})


def hinted(said: Mapping[str, str]) -> list[tuple[str, int]]:
    """Each entity and id of one."""
    return [(entity, int(one)) for entity, ids in said.items() for one in ids.split() if entity in ENTITIES.values()]
