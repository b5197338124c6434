"""Whether who opens a portal's card of a call may see ours: the portal's word, then the person's rights."""

import asyncio
import hmac
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from crm_sync.bitrix24.clicks import NO_EXTENSION, in_words
from crm_sync.bitrix24.finding import SQL
from crm_sync.bitrix24.opened import Opened
from crm_sync.bitrix24.portal import Refused
from crm_sync.bitrix24.visitors import ANOTHER, Visitors
from crm_sync.connector import Connector
from trunkline.db.types import Connection
from trunkline.errors import TrunklineError
from trunkline.log import get_logger
from trunkline.outbox.classify import ErrorClass, classify
from trunkline.people.credentials import person_identity
from trunkline.people.identity import Identity
from trunkline.people.roles import Right
from trunkline.web.i18n import gettext as _

log = get_logger(__name__)

_SECONDS: Final = 10.0
"""So long a portal may take to say whose a token is; a card that opens later is of no use."""


class NotShown(TrunklineError):
    """The card is not shown: `status` is HTTP's, the words are for whoever opened it."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def not_connected() -> NotShown:
    """Of a portal that is none of ours, or that is told of nothing now."""
    return NotShown(403, _("This portal is not the one that is connected here, or it is switched off."))


async def is_ours(connection: Connection, known: Connector, opened: Opened) -> None:
    """Whether it is the portal that this connector is of; raises NotShown. No request."""
    member = await connection.fetchval(SQL["member"], known.id) or ""
    hosts = {known.host, urlsplit(known.portal).hostname}
    is_same = hmac.compare_digest(member.encode(), opened.member.encode(errors="surrogatepass")) or not member
    if not known.active or known.by_webhook or not is_same or opened.domain not in hosts:
        log.warning("crm_card_refused", connector=known.name, why="not of this portal, or switched off")
        raise not_connected()


async def portal_user(visitors: Visitors, known: Connector, opened: Opened) -> int:
    """Who it is in the portal, by the token he came with; raises NotShown."""
    try:
        async with asyncio.timeout(_SECONDS):
            return await visitors.user(known, opened.access)
    except TimeoutError:
        why, words = "no answer", _("The portal does not say who you are: open the card again in a minute.")
        status = 503
    except Refused as refused:
        why, fault = str(refused), refused.bad.fault
        if fault.code == ANOTHER:
            status, words = 403, _("The card was not opened by the application that is connected here.")
        elif classify(fault) is ErrorClass.AUTH:
            status, words = 401, _("Your sign-in in the portal has ended: load its page again.")
        else:
            status, words = 503, _("The portal does not say who you are: open the card again in a minute.")
    log.warning("crm_card_refused", connector=known.name, why=why)
    raise NotShown(status, words)


async def person_of(connection: Connection, known: Connector, user: int) -> Identity:
    """Who of ours a portal's user is; raises NotShown where nobody is, or he may not use the card."""
    row = await connection.fetchrow(SQL["visitor"], known.id, user)
    if row is None:
        raise NotShown(403, in_words(NO_EXTENSION))
    return _entitled(person_identity(row) if row["role"] is not None else None)


async def person_now(connection: Connection, person: UUID) -> Identity:
    """The same of a person who was let in before."""
    row = await connection.fetchrow(SQL["person_now"], person)
    return _entitled(None if row is None else person_identity(row))


def _entitled(identity: Identity | None) -> Identity:
    if identity is None or not identity.holds(Right.CARD_USE):
        raise NotShown(403, _("This needs the right %(right)s.") % {"right": Right.CARD_USE.value})
    return identity
