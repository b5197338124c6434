"""A visit's landing page and its referrer as a Source: the evidence in its order. No I/O here.

Tags, openstat, an id of a click that was sold, the referrer, then a mark that is on every link. The first that names a
source gives it; what it leaves open is filled from those that speak of the same click. `erid`, which Russian law puts
on every advertisement, makes an unnamed medium a paid one.
"""

import re
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from calltracking.channels.address import LONGEST_ADDRESS, Address, clean, host_of, read_address
from calltracking.channels.click_ids import ClickId, click_ids_of, whole
from calltracking.channels.grouping import AI_MEDIUM, Facts, grouped
from calltracking.channels.openstat import read_openstat
from calltracking.channels.referrers import Category, by_host, by_name
from calltracking.channels.source import (
    DIRECT_SOURCE,
    LONGEST_TEXT,
    NO_MEDIUM,
    NOT_SET,
    Evidence,
    Openstat,
    Source,
)

AI_CAMPAIGN: Final = "(ai-assistant)"
_SITES: Final = re.compile(r"\s*(?:https?|android-app)://([^/?#\\]*)", re.IGNORECASE)
_OF_THE_CLICK: Final = frozenset({Evidence.TAGS, Evidence.OPENSTAT, Evidence.CLICK_ID, Evidence.ERID})
USUAL: Final = frozenset({"organic", "referral"})
_SOLD: Final = "cpc"
_ADVERTISED: Final = "paid"


class _Hint(NamedTuple):
    """What one piece of evidence says; empty where it says nothing."""

    evidence: Evidence
    name: str
    source: str = ""
    medium: str = ""
    campaign: str = ""
    content: str = ""


def read_source(landing: str, referrer: str, own_hosts: Collection[str] = ()) -> Source:
    """Where the visit came from. Any text will do; a site of `own_hosts` (`*.` in front or not) or below one is no
    source."""
    page, before = read_address(landing), _host_before(referrer)
    own = _is_own(before, {page.host, *(host_of(host.removeprefix("*.")) for host in own_hosts)})
    ids, openstat = click_ids_of(page.tags), read_openstat(page.tags.get("_openstat", ""))
    erid = whole(page.tags.get("erid", ""))
    hints = [
        *_by_tags(page),
        *_by_openstat(openstat),
        *(_by_click(kind, before) for kind, _ in ids if kind.sold),
        *([_Hint(Evidence.ERID, "erid", medium=_ADVERTISED)] if erid else []),
        *([] if own else _by_referrer(before)),
        *(_Hint(Evidence.LINK_MARK, kind.name, kind.source, kind.medium) for kind, _ in ids if not kind.sold),
        *([_Hint(Evidence.OWN_SITE, before, DIRECT_SOURCE, NO_MEDIUM)] if own else []),
        _Hint(Evidence.NOTHING, "", DIRECT_SOURCE, NO_MEDIUM),
    ]
    named, trace = _named(hints)
    known = by_name(named.source)
    category = known.category if known else None
    number, channel = grouped(Facts(named.source, named.medium, named.campaign.lower(), category))
    return Source(
        channel,
        named.source,
        named.medium,
        named.campaign,
        _text(page, "utm_term"),
        named.content,
        tuple((kind.name, value) for kind, value in ids),
        erid,
        openstat,
        page.path,
        before,
        named.evidence,
        (*trace, f"channel: rule {number}" if number else "channel: no rule"),
    )


def _named(hints: list[_Hint]) -> tuple[_Hint, tuple[str, ...]]:
    """The hints as one, complete, and which of them gave what."""
    click = [hint for hint in hints if hint.evidence in _OF_THE_CLICK]
    source = next(hint for hint in hints if hint.source)
    if source.evidence in {Evidence.NOTHING, Evidence.OWN_SITE} and click:
        source = _Hint(click[0].evidence, click[0].name, NOT_SET)
    medium = next((hint for hint in click if hint.medium), source)
    listed = "" if medium.medium else _listed_medium(source.source)
    name = medium.medium or listed or NOT_SET
    campaign = next((hint.campaign for hint in click if hint.campaign), AI_CAMPAIGN if name == AI_MEDIUM else "")
    content = next((hint.content for hint in click if hint.content), "")
    said = _told(medium) if medium.medium else "list" if listed else "nothing"
    trace = (f"source: {_told(source)}", f"medium: {said}")
    return _Hint(hints[0].evidence, hints[0].name, source.source, name, campaign, content), trace


def _told(hint: _Hint) -> str:
    return f"{hint.evidence} {hint.name}".rstrip()


def _by_tags(page: Address) -> Iterator[_Hint]:
    """From utm_*; a page with a term or a content alone says nothing."""
    source, medium = (_text(page, name, small=True) for name in ("utm_source", "utm_medium"))
    campaign = _text(page, "utm_campaign") or _text(page, "utm_id")
    if source or medium or campaign:
        yield _Hint(Evidence.TAGS, "utm", source, medium, campaign, _text(page, "utm_content"))


def _by_openstat(mark: Openstat | None) -> Iterator[_Hint]:
    if mark is not None:
        known = by_host(host_of(mark.service))
        medium = known.medium if known and known.medium not in USUAL else _SOLD
        source = known.source if known else mark.service
        yield _Hint(Evidence.OPENSTAT, mark.service, source, medium, mark.campaign, mark.ad)


def _by_click(kind: ClickId, before: str) -> _Hint:
    known = by_host(before)
    if known is None or known.source not in kind.places:
        return _Hint(Evidence.CLICK_ID, kind.name, kind.source, kind.medium)
    medium = known.medium if known.category is Category.DISPLAY else kind.medium
    return _Hint(Evidence.CLICK_ID, kind.name, known.source, medium)


def _by_referrer(before: str) -> Iterator[_Hint]:
    known = by_host(before)
    if before:
        source, medium = (known.source, known.medium) if known else (before, "referral")
        yield _Hint(Evidence.REFERRER, before, source, medium)


def _listed_medium(source: str) -> str:
    """What the list says of a source that is more than a site: an assistant, a seller of advertisements."""
    known = by_name(source)
    return known.medium if known and known.medium not in USUAL else ""


def _host_before(referrer: str) -> str:
    """The referrer's host; empty for what is no site, such as an extension of the browser."""
    match = _SITES.match(referrer[:LONGEST_ADDRESS])
    return host_of(match[1]) if match else ""


def _is_own(host: str, own: Collection[str]) -> bool:
    return bool(host) and any(one and (host == one or host.endswith(f".{one}")) for one in own)


def _text(page: Address, name: str, *, small: bool = False) -> str:
    text = page.tags.get(name, "")
    return clean(text.lower() if small else text, LONGEST_TEXT)
