"""Where a visit came from, as a value. No I/O here."""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

LONGEST_TEXT: Final = 200
LONGEST_PATH: Final = 500
LONGEST_CLICK_ID: Final = 512
"""A longer one is left out: half a click id is of no use to anybody."""

DIRECT_SOURCE: Final = "(direct)"
NO_MEDIUM: Final = "(none)"
NOT_SET: Final = "(not set)"


@unique
class Channel(StrEnum):
    """Google Analytics 4's default channel group, by its names."""

    DIRECT = "Direct"
    CROSS_NETWORK = "Cross-network"
    PAID_SHOPPING = "Paid Shopping"
    PAID_SEARCH = "Paid Search"
    PAID_SOCIAL = "Paid Social"
    PAID_VIDEO = "Paid Video"
    DISPLAY = "Display"
    PAID_OTHER = "Paid Other"
    ORGANIC_SHOPPING = "Organic Shopping"
    ORGANIC_SOCIAL = "Organic Social"
    ORGANIC_VIDEO = "Organic Video"
    AI_ASSISTANT = "AI Assistant"
    ORGANIC_SEARCH = "Organic Search"
    EMAIL = "Email"
    AFFILIATES = "Affiliates"
    REFERRAL = "Referral"
    AUDIO = "Audio"
    SMS = "SMS"
    MOBILE_PUSH = "Mobile Push Notifications"
    UNASSIGNED = "Unassigned"


@unique
class Evidence(StrEnum):
    """What said where the visit came from; the first that speaks decides."""

    TAGS = "tags"
    OPENSTAT = "openstat"
    CLICK_ID = "click id"
    ERID = "erid"
    REFERRER = "referrer"
    LINK_MARK = "link mark"
    OWN_SITE = "own site"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Openstat:
    """What a mark `_openstat` says: which advertising service, campaign, advertisement and place."""

    service: str
    campaign: str = ""
    ad: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a visit came from.

    `source` and `medium` are in small letters, campaign, term and content as written. `click_ids` are names and
    values in the order of our table. `landing` is the path of the page, `referrer` the host before it. `evidence` says
    what decided, `trace` how the reading went, the rule of the channel last.
    """

    channel: Channel
    source: str
    medium: str
    campaign: str = ""
    term: str = ""
    content: str = ""
    click_ids: tuple[tuple[str, str], ...] = ()
    erid: str = ""
    openstat: Openstat | None = None
    landing: str = "/"
    referrer: str = ""
    evidence: Evidence = Evidence.NOTHING
    trace: tuple[str, ...] = ()

    @property
    def is_direct(self) -> bool:
        """Whether nothing said where it came from."""
        return self.channel is Channel.DIRECT

    @property
    def is_campaign(self) -> bool:
        """Whether the page's own address named an advertisement, so that it may begin a visit anew."""
        return self.evidence in _CAMPAIGNS


_CAMPAIGNS: Final = frozenset({Evidence.TAGS, Evidence.OPENSTAT, Evidence.CLICK_ID, Evidence.ERID})
