"""`/reports/proof`: the figures of a site over some days, each with what it means, to be printed and signed for."""

from typing import Any, Final

from aiohttp import web

from calltracking.exports.whys import why_words
from calltracking.proof.bill_store import compare
from calltracking.proof.delivered import read_delivered
from calltracking.proof.outage import bands
from calltracking.proof.outage_store import read_outages
from calltracking.proof.proof import LACKS, WHYS, Deals
from calltracking.proof.store import ProvenSite, read_deals, read_proof, read_visits, sites_seen
from calltracking.proof.trying import list_tests
from calltracking.proof.words import KIND_NAMES, LACK_NAMES, WHY_NAMES
from calltracking.results.chart import chart_of
from calltracking.results.pages import asked_time
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, NotFound
from trunkline.people.identity import Identity
from trunkline.people.pages.request import mistakes_of, now, transaction
from trunkline.people.roles import Right
from trunkline.reports.days import Days
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page

PATH: Final = "/reports/proof"


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(PATH, show_proof)]


async def show_proof(request: web.Request) -> web.Response:
    """`GET ?site=&days= | &since=&until=`: without a site, the first; days that are none are told at their field."""
    viewer = signed_in(request)
    async with transaction(request) as connection:
        sites = await sites_seen(connection, viewer.reach())
        site = site_asked(request, sites)
        if site is None:
            return page(request, "proof/none.html", may_add=viewer.holds(Right.SITES_EDIT))
        shown: dict[str, Any] = {"site": site, "sites": [(one.key, one.name) for one in sites]}
        try:
            days, _when = asked_time(request)
        except InvalidInput as error:
            fields = {name: request.query.get(name, "") for name in ("since", "until")}
            wrong: dict[str, Any] = {"fields": fields, "mistakes": mistakes_of(error)}
            return page(request, "proof/page.html", status=400, **shown, **wrong)
        found = await _read(connection, site, days, viewer)
    return page(
        request,
        "proof/page.html",
        **shown,
        mistakes={},
        days=days,
        fields={"since": days.first.isoformat(), "until": days.last.isoformat()},
        kinds={kind: _(name) for kind, name in KIND_NAMES.items()},
        made_at=now(),
        made_by=viewer.name,
        narrow=not sees_everything(viewer),
        may_look=viewer.holds(Right.CALLS_READ),
        differences=f"{PATH}/differences?site={site.key}&since={days.first}&until={days.last}",
        **found,
    )


async def _read(connection: Connection, site: ProvenSite, days: Days, viewer: Identity) -> dict[str, Any]:
    """What the page tells: visits have no department, deals and bills are the whole company's."""
    reach, whole = viewer.reach(), sees_everything(viewer)
    counts_visits = viewer.scope.departments is None
    proof = await read_proof(connection, site, days, reach)
    outages = await read_outages(connection, site.id if counts_visits else None, days, now())
    deals = await read_deals(connection, site, days) if whole else None
    delivered = await read_delivered(connection, site.id, days, reach)
    matches, covered = await compare(connection, site.id, days) if whole else ([], [])
    chart = chart_of(days, proof.days)
    return {
        "proof": proof,
        "visits": await read_visits(connection, site.id, days) if counts_visits else None,
        "whys": [(*_both(WHY_NAMES[why]), proof.whys[why]) for why in WHYS if proof.whys.get(why)],
        "chart": chart,
        "outages": outages,
        "bands": bands(chart, days, outages),
        "deals": deals,
        "lacks": _lacks(deals, site.campaign_days),
        "delivered": delivered,
        "left_out": [(why_words(why), count) for why, count in delivered.whys.items()],
        "matches": matches,
        "covered": covered,
        "theirs": {line.number: line.theirs for line in matches},
        "tests": await list_tests(connection, site.id, days),
    }


def site_asked(request: web.Request, sites: list[ProvenSite]) -> ProvenSite | None:
    """The site of `?site=`, else the first; None where there is none. Raises NotFound for one that is not seen."""
    key = request.query.get("site", "")
    if not key:
        return sites[0] if sites else None
    for one in sites:
        if one.key == key:
            return one
    raise NotFound(_("There is no such site."))


def sees_everything(viewer: Identity) -> bool:
    """Whether every line and department is his: some things belong to none."""
    return viewer.scope.lines is None and viewer.scope.departments is None


def _lacks(deals: Deals | None, back: int) -> list[tuple[str, str, int]]:
    states = deals.states if deals else {}
    told = [(*_both(LACK_NAMES[lack]), states[lack]) for lack in LACKS if states.get(lack)]
    return [(name, meaning % {"days": back}, count) for name, meaning, count in told]


def _both(words: tuple[str, str]) -> tuple[str, str]:
    return _(words[0]), _(words[1])
