"""The messengers there are, as a table: how each is called, reached and read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp

from crm_sync.asking import Asking
from crm_sync.bots.max import messenger as max_messenger
from crm_sync.bots.max import wire as max_wire
from crm_sync.bots.port import Messenger, Update
from crm_sync.bots.telegram import messenger as telegram_messenger
from crm_sync.bots.telegram import wire as telegram_wire
from crm_sync.bots.vkteams import messenger as vkteams_messenger
from crm_sync.bots.vkteams import wire as vkteams_wire
from trunkline.web.i18n import mark
from trunkline.webhooks.address import AddressRules


@dataclass(frozen=True, slots=True)
class BotKind:
    """One messenger. `read` is how what it posts is read, None where it posts nothing and is asked."""

    name: str
    title: str
    """What people call it; a name, in every language the same."""
    api_url: str
    is_token: Callable[[str], bool]
    bad_token: str
    where: str
    """Where one gets a token, in words."""
    opens: Callable[[Asking], Messenger]
    read: Callable[[bytes], Update | None] | None = None
    header: str = ""
    """Which one has the secret."""
    link: str = ""
    """What a person opens to bind his chat; empty where he has to write it himself."""


_ALL: Final = (
    BotKind(
        "telegram",
        "Telegram",
        telegram_messenger.API_URL,
        telegram_wire.is_token,
        mark("must be the token as @BotFather gives it, as 123456:ABC…"),
        mark("Write to @BotFather in Telegram: /newbot. He gives a token."),
        telegram_messenger.Telegram,
        telegram_wire.read_update,
        "X-Telegram-Bot-Api-Secret-Token",
        "https://t.me/{name}?start={code}",
    ),
    BotKind(
        "vkteams",
        "VK Teams",
        vkteams_messenger.API_URL,
        vkteams_wire.is_token,
        mark("must be the token as Metabot gives it, as 001.1234567890.1234567890:700123456"),
        mark("Write to Metabot in VK Teams: /newbot. It gives a token, and the address of your server's API."),
        vkteams_messenger.VkTeams,
    ),
    BotKind(
        "max",
        "MAX",
        max_messenger.API_URL,
        max_wire.is_token,
        mark("must be the token as MAX gives it: letters, digits, - and _"),
        mark("Make the bot on business.max.ru, as a company that MAX has verified. Its page has the token."),
        max_messenger.Max,
        max_wire.read_update,
        "X-Max-Bot-Api-Secret",
        "https://max.ru/{name}?start={code}",
    ),
)
KINDS: Final[Mapping[str, BotKind]] = {kind.name: kind for kind in _ALL}


def open_messengers(session: aiohttp.ClientSession, rules: AddressRules) -> Mapping[str, Messenger]:
    """All of them over one session."""
    asking = Asking(session, rules)
    return {name: kind.opens(asking) for name, kind in KINDS.items()}
