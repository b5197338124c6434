"""What advertising systems put into a page's address by themselves. No I/O here.

Each says who sold the click where tags do not. Some owners mark every link that leaves them, sold or not: such an id
says where the visitor was where the browser does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from calltracking.channels.address import clean
from calltracking.channels.source import LONGEST_CLICK_ID


@dataclass(frozen=True, slots=True)
class ClickId:
    """One kind of id: a source of referrers.csv; a referrer may name one of `places` more exactly."""

    name: str
    source: str
    medium: str = "cpc"
    sold: bool = True
    places: tuple[str, ...] = ()


_GOOGLE: Final = ("google-network", "youtube")
CLICK_IDS: Final = (
    ClickId("yclid", "yandex-direct", places=("yandex-network",)),
    ClickId("ymclid", "yandex-market"),
    ClickId("gclid", "google", places=_GOOGLE),
    ClickId("gbraid", "google", places=_GOOGLE),
    ClickId("wbraid", "google", places=_GOOGLE),
    ClickId("dclid", "google-network", "display"),
    ClickId("msclkid", "bing"),
    ClickId("rb_clickid", "vk-ads"),
    ClickId("ttclid", "tiktok"),
    ClickId("srsltid", "google-shopping", "organic", sold=False),
    ClickId("ysclid", "yandex", "organic", sold=False),
    ClickId("fbclid", "facebook", "referral", sold=False),
)
"""In the order in which they decide."""


def click_ids_of(tags: Mapping[str, str]) -> tuple[tuple[ClickId, str], ...]:
    """The ids among the tags of an address, with what they hold."""
    found = ((kind, whole(tags[kind.name])) for kind in CLICK_IDS if kind.name in tags)
    return tuple((kind, value) for kind, value in found if value)


def whole(text: str) -> str:
    """An id, or nothing where it is too long to be one."""
    text = clean(text, LONGEST_CLICK_ID + 1)
    return text if len(text) <= LONGEST_CLICK_ID else ""
