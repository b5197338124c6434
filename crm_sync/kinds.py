"""The kinds of CRM there are: a folder each, and a row of the table here."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

from crm_sync.amocrm.crm import open_amocrm
from crm_sync.amocrm.kind import AMOCRM
from crm_sync.bitrix24.crm import open_bitrix24
from crm_sync.bitrix24.kind import BITRIX24
from crm_sync.generic.crm import open_generic
from crm_sync.generic.kind import GENERIC
from crm_sync.onec.crm import open_onec
from crm_sync.onec.kind import ONEC
from crm_sync.port import Crm, Kind, Reach, SignedKind, ToldKind


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a kind without asking it, and how what asks it is opened."""

    kind: Kind
    opened: Callable[[Reach], AbstractAsyncContextManager[Crm]]
    signed: SignedKind | None = None
    """Of one that somebody signs in to."""
    told: ToldKind | None = None
    """Of one that is told of calls."""


TABLE: Final[Mapping[str, Entry]] = {
    "bitrix24": Entry(BITRIX24, open_bitrix24, signed=BITRIX24, told=BITRIX24),
    "amocrm": Entry(AMOCRM, open_amocrm, signed=AMOCRM, told=AMOCRM),
    "onec": Entry(ONEC, open_onec),
    "generic": Entry(GENERIC, open_generic, told=GENERIC),
}
"""By `crm_connectors.kind`; the first is the one that is offered."""
KINDS: Final[Mapping[str, Kind]] = {name: one.kind for name, one in TABLE.items()}
SIGNED: Final[Mapping[str, SignedKind]] = {name: one.signed for name, one in TABLE.items() if one.signed}
TOLD: Final[Mapping[str, ToldKind]] = {name: one.told for name, one in TABLE.items() if one.told}
