"""How a browser tells a channel: expressions that decide as reading.py and grouping.py do. No I/O here.

A page's script has no room for our lists. The table of a site whose rules ask for a channel carries them, so both sides
go by one list; a test runs both over the same landings. The first row that fits counts; all texts are in small letters.
Where an expression cannot know (`_openstat` in Base64), no channel is told, and no rule that names one fits.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from typing import Final

from calltracking.channels.click_ids import CLICK_IDS
from calltracking.channels.reading import USUAL
from calltracking.channels.referrers import SAME, Category, Known, tables
from calltracking.channels.source import Channel

Row = tuple[str, ...]
_COUNTRY: Final = r"\.(?:com|(?:com?\.)?[a-z]{2})"
_BEFORE: Final = f"(?:{'|'.join(map(re.escape, SAME))})?"
_UNKNOWN: Final = "?"
_SOLD: Final = frozenset({"cpc", "display"})
_ASKED: Final = frozenset({Category.SEARCH, Category.SOCIAL, Category.VIDEO, Category.SHOPPING})
_PAID: Final = "(?:.*cp.*|ppc|retargeting|paid.*)"
_SHOP: Final = "(?:(?:.*[^a-df-z])?shop.*|.*shopping.*)"
_EMAIL: Final = "(?:email|e-mail|e_mail|e mail)"
_ANY: Final = ".*"
_FACTS: Final[tuple[Row, ...]] = (
    # what category, source, medium and campaign must be, and the channel
    (_ANY, r"\?", _ANY, _ANY, ""),
    (_ANY, _ANY, r"\?", _ANY, ""),
    (_ANY, r"(?:\(direct\)|direct)", r"(?:\(none\)|\(not set\)|)", _ANY, Channel.DIRECT),
    (_ANY, _ANY, _ANY, ".*cross-network.*", Channel.CROSS_NETWORK),
    ("shopping", _ANY, _PAID, _ANY, Channel.PAID_SHOPPING),
    (_ANY, _ANY, _PAID, _SHOP, Channel.PAID_SHOPPING),
    ("search", _ANY, _PAID, _ANY, Channel.PAID_SEARCH),
    ("social", _ANY, _PAID, _ANY, Channel.PAID_SOCIAL),
    ("video", _ANY, _PAID, _ANY, Channel.PAID_VIDEO),
    (_ANY, _ANY, "(?:display|banner|expandable|interstitial|cpm)", _ANY, Channel.DISPLAY),
    (_ANY, _ANY, _PAID, _ANY, Channel.PAID_OTHER),
    ("shopping", _ANY, _ANY, _ANY, Channel.ORGANIC_SHOPPING),
    (_ANY, _ANY, _ANY, _SHOP, Channel.ORGANIC_SHOPPING),
    ("social", _ANY, _ANY, _ANY, Channel.ORGANIC_SOCIAL),
    (_ANY, _ANY, "(?:social(?:[ -](?:network|media))?|sm)", _ANY, Channel.ORGANIC_SOCIAL),
    ("video", _ANY, _ANY, _ANY, Channel.ORGANIC_VIDEO),
    (_ANY, _ANY, ".*video.*", _ANY, Channel.ORGANIC_VIDEO),
    (_ANY, _ANY, "ai-assistant", _ANY, Channel.AI_ASSISTANT),
    ("search", _ANY, _ANY, _ANY, Channel.ORGANIC_SEARCH),
    (_ANY, _ANY, "organic", _ANY, Channel.ORGANIC_SEARCH),
    (_ANY, _EMAIL, _ANY, _ANY, Channel.EMAIL),
    (_ANY, _ANY, _EMAIL, _ANY, Channel.EMAIL),
    (_ANY, _ANY, "affiliate", _ANY, Channel.AFFILIATES),
    (_ANY, _ANY, "(?:referral|app|link)", _ANY, Channel.REFERRAL),
    (_ANY, _ANY, "audio", _ANY, Channel.AUDIO),
    (_ANY, "sms", _ANY, _ANY, Channel.SMS),
    (_ANY, _ANY, "sms", _ANY, Channel.SMS),
    (_ANY, _ANY, "(?:.*push|.*mobile.*|.*notification.*)", _ANY, Channel.MOBILE_PUSH),
    (_ANY, "firebase", _ANY, _ANY, Channel.MOBILE_PUSH),
    (_ANY, _ANY, _ANY, _ANY, Channel.UNASSIGNED),
)
"""grouping.RULES in its order."""


@lru_cache(256)
def browser_lists(own_hosts: frozenset[str] = frozenset()) -> dict[str, list[Row]]:
    """`marks`, `sites` and `rules`, as the table of a site with these hosts (`*.` in front or not) has them."""
    own = _host(sorted(host.removeprefix("*.") for host in own_hosts))
    ours = rf"(?:(?:.*\.)?{own})" if own_hosts else "(?!)"
    links = [(rf"^{ours}?\n.*&{kind.name}=.", kind.source, "") for kind in CLICK_IDS if not kind.sold]
    within = (rf"^\n{ours}\nreferral\n$", Channel.DIRECT.value)
    return {"marks": [*_marks(), *links], "sites": list(_sites()), "rules": [within, *_rules()]}


def _rules() -> Iterator[Row]:
    """Expression over category, source, medium and campaign, a line each, and the channel."""
    for *facts, channel in _FACTS:
        yield "^" + r"\n".join(facts), str(channel)


def _marks() -> Iterator[Row]:
    """What an address says beside utm_*: expression over host and `&tags`, a line each; source, medium."""
    for known in _once(known for known in tables().below.values() if known.medium in _SOLD):
        yield f"&_openstat={_under(known)}(?:;|%3b)", known.source, known.medium
    yield "&_openstat=.", _UNKNOWN, _UNKNOWN
    sold = [kind for kind in CLICK_IDS if kind.sold]
    for (source, medium, places), kinds in groupby(sold, lambda kind: (kind.source, kind.medium, kind.places)):
        ids = f"&(?:{'|'.join(kind.name for kind in kinds)})=."
        for known in _once(known for known in tables().below.values() if known.source in places):
            exact = known.medium if known.category is Category.DISPLAY else medium
            yield f"^{_under(known)}\\n.*{ids}", known.source, exact
        yield ids, source, medium
    yield "&erid=.", "", "paid"


def _once(known: Iterable[Known]) -> list[Known]:
    return sorted(set(known), key=lambda one: one.source)


def _sites() -> Iterator[Row]:
    """Expression over a host or a name, its category, and a medium that is more than a site's."""
    yield _unknown(), "", ""
    for kind, names in sorted(_by_kind(tables().names).items()):
        yield f"^(?:{_any(map(re.escape, names))})$", *kind
    for kind, hosts in sorted(_by_kind(tables().alone).items()):
        yield f"^{_BEFORE}{_host(hosts)}$", *kind
    longest: dict[int, dict[str, Known]] = defaultdict(dict)
    for host, known in tables().below.items():
        longest[-host.count(".")][host] = known
    for _, part in sorted(longest.items()):
        for kind, hosts in sorted(_by_kind(part).items()):
            yield rf"^(?:.*\.)?{_host(hosts)}$", *kind


def _unknown() -> str:
    """What no row behind it can know, direct visits too: in no place where a name may begin it does as a known one.

    A browser makes an expression ready when it first uses it, half a microsecond a letter, four times that on a slow
    telephone: nearly every visit that no list knows is told in a fifth of the letters.
    """
    names = {name.removesuffix("*") for part in (tables().names, tables().alone, tables().below) for name in part}
    starts = sorted({re.escape(name[:4]) + ("" if name[3:] or name[-1] == "." else "$") for name in names})
    return rf"^(?!(?:.*\.)?(?:{_any(starts)}))"


def _by_kind(part: Mapping[str, Known]) -> dict[tuple[str, str], list[str]]:
    """By category, where a rule asks for it, and medium; a site that is neither is one that nobody knows."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, known in part.items():
        category = known.category.value if known.category in _ASKED else ""
        found[category, "" if known.medium in USUAL else known.medium].append(name)
    found.pop(("", ""), None)
    return found


def _under(known: Known) -> str:
    """Any host of a source, or below one, as a part of a text."""
    return rf"(?:[^&]*\.)?{_host([host for host, one in tables().below.items() if one == known])}"


def _host(hosts: Iterable[str]) -> str:
    """One of these; `google.*` ends in any country's domain."""
    whole = [re.escape(host) for host in hosts if not host.endswith(".*")]
    anywhere = [re.escape(host[:-2]) for host in hosts if host.endswith(".*")]
    return f"(?:{_any([*whole, *([f'(?:{_any(anywhere)}){_COUNTRY}'] if anywhere else [])])})"


def _any(patterns: Iterable[str]) -> str:
    return "|".join(patterns)
