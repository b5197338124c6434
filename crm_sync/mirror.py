"""How far an entity of a CRM was read into the mirror, and what is read of it in one go. No I/O here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

ENTITIES: Final = ("companies", "contacts", "leads", "deals")
"""In the order they are read: what is referred to comes first."""
READ: Final[Mapping[str, tuple[str, ...]]] = {
    "bitrix24": ENTITIES,
    "amocrm": ("companies", "contacts", "deals"),
}
"""The kinds of CRM that are read, and what is read of them; what amoCRM calls leads are deals, with an amount each."""


class Mirror(msgspec.Struct, frozen=True):
    """One row of crm_mirrors: the places of an entity, and what was read so far."""

    entity: str
    source: str
    since: datetime | None
    delta_id: int
    delta_at: datetime | None
    sweep_id: int | None
    sweep_at: datetime | None
    swept_at: datetime | None
    read: int
    unread: int
    gone: int
    trouble: str
    doubt: str
    believed: bool
    looked_at: datetime | None


class Read(msgspec.Struct, frozen=True):
    """What was read in one go: records, companies' own contacts among them where there are some, and what had no form.

    `ids` are all that were told, `last` the highest; None: there is no more. `at` is the CRM's time.
    """

    records: Sequence[Mapping[str, Any]]
    contacts: Sequence[Mapping[str, Any]]
    ids: Sequence[str]
    unread: int
    last: int | None
    at: datetime
    orders: Sequence[Mapping[str, Any]] | None = None
    """What of deals is an order here, under the deal's id; None: nothing of them is."""


def own_contact(company: str) -> str:
    """Under which id the numbers of a company itself are kept: those of a contact that stands for it."""
    return f"company:{company}"
