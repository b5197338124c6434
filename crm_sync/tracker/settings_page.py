"""`/settings/tracker`: the company's Yandex Tracker is connected, looked at and removed here."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from aiohttp import web

from crm_sync.account_form import api_of, check_plain, refused_at, sent_by, shown
from crm_sync.asking import open_asking
from crm_sync.port import Finding
from crm_sync.tracker.check import check
from crm_sync.tracker.client import API_URL, Tracker, Way
from crm_sync.tracker.store import SQL, TrackerRow, find_tracker, save_tracker
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import uuid7
from trunkline.keys import pool_key, redis_key, secret_box_key, settings_key
from trunkline.outbox.accounts import release
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

PAGE: Final = "/settings/tracker"
_HEADERS: Final = {"X-Org-ID": mark("Yandex 360 for Business"), "X-Cloud-Org-ID": mark("Yandex Cloud")}
_NAMES: Final = {
    "token": mark("OAuth token"),
    "org_header": mark("The organisation is of"),
    "org_id": mark("Id of the organisation"),
    "queue": mark("Queue of new issues"),
    "api_url": mark("Address of the API"),
}
_NOTHING: Final[Mapping[str, str]] = {}
tracker_key: web.AppKey[Tracker] = web.AppKey("tracker", Tracker)


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(PAGE, show),
        web.post(PAGE, connect),
        web.post(f"{PAGE}/check", look),
        web.post(f"{PAGE}/remove", remove),
    ]


async def tracker_context(app: web.Application) -> AsyncIterator[None]:
    """The tracker as this process asks it."""
    async with open_asking(app[settings_key]) as asking:
        app[tracker_key] = Tracker(asking)
        yield


async def show(request: web.Request) -> web.Response:
    """How it stands, and the form."""
    return await _page(request)


async def look(request: web.Request) -> web.StreamResponse:
    """`POST`: what keeps issues from it."""
    async with transaction(request) as connection:
        known = await find_tracker(connection)
        if known is None:
            raise NotFound(_("There is no tracker."))
    findings = await check(request.app[pool_key], request.app[secret_box_key], request.app[tracker_key], known)
    return await _page(request, findings=findings)


async def connect(request: web.Request) -> web.StreamResponse:
    """`POST token, org_header, org_id, queue, api_url`: it is asked whose token it is and for the queue, then kept."""
    sent = await sent_by(request, _NAMES)
    try:
        told = await _looked_at(request, sent)
        async with transaction(request) as connection:
            tracker = await save_tracker(connection, told, actor_of(request), now())
            await release(connection, f"tracker:{tracker}")
    except InvalidInput as error:
        return await _page(request, mistakes_of(error), sent)
    await wake(request.app[redis_key], OUTBOX_WAKE)
    return redirect(request, PAGE, _("Connected. Pages of calls and leads have a button for issues now."))


async def remove(request: web.Request) -> web.StreamResponse:
    """`POST`: with all that is kept of its issues; there they stay."""
    async with transaction(request) as connection:
        tracker = await find_tracker(connection)
        if tracker is None:
            raise NotFound(_("There is no tracker."))
        await connection.execute(SQL["drop_tracker"], tracker.id)
        deed = Deed("tracker.removed", "tracker", str(tracker.id), {"login": tracker.login})
        await record(connection, actor_of(request), deed, now())
        await release(connection, f"tracker:{tracker.id}")
    return redirect(request, PAGE, _("The tracker is removed."))


async def _looked_at(request: web.Request, sent: Mapping[str, str]) -> TrackerRow:
    """The row as it is to be; raises InvalidInput, with the tracker's own words where it refuses."""
    mistakes = [Mistake(name, _("must not be empty")) for name in ("token", "org_id", "queue") if not sent[name]]
    check_plain(sent["token"] + sent["org_id"], mistakes)
    if sent["org_header"] not in _HEADERS:
        mistakes.append(Mistake("org_header", _("must be one of those there are")))
    origin = api_of(sent["api_url"], mistakes)
    if not sent["queue"].replace("-", "").replace("_", "").isalnum():
        mistakes.append(Mistake("queue", _("must be the key of a queue, as PHONE")))
    if mistakes:
        raise InvalidInput(*mistakes)
    way, tracker = Way(origin, sent["token"], sent["org_header"], sent["org_id"]), request.app[tracker_key]
    with refused_at("token", way.token):
        me = await tracker.myself(way)
    with refused_at("queue", way.token):
        queue = await tracker.queue(way, sent["queue"])
    sealed = request.app[secret_box_key].seal(way.token.encode())
    identifier = uuid7(now().timestamp())
    return TrackerRow(identifier, origin, sealed, way.org_header, way.org_id, queue, me.login, now())


async def _page(
    request: web.Request,
    mistakes: Mapping[str, str] = _NOTHING,
    sent: Mapping[str, str] = _NOTHING,
    findings: Sequence[Finding] = (),
) -> web.Response:
    async with transaction(request) as connection:
        tracker = await find_tracker(connection)
    known = {} if tracker is None else {name: getattr(tracker, name) for name in _NAMES if name != "token"}
    values = {**dict.fromkeys(_NAMES, ""), "api_url": API_URL, "org_header": "X-Org-ID", **known, **sent}
    return page(
        request,
        "crm_sync/tracker.html",
        tracker=tracker,
        findings=findings,
        headers=[(name, _(word)) for name, word in _HEADERS.items()],
        **shown(_NAMES, values, mistakes),
    )
