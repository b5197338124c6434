"""That an account posts to us what changes, to the address of today and to no other of ours.

It switches an address off that does not answer (crm.md §3.4) and tells nobody. The vendor's page `webhooks-api`: only
an administrator may look. Without any of it changes are read each minute all the same.
"""

from enum import StrEnum
from typing import Any, Final

from crm_sync.amocrm.account import SCAN, Accounts
from crm_sync.amocrm.matching import rows_of
from crm_sync.connector import Connector
from crm_sync.hooks import path_of

EVENTS: Final = (
    *(f"{action}_contact" for action in ("add", "update", "delete", "restore", "responsible")),
    *(f"{action}_company" for action in ("add", "update", "delete", "restore", "responsible")),
    *(f"{action}_lead" for action in ("add", "update", "delete", "restore", "responsible", "status")),
)
_SORT: Final = 10


class Found(StrEnum):
    """How the account's posts to us stood."""

    GOOD = "good"
    MISSING = "missing"
    DISABLED = "disabled"


async def subscribe(accounts: Accounts, known: Connector, handler: str) -> Found:
    """How it stood; it is as it should be now. Raises Refused. Older addresses of ours are not posted to any more."""
    rows = rows_of(await accounts.read(known, "webhooks", lane=SCAN), "webhooks")
    ours = [row for row in rows if path_of(known.id) in str(row.get("destination", ""))]
    here = [row for row in ours if row.get("destination") == handler]
    if any(map(_is_good, here)):
        found = Found.GOOD
    else:
        found = Found.DISABLED if any(row.get("disabled") for row in here) else Found.MISSING
    for row in ours:
        # One that was switched off is made anew: no page says that a second subscription switches it on.
        if not (found is Found.GOOD and row in here):
            await accounts.remove(known, "webhooks", {"destination": row["destination"]})
    if found is not Found.GOOD:
        said = {"destination": handler, "settings": list(EVENTS), "sort": _SORT}
        await accounts.write(known, "webhooks", said)
    return found


def _is_good(row: dict[str, Any]) -> bool:
    settings = row.get("settings")
    return not row.get("disabled") and isinstance(settings, list) and set(EVENTS) <= set(map(str, settings))
