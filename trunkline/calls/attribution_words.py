"""Channels and landing pages in the reader's words."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote, urlsplit

from trunkline.web.i18n import gettext, mark

CHANNELS: Final = {
    "Direct": mark("Direct"),
    "Cross-network": mark("Cross-network"),
    "Paid Shopping": mark("Paid shopping"),
    "Paid Search": mark("Paid search"),
    "Paid Social": mark("Paid social"),
    "Paid Video": mark("Paid video"),
    "Display": mark("Display"),
    "Paid Other": mark("Paid, other"),
    "Organic Shopping": mark("Organic shopping"),
    "Organic Social": mark("Organic social"),
    "Organic Video": mark("Organic video"),
    "AI Assistant": mark("AI assistant"),
    "Organic Search": mark("Organic search"),
    "Email": mark("Mailing"),
    "Affiliates": mark("Affiliates"),
    "Referral": mark("Link on a site"),
    "Audio": mark("Audio"),
    "SMS": mark("Text message"),
    "Mobile Push Notifications": mark("Push notification"),
    "Offline": mark("Offline advertising"),  # what is written of numbers that no site shows
    "Unassigned": mark("Unassigned"),
}
_REASONS: Final = {
    "tap": mark("touched the number's link"),
    "visit": mark("had the page open"),
    "later": mark("had seen the number before"),
    "region": mark("calls from the region of the visit"),
    "phone": mark("called from this number before"),
}
_LONGEST_PAGE: Final = 120


def channel_in_words(channel: str) -> str:
    """A channel of visits by its name in the reader's language; a static number's as it was written."""
    return gettext(CHANNELS[channel]) if channel in CHANNELS else channel


def reasons_in_words(reasons: Iterable[str]) -> str:
    """What speaks for the visit; empty of a number that explains its calls by itself."""
    return ", ".join(gettext(_REASONS[one]) for one in reasons if one in _REASONS)


def page_of(landing: str) -> str:
    """The page without its tags, which may say more of a visitor than anybody needs."""
    try:
        parts = urlsplit(landing)
    except ValueError:
        return ""
    shown = f"{parts.netloc}{unquote(parts.path, errors='replace')}"
    return shown if len(shown) <= _LONGEST_PAGE else f"{shown[:_LONGEST_PAGE]}…"
