"""The kinds of CRM there are."""

from collections.abc import Mapping
from typing import Final

from crm_sync.amocrm.kind import AMOCRM
from crm_sync.bitrix24.kind import BITRIX24
from crm_sync.generic.kind import GENERIC
from crm_sync.onec.kind import ONEC
from crm_sync.port import Kind, SignedKind, ToldKind

SIGNED: Final[Mapping[str, SignedKind]] = {"bitrix24": BITRIX24, "amocrm": AMOCRM}
"""Those that somebody signs in to."""
TOLD: Final[Mapping[str, ToldKind]] = {"bitrix24": BITRIX24, "amocrm": AMOCRM, "generic": GENERIC}
"""Those that are told of calls."""
KINDS: Final[Mapping[str, Kind]] = {"bitrix24": BITRIX24, "amocrm": AMOCRM, "onec": ONEC, "generic": GENERIC}
"""By `crm_connectors.kind`; the first is the one that is offered."""
