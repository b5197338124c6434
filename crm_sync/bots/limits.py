"""What each messenger takes of one bot, as a table. No I/O here.

Telegram: crm.md §5 and core.telegram.org/bots/faq#broadcasting-to-users. MAX: 30 requests a second, texts to 4,000
characters (dev.max.ru/docs-api, POST /messages). VK Teams publishes no number
(teams.vk.com/botapi): ten a second is ours, and 4,096 characters what clients of it keep to.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Limits(NamedTuple):
    """`a_second` messages, of which `for_cards` of a burst are left to cards; `turn`: seconds between two to a chat."""

    a_second: float
    for_cards: float
    turn: float
    longest: int
    """Characters of a text."""
    longest_answer: int
    """Characters of the word to who pressed a button."""


LIMITS: Final[Mapping[str, Limits]] = {
    "telegram": Limits(30.0, 20.0, 1.0, 4096, 200),
    "vkteams": Limits(10.0, 6.0, 1.0, 4096, 200),
    "max": Limits(30.0, 20.0, 1.0, 4000, 200),
}


def cut(text: str, longest: int) -> str:
    """As much of it as the messenger takes."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
