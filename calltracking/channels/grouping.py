"""Google Analytics 4's default channel group: its rules in its order, each a named predicate. No I/O here.

From Google's table (docs/channels.md). Text is compared without regard to letters' case, as there.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from calltracking.channels.referrers import Category
from calltracking.channels.source import DIRECT_SOURCE, NO_MEDIUM, NOT_SET, Channel

AI_MEDIUM: Final = "ai-assistant"
_PAID: Final = re.compile(r"^(.*cp.*|ppc|retargeting|paid.*)$", re.DOTALL)
_SHOP: Final = re.compile(r"^(.*(([^a-df-z]|^)shop|shopping).*)$", re.DOTALL)
_VIDEO: Final = re.compile(r"^(.*video.*)$", re.DOTALL)
_DISPLAY: Final = frozenset({"display", "banner", "expandable", "interstitial", "cpm"})
_SOCIAL: Final = frozenset({"social", "social-network", "social-media", "sm", "social network", "social media"})
_EMAIL: Final = frozenset({"email", "e-mail", "e_mail", "e mail"})
_REFERRAL: Final = frozenset({"referral", "app", "link"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at, in small letters; `category` is the list's for the source."""

    source: str
    medium: str
    campaign: str
    category: Category | None


def is_direct(facts: Facts) -> bool:
    return facts.source in {DIRECT_SOURCE, "direct"} and facts.medium in {NO_MEDIUM, NOT_SET, ""}


def is_cross_network(facts: Facts) -> bool:
    return "cross-network" in facts.campaign


def is_paid(facts: Facts) -> bool:
    return _PAID.fullmatch(facts.medium) is not None


def is_shopping(facts: Facts) -> bool:
    return facts.category is Category.SHOPPING or _SHOP.fullmatch(facts.campaign) is not None


def is_paid_shopping(facts: Facts) -> bool:
    return is_shopping(facts) and is_paid(facts)


def is_paid_search(facts: Facts) -> bool:
    return facts.category is Category.SEARCH and is_paid(facts)


def is_paid_social(facts: Facts) -> bool:
    return facts.category is Category.SOCIAL and is_paid(facts)


def is_paid_video(facts: Facts) -> bool:
    return facts.category is Category.VIDEO and is_paid(facts)


def is_display(facts: Facts) -> bool:
    return facts.medium in _DISPLAY


def is_social(facts: Facts) -> bool:
    return facts.category is Category.SOCIAL or facts.medium in _SOCIAL


def is_video(facts: Facts) -> bool:
    return facts.category is Category.VIDEO or _VIDEO.fullmatch(facts.medium) is not None


def is_ai_assistant(facts: Facts) -> bool:
    return facts.medium == AI_MEDIUM


def is_search(facts: Facts) -> bool:
    return facts.category is Category.SEARCH or facts.medium == "organic"


def is_email(facts: Facts) -> bool:
    return facts.source in _EMAIL or facts.medium in _EMAIL


def is_affiliates(facts: Facts) -> bool:
    return facts.medium == "affiliate"


def is_referral(facts: Facts) -> bool:
    return facts.medium in _REFERRAL


def is_audio(facts: Facts) -> bool:
    return facts.medium == "audio"


def is_sms(facts: Facts) -> bool:
    return "sms" in {facts.source, facts.medium}


def is_mobile_push(facts: Facts) -> bool:
    medium = facts.medium
    return medium.endswith("push") or "mobile" in medium or "notification" in medium or facts.source == "firebase"


RULES: Final[tuple[tuple[Channel, Callable[[Facts], bool]], ...]] = (
    (Channel.DIRECT, is_direct),
    (Channel.CROSS_NETWORK, is_cross_network),
    (Channel.PAID_SHOPPING, is_paid_shopping),
    (Channel.PAID_SEARCH, is_paid_search),
    (Channel.PAID_SOCIAL, is_paid_social),
    (Channel.PAID_VIDEO, is_paid_video),
    (Channel.DISPLAY, is_display),
    (Channel.PAID_OTHER, is_paid),
    (Channel.ORGANIC_SHOPPING, is_shopping),
    (Channel.ORGANIC_SOCIAL, is_social),
    (Channel.ORGANIC_VIDEO, is_video),
    (Channel.AI_ASSISTANT, is_ai_assistant),
    (Channel.ORGANIC_SEARCH, is_search),
    (Channel.EMAIL, is_email),
    (Channel.AFFILIATES, is_affiliates),
    (Channel.REFERRAL, is_referral),
    (Channel.AUDIO, is_audio),
    (Channel.SMS, is_sms),
    (Channel.MOBILE_PUSH, is_mobile_push),
)


def grouped(facts: Facts) -> tuple[int, Channel]:
    """The first rule that fits, by its number from 1; 0 and Unassigned where none does."""
    for number, (channel, fits) in enumerate(RULES, start=1):
        if fits(facts):
            return number, channel
    return 0, Channel.UNASSIGNED
