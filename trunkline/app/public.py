"""The application of the public listener: what the world may reach. No session or cookie of ours, and no page but the
card in a portal's frame, unless `web.card_outside` lets the caller card out."""

import time
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from functools import cache

import aiohttp_jinja2
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import Counter, Histogram

import crm_sync.bitrix24.card_page
import crm_sync.bots.hooks
import crm_sync.generic.hooks
import crm_sync.hooks
import crm_sync.onec.receiving
import crm_sync.signing_in
import recordings.public
from calltracking.callbacks import public as callbacks
from calltracking.callbacks.widget import CompanyKinds
from calltracking.forms import public as forms
from calltracking.leases import public as leases
from calltracking.leases.serving import leases_context
from calltracking.proof.outage_store import pulse_context
from calltracking.script import beside
from calltracking.script import pages as script
from recordings.copying import copies_context
from trunkline.app import services
from trunkline.app.outside import let_out
from trunkline.chats import hooks as chat_hooks
from trunkline.directory.values import Head
from trunkline.keys import directory_key, health_key, process_key, secret_box_key, settings_key, spool_key
from trunkline.log import get_logger
from trunkline.messages import stop_page
from trunkline.presence.company import company_week_key
from trunkline.settings import Settings
from trunkline.spool import SpoolWriter
from trunkline.web.health import Health, healthz
from trunkline.web.metrics import HTTP_REQUESTS, HTTP_SECONDS
from trunkline.web.middlewares import route_of
from trunkline.web.render import pages_key
from trunkline.web.security import peer_key, peer_of, perimeter_key, perimeter_of, set_headers

log = get_logger(__name__)

_LARGEST_BODY = 64 * 1024
_PARTS = (
    leases,
    forms,
    callbacks,
    script,
    beside,
    recordings.public,
    crm_sync.signing_in,
    crm_sync.hooks,
    crm_sync.bitrix24.card_page,
    crm_sync.generic.hooks,
    crm_sync.onec.receiving,
    crm_sync.bots.hooks,
    chat_hooks,
    stop_page,
)


async def spool_context(app: web.Application) -> AsyncIterator[None]:
    """The spool of the web process: what visitors' browsers said."""
    settings = app[settings_key]
    with SpoolWriter(settings.data_dir / "spool" / "web", cap_bytes=settings.limits.spool_mb << 20) as spool:
        app[spool_key] = spool
        yield


async def asset_of_pages(request: web.Request) -> web.Response:
    """`GET`: the styles and scripts of pages that are shown here; they hold nothing of this installation."""
    return await request.app[pages_key].assets.serve(request)


def _pages_of(private: web.Application) -> Callable[[web.Application], AsyncIterator[None]]:
    """What the private listener's pages are made with, for those that are shown here."""

    async def shared(app: web.Application) -> AsyncIterator[None]:
        if pages_key in private:
            app[pages_key], app[aiohttp_jinja2.APP_KEY] = private[pages_key], private[aiohttp_jinja2.APP_KEY]
        if directory_key in private:
            app[directory_key] = private[directory_key]
        yield

    return shared


async def forms_context(app: web.Application) -> AsyncIterator[None]:
    """Forms stand on the engine that knows visits."""
    forms.add_desk(app)
    yield


@web.middleware
async def know_peer(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whose request it is; any host name will do, for sites may publish our paths under their own."""
    perimeter = request.app[perimeter_key]
    request[peer_key] = peer_of(request.remote, request.headers, secure=request.secure, perimeter=perimeter)
    return await handler(request)


@cache
def _counters(route: str, status: int) -> tuple[Counter, Histogram]:
    """Found once: finding them costs more than counting."""
    return HTTP_REQUESTS.labels("public", route, str(status)), HTTP_SECONDS.labels("public", route)


@web.middleware
async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count and time each; only what goes wrong gets a line in the log, for visitors are many and leave records."""
    started = time.perf_counter()
    status = 500
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        route = route_of(request)
        requests, seconds = _counters(route, status)
        requests.inc()
        seconds.observe(time.perf_counter() - started)
        if status >= 400 and status != 429:  # who asks too often must not fill the log as well
            log.info("public_request_refused", method=request.method, route=route, status=status)


_CONTEXTS = (
    services.database_context,
    services.valkey_context,
    spool_context,
    leases_context,
    pulse_context,
    forms_context,
    callbacks.callbacks_context,
    recordings.public.recordings_context,
    copies_context,
    crm_sync.signing_in.crms_context,
    crm_sync.bitrix24.card_page.visitors_context,
    crm_sync.generic.hooks.records_context,
    crm_sync.onec.receiving.onec_context,
    crm_sync.bots.hooks.bots_context,
    stop_page.stops_context,
)


def company_kinds(private: web.Application) -> Callable[[date], CompanyKinds]:
    """The company's days as the pages of `private` tell them, read anew for another plan, calendar or day."""
    kept: tuple[Head | None, date, CompanyKinds] = (None, date.min, {})

    def kinds(today: date) -> CompanyKinds:
        nonlocal kept
        head = private[directory_key].head
        if kept[0] is not head or kept[1] != today:
            monday = today - timedelta(days=today.weekday())
            weeks = [private[company_week_key](head, monday + timedelta(days=ahead), "en") for ahead in (0, 7)]
            kept = head, today, {one.day: one.kind for week in weeks for one in week}
        return kept[2]

    return kinds


def build_public(settings: Settings, private: web.Application) -> web.Application:
    """The application; each part guards its own routes. `private` is the private listener's, served before it."""
    app = web.Application(middlewares=(count, know_peer), client_max_size=_LARGEST_BODY)
    app[settings_key] = settings
    app[secret_box_key] = settings.secret_box()
    app[process_key] = "public"
    app[health_key] = Health()
    app[perimeter_key] = perimeter_of(settings)
    app[callbacks.company_kinds_key] = company_kinds(private)
    app.add_routes([web.get("/healthz", healthz), web.get("/static/{digest}/{name:.+}", asset_of_pages)])
    script.add_library(app)
    beside.add_beside(app)
    for part in _PARTS:
        app.add_routes(part.routes())
    app.on_response_prepare.append(set_headers)
    app.cleanup_ctx.extend((*_CONTEXTS, _pages_of(private)))
    if settings.web.card_outside:
        let_out(app, private)
    return app
