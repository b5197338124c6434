"""Operations about sites, pools, what numbers tell, and who held them. No I/O here."""

from typing import Final

from calltracking.agencies.api import AttributionPage, LeasePage, SiteVisitPage
from calltracking.callbacks.widget import WidgetFields
from calltracking.forms.api import FormPage
from calltracking.planner.plan import MOST, Plan
from calltracking.planner.reuse import Reuse
from calltracking.sites.api import PoolList, SiteList, ToldPage
from calltracking.sites.site import PlacementFields, PoolFields, PoolRow, SiteFields, SiteRow, ToldFields, ToldRow
from trunkline.app.operation import PAGED, Operation, query
from trunkline.people.roles import Right

_EDIT = Right.SITES_EDIT
_OF_DAYS: Final = (
    query("days", "Of so many days until today.", type="integer", minimum=1),
    query("since", "Or from this day on.", format="date"),
    query("until", "Until this day, included.", format="date"),
    query("site", "Of one site.", format="uuid"),
    *PAGED,
)

SITES: Final = (
    Operation("get", "/api/v1/sites", "Every site with its placements", {200: SiteList}, _EDIT),
    Operation("post", "/api/v1/sites", "Add a site", {201: SiteRow}, _EDIT, body=SiteFields),
    Operation("get", "/api/v1/sites/{id}", "One site", {200: SiteRow}, _EDIT),
    Operation(
        "put",
        "/api/v1/sites/{id}",
        "Replace all of a site but its placements",
        {200: SiteRow},
        _EDIT,
        body=SiteFields,
    ),
    Operation(
        "post",
        "/api/v1/sites/{id}/placements",
        "Add a placement, or change the one of its name",
        {200: SiteRow},
        _EDIT,
        body=PlacementFields,
    ),
    Operation(
        "delete", "/api/v1/sites/{id}/placements/{placement}", "Take a placement out of a site", {204: None}, _EDIT
    ),
    Operation("get", "/api/v1/sites/{id}/callback", "The callback button of a site", {200: WidgetFields}, _EDIT),
    Operation(
        "put",
        "/api/v1/sites/{id}/callback",
        "Replace the callback button of a site",
        {200: WidgetFields},
        _EDIT,
        body=WidgetFields,
    ),
    Operation("get", "/api/v1/pools", "Every pool with its numbers of today", {200: PoolList}, _EDIT),
    Operation("post", "/api/v1/pools", "Add a pool", {201: PoolRow}, _EDIT, body=PoolFields),
    Operation(
        "put", "/api/v1/pools/{id}", "Replace all of a pool but its numbers", {200: PoolRow}, _EDIT, body=PoolFields
    ),
    Operation(
        "get",
        "/api/v1/pools/{id}/plan",
        "Who asked a pool for numbers in 28 days, and what more or fewer numbers would change",
        {200: Plan},
        _EDIT,
        (query("numbers", "So many numbers beside the usual sizes.", type="integer", minimum=1, maximum=MOST),),
    ),
    Operation(
        "get",
        "/api/v1/pools/{id}/reuse",
        "Numbers of a pool given again while they rested or shared, by day and site, with the calls to them",
        {200: Reuse},
        _EDIT,
        _OF_DAYS[:3],
    ),
    Operation("get", "/api/v1/tracking-numbers", "What every number tells and told", {200: ToldPage}, _EDIT, PAGED),
    Operation(
        "post",
        "/api/v1/tracking-numbers",
        "A number is leased by a pool, or tells one source, from a day on",
        {201: ToldRow},
        _EDIT,
        body=ToldFields,
    ),
    Operation(
        "delete", "/api/v1/tracking-numbers/{id}", "From today on the number tells this no more", {204: None}, _EDIT
    ),
    Operation(
        "get",
        "/api/v1/leases",
        "Who held a number at a moment; with days, every lease of them, the newest first",
        {200: LeasePage},
        Right.VISITS_READ,
        (
            query("number", "The number; needed where no days are told.", examples=["+74951234567"]),
            query(
                "at", "The moment with its offset; now, where it is left out. Goes without days.", format="date-time"
            ),
            *_OF_DAYS,
        ),
    ),
    Operation(
        "get",
        "/api/v1/visits",
        "Visits of sites with the channel they came by, the newest first",
        {200: SiteVisitPage},
        Right.VISITS_READ,
        _OF_DAYS,
    ),
    Operation(
        "get",
        "/api/v1/attributions",
        "Calls with the visit or the number that explains them and the alternatives, the newest first",
        {200: AttributionPage},
        Right.CALLS_READ,
        (query("sure", "At least so sure, from 0 to 1.", type="number", minimum=0, maximum=1), *_OF_DAYS),
    ),
    Operation(
        "get",
        "/api/v1/forms",
        "What visitors wrote into forms, and who asked to be called, the newest first",
        {200: FormPage},
        Right.LEADS_READ,
        PAGED,
    ),
)
