"""Whom calls are compared with, of each kind of CRM."""

from collections.abc import Mapping

from crm_sync.amocrm.noted import Noted
from crm_sync.bitrix24.asking import Scan
from crm_sync.bitrix24.statistics import Statistics
from crm_sync.opening import Crms
from crm_sync.reconciling import Source


def sources_of(crms: Crms, scan: Scan) -> Mapping[str, Source]:
    """By the names of the kinds; `scan` asks portals."""
    return {"bitrix24": Statistics(scan), "amocrm": Noted(crms.amocrm.accounts)}
