"""Our tab in a portal's card of a call (the placement CALL_CARD): bound to the address of today, and unbound.

The vendor's pages `placement-bind`, `placement-get` and `placement-unbind`; what opens it is `card_page`.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.bitrix24.wire import Good
from crm_sync.connector import Connector
from crm_sync.hooks import secret_of
from trunkline.settings import Settings

CALL_CARD: Final = "CALL_CARD"
CARD: Final = "crm card"
"""The purpose that secrets of these addresses are made for: they stand in the browsers of a portal's people."""
FORBIDDEN: Final = frozenset({"insufficient_scope", "ACCESS_DENIED"})
"""The application lacks the permission `placement`; who connected it is no administrator."""
_TITLE: Final = "Trunkline"
_BOUND: Final = "already binded"


def address_of(settings: Settings, connector: UUID) -> str | None:
    """Where a portal opens our tab; None while nobody has named the public listener's address."""
    if not settings.server.sites_url:
        return None
    return f"{settings.sites_url}{path_of(connector)}{secret_of(settings.secret_box(), connector, CARD)}"


def path_of(connector: UUID) -> str:
    """What every such address begins with, after its host, that one connector ever had."""
    return f"/crm/card/{connector}/"


async def bind_card(portals: Portals, known: Connector, address: str) -> bool:
    """Whether it had to be bound; raises Refused. What an older address of ours was bound to is unbound."""
    handlers = _handlers((await portals.ask(known, "placement.get", {})).result)
    is_news = address not in handlers
    if is_news:
        try:
            said = {"PLACEMENT": CALL_CARD, "HANDLER": address, "TITLE": _TITLE}
            await portals.ask(known, "placement.bind", said)
        except Refused as refused:
            if _BOUND not in refused.bad.said:  # of two who bind at once the second is told so
                raise
    for one in sorted(handlers):
        if one != address and path_of(known.id) in one:
            await portals.ask(known, "placement.unbind", {"PLACEMENT": CALL_CARD, "HANDLER": one})
    return is_news


async def unbind_card(ask: Callable[[str, Mapping[str, object]], Awaitable[Good]], connector: UUID) -> int:
    """How many addresses of a connector's were unbound; raises Refused.

    Without the permission for it nothing was ever bound.
    """
    try:
        handlers = _handlers((await ask("placement.get", {})).result)
    except Refused as refused:
        if refused.bad.fault.code in FORBIDDEN:
            return 0
        raise
    own = sorted(one for one in handlers if path_of(connector) in one)
    for one in own:
        await ask("placement.unbind", {"PLACEMENT": CALL_CARD, "HANDLER": one})
    return len(own)


def _handlers(told: object) -> set[str]:
    rows = [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
    return {str(row.get("handler", "")) for row in rows if row.get("placement") == CALL_CARD}
