"""A bot is connected: its messenger knows its token, and posts to us what is said to it, or is asked for it."""

import re
from datetime import datetime
from typing import Final

from crm_sync.account_form import api_of
from crm_sync.answer import Refused
from crm_sync.bots.hooks import address_of, header_secret
from crm_sync.bots.kinds import BotKind
from crm_sync.bots.port import Access, Messenger
from crm_sync.bots.store import Bot
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import uuid7
from trunkline.settings import Settings
from trunkline.web.i18n import gettext as _

_WAY: Final = re.compile(r"\bbot[0-9]+:\S+")


async def connect(
    kind: BotKind,
    messenger: Messenger,
    settings: Settings,
    known: Bot | None,
    token: str,
    api_url: str,
    now: datetime,
) -> Bot:
    """The bot as its row is to be; raises InvalidInput. The same bot keeps its row, and with it everybody's chat."""
    access = _checked(kind, token, api_url)
    address = address_of(settings, kind.name) if kind.read else ""
    if address is None:
        raise InvalidInput(
            Mistake("token", _("our address in the world is not known: write it into the settings as server.sites_url"))
        )
    box = settings.secret_box()
    try:
        me = await messenger.look(access)
        identifier = known.id if known is not None and known.remote_id == me.id else uuid7(now.timestamp())
        sealed = box.seal(access.token.encode())
        bot = Bot(identifier, kind.name, access.api_url, sealed, me.id, me.username, now)
        if address:
            await messenger.listen(access, address, header_secret(box, bot))
    except Refused as refused:
        raise InvalidInput(Mistake("token", _WAY.sub("bot…", str(refused)).replace(access.token, "…"))) from None
    return bot


def _checked(kind: BotKind, token: str, api_url: str) -> Access:
    mistakes = []
    if not kind.is_token(token):
        mistakes.append(Mistake("token", _(kind.bad_token)))
    origin = api_of(api_url, mistakes)
    if mistakes:
        raise InvalidInput(*mistakes)
    return Access(origin, token)
