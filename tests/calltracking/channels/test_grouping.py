"""Google's default channel group against a table written down a second time, over every combination of a grid."""

import itertools
import re

import pytest

from calltracking.channels.grouping import RULES, Facts, grouped
from calltracking.channels.referrers import Category
from calltracking.channels.source import Channel

PAID = r"^(.*cp.*|ppc|retargeting|paid.*)$"
SHOP = r"^(.*(([^a-df-z]|^)shop|shopping).*)$"
MAIL = r"^(email|e-mail|e_mail|e mail)$"
GOOGLE = (
    # channel, category, source, medium, campaign: all of a row's conditions hold; a channel's rows are alternatives
    ("Direct", "", r"^(direct|\(direct\))$", r"^(\(none\)|\(not set\)|)$", ""),
    ("Cross-network", "", "", "", "^.*cross-network.*$"),
    ("Paid Shopping", "shopping", "", PAID, ""),
    ("Paid Shopping", "", "", PAID, SHOP),
    ("Paid Search", "search", "", PAID, ""),
    ("Paid Social", "social", "", PAID, ""),
    ("Paid Video", "video", "", PAID, ""),
    ("Display", "", "", "^(display|banner|expandable|interstitial|cpm)$", ""),
    ("Paid Other", "", "", PAID, ""),
    ("Organic Shopping", "shopping", "", "", ""),
    ("Organic Shopping", "", "", "", SHOP),
    ("Organic Social", "social", "", "", ""),
    ("Organic Social", "", "", "^(social|social-network|social-media|sm|social network|social media)$", ""),
    ("Organic Video", "video", "", "", ""),
    ("Organic Video", "", "", "^(.*video.*)$", ""),
    ("AI Assistant", "", "", "^ai-assistant$", ""),
    ("Organic Search", "search", "", "", ""),
    ("Organic Search", "", "", "^organic$", ""),
    ("Email", "", MAIL, "", ""),
    ("Email", "", "", MAIL, ""),
    ("Affiliates", "", "", "^affiliate$", ""),
    ("Referral", "", "", "^(referral|app|link)$", ""),
    ("Audio", "", "", "^audio$", ""),
    ("SMS", "", "^sms$", "", ""),
    ("SMS", "", "", "^sms$", ""),
    ("Mobile Push Notifications", "", "", "push$", ""),
    ("Mobile Push Notifications", "", "", "mobile|notification", ""),
    ("Mobile Push Notifications", "", "^firebase$", "", ""),
)
SOURCES = ("(direct)", "direct", "google", "e-mail", "sms", "smsc", "firebase")
MEDIUMS = (
    "", "(none)", "(not set)", "cpc", "cpm", "ppc", "xcpx", "retargeting", "paid", "paidsocial", "unpaid", "display",
    "banner", "expandable", "interstitial", "social", "social-network", "social-media", "sm", "social network",
    "social media", "smm", "video", "in-video-ad", "ai-assistant", "ai", "organic", "organics", "email", "e-mail",
    "e_mail", "e mail", "emails", "affiliate", "affiliates", "referral", "app", "link", "links", "audio", "sms", "push",
    "webpush", "pushes", "mobile", "mobile-app", "notification", "notifications",
)  # fmt: skip
CAMPAIGNS = ("", "my cross-network 1", "shop", "bishop", "shopping")
CATEGORIES = (None, Category.SEARCH, Category.SOCIAL, Category.VIDEO, Category.SHOPPING, Category.AI)


def by_the_book(source: str, medium: str, campaign: str, category: str) -> str:
    for channel, kind, *patterns in GOOGLE:
        texts = zip(patterns, (source, medium, campaign), strict=True)
        if kind in {"", category} and all(re.search(pattern, text) for pattern, text in texts):
            return channel
    return "Unassigned"


def test_every_combination_of_the_grid_is_as_google_says() -> None:
    grid = list(itertools.product(SOURCES, MEDIUMS, CAMPAIGNS, CATEGORIES))

    told = [grouped(Facts(*facts))[1] for facts in grid]

    assert [
        facts
        for facts, channel in zip(grid, told, strict=True)
        if channel != by_the_book(facts[0], facts[1], facts[2], facts[3] or "none")
    ] == []
    assert set(told) == set(Channel)


def test_the_rules_stand_in_googles_order() -> None:
    assert [channel for channel, _ in RULES] == list(dict.fromkeys(row[0] for row in GOOGLE))


@pytest.mark.parametrize(("campaign", "shops"), [("bishop", False), ("eshop", True), ("shopper", True), ("a", False)])
def test_a_shop_in_a_campaign(campaign: str, shops: bool) -> None:
    assert (grouped(Facts("x", "y", campaign, None))[1] is Channel.ORGANIC_SHOPPING) is shops
