"""Where one visit ends and the next begins. No I/O here.

A visit goes on until half an hour without a page, or until a page's own address names another campaign. A referrer
alone begins none, and a page without a source takes nothing away from the visit it belongs to.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from calltracking.channels.click_ids import CLICK_IDS
from calltracking.channels.source import Source

IDLE: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Previous:
    """The visitor's latest visit on the site: its source, and when he was last seen in it."""

    source: Source
    seen_at: datetime


def continues(previous: Previous | None, source: Source, now: datetime, idle: timedelta = IDLE) -> bool:
    """Whether a page with this source belongs to the visit before."""
    if previous is None or now - previous.seen_at >= idle:
        return False
    return not source.is_campaign or _campaign(source) == _campaign(previous.source)


def _campaign(source: Source) -> tuple[str, str, str, str]:
    return source.channel, source.source, source.medium, source.campaign.casefold()


CAMPAIGNS: Final = (
    "&utm_(?:source|medium|campaign|id)=[^&]+",
    f"&(?:{'|'.join(kind.name for kind in CLICK_IDS if kind.sold)}|_openstat|erid)=(?=[^&])",
)
"""The same for browsers: what the first of these finds in an address, in small letters, is its campaign."""
