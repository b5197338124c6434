"""What the pages and the API of sites share: who may, which row a request is about, and forms as values."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec
from aiohttp import web

from calltracking.sites.site import PlacementFields, PoolFields, SiteFields, ToldFields
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.lines.asking import scope_of
from trunkline.people.pages.request import now
from trunkline.web.i18n import gettext as _
from trunkline.web.render import reader_of

Sent = Mapping[str, str]
SITE_NUMBERS: Final = ("hold_minutes", "beat_seconds", "target_seconds", "unique_days", "campaign_days")
"""Fields of a site that are whole numbers."""


def refuse_narrow(request: web.Request) -> None:
    """Raises NotFound for who sees some lines only: sites show numbers of all."""
    if scope_of(request) is not None:
        raise NotFound(_("Only who sees every line sees the sites."))


def company_now(request: web.Request) -> datetime:
    """Now, by the company's clock: its date is the day on which a number tells something."""
    return now().astimezone(reader_of(request).timezone)


def id_of(request: web.Request, name: str = "id") -> UUID:
    """The id in the address; raises NotFound."""
    try:
        return UUID(request.match_info[name])
    except ValueError:
        raise NotFound(_("There is nothing under this address.")) from None


async def sent_form(request: web.Request) -> dict[str, str]:
    """The fields of a form, without what no text can hold."""
    form = await request.post()
    return {name: value.replace("\0", "").strip() for name, value in form.items() if isinstance(value, str)}


def site_from(sent: Sent) -> SiteFields:
    """A site out of its form; raises InvalidInput."""
    texts = {name: sent.get(name, "") for name in ("brand", "city", "consent", "take")}
    numbers = {name: _whole(sent, name) for name in SITE_NUMBERS}
    hosts = tuple(sent.get("hosts", "").replace(",", " ").split())
    site = SiteFields(name=sent.get("name", ""), hosts=hosts, active="active" in sent, queue=sent.get("queue") or None)
    return msgspec.structs.replace(site, **texts, **numbers)


def placement_from(sent: Sent) -> PlacementFields:
    """A placement out of its form; raises InvalidInput."""
    selectors = tuple(sent.get("selectors", "").splitlines())
    name, number = sent.get("placement", ""), sent.get("number", "")
    return PlacementFields(name=name, number=number, selectors=selectors, pool=_id(sent, "pool"))


def pool_from(sent: Sent) -> PoolFields:
    """A pool out of its form; raises InvalidInput."""
    return PoolFields(
        name=sent.get("name", ""),
        city=sent.get("city", ""),
        most_sharing=_whole(sent, "most_sharing"),
        queue=sent.get("queue") or None,
        late_minutes=_whole(sent, "late_minutes"),
    )


def told_from(sent: Sent) -> ToldFields:
    """What a number tells, out of its form; a site and its placement are one choice. Raises InvalidInput."""
    site, _sign, placement = sent.get("where", "").partition(":")
    texts = {name: sent.get(name, "") for name in ("number", "source", "channel", "campaign", "city", "note")}
    return ToldFields(
        **texts,
        since=_day(sent, "since"),
        until=_day(sent, "until"),
        pool=_id(sent, "pool"),
        site=_id({"placement": site}, "placement"),
        placement=placement,
    )


def _whole(sent: Sent, name: str) -> int:
    text = sent.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 9):
        raise InvalidInput(Mistake(name, _("must be a whole number")))
    return int(text)


def _day(sent: Sent, name: str) -> date | None:
    try:
        return date.fromisoformat(sent[name]) if sent.get(name) else None
    except ValueError:
        raise InvalidInput(Mistake(name, _("must be a day, e.g. 2026-11-27"))) from None


def _id(sent: Sent, name: str) -> UUID | None:
    try:
        return UUID(sent[name]) if sent.get(name) else None
    except ValueError:
        raise InvalidInput(Mistake(name, _("choose one of the list"))) from None
