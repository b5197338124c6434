"""The process `web`: pages, API and metrics on the private listener, public paths on the other."""

import asyncio
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

import crm_sync.bots.pages
import crm_sync.chat2desk.settings_page
import crm_sync.google.pages
import crm_sync.said
import crm_sync.tracker.pages
import crm_sync.tracker.settings_page
import recordings.bundling
import recordings.uploading
import router.calendar.week
import router.outgoing_page
import router.page
import router.planning.room
import softphone_card.push.pages
import softphone_card.room
from crm_sync.bots.told import BOTS
from crm_sync.signing_in import crms_context
from crm_sync.told import CHAT2DESK
from crm_sync.told import SYSTEMS as CRM_SYSTEMS
from recordings.copying import copies_context
from recordings.erasing import forgetting
from recordings.heard import Lately
from recordings.sending import lately_key, vault_key
from recordings.vault import vault_of
from router.wiring import calm_collector
from trunkline.alarms.told import WEBHOOKS
from trunkline.app import services, web_features, web_shared
from trunkline.app.listeners import serve_until
from trunkline.app.public import build_public
from trunkline.contacts.running import imports_context
from trunkline.erasing.pages import forget_key
from trunkline.floor.looking import floor_context
from trunkline.keys import (
    health_key,
    process_key,
    secret_box_key,
    settings_key,
)
from trunkline.outbox.said import HOUSE, Said
from trunkline.outbox.told import said_key, systems_key
from trunkline.people import pages as people_pages
from trunkline.phonebook import web as phonebook
from trunkline.presence.company import company_week_key
from trunkline.settings import Settings
from trunkline.status.watch import banners, watch_context
from trunkline.status.way_watch import begin, hint, way_context
from trunkline.web.guards import GUARDS, SURROUNDINGS, guard
from trunkline.web.health import Health, healthz, readyz
from trunkline.web.issues import issues_key
from trunkline.web.metrics import metrics
from trunkline.web.middlewares import answer_errors, observe
from trunkline.web.render import reader_middleware, setup_templates
from trunkline.web.security import perimeter_of

PACKAGES = (*web_shared.PACKAGES, *web_features.PACKAGES)
_PARTS = (*web_features.PARTS, *web_shared.PARTS)
"""In this order: the first that knows a path serves it."""
_LARGEST_BODY: Final = 8 << 20
"""What is read at one go: a batch of an API, a plan as a file. Lists of contacts and the like are streamed."""
_CONTEXTS = (
    services.database_context,
    services.standby_context,
    services.valkey_context,
    services.directory_context,
    people_pages.people_context,
    router.page.switchboard_context,
    router.planning.room.preview_context,
    router.outgoing_page.exchange_context,
    imports_context,
    copies_context,
    crms_context,
    crm_sync.bots.pages.messenger_context,
    crm_sync.google.pages.google_context,
    crm_sync.tracker.settings_page.tracker_context,
    crm_sync.chat2desk.settings_page.chat2desk_context,
    phonebook.phonebook_context,
    watch_context,
    way_context,
    floor_context,
    softphone_card.room.card_context,
    softphone_card.push.pages.push_context,
)
"""What lives as long as the application; what comes later stands on what comes before."""


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Serve until `stop`."""
    private = build(settings)
    listeners = {
        "listen.web": (settings.listen.web, private),
        "listen.public": (settings.listen.public, build_public(settings, private)),
    }
    with calm_collector():
        await serve_until(stop, listeners, patience=settings.server.stop_seconds)


def build(settings: Settings) -> web.Application:
    """The application of the private listener."""
    app = web.Application(
        middlewares=(observe, answer_errors, reader_middleware, *GUARDS),
        client_max_size=_LARGEST_BODY,
    )
    app[settings_key] = settings
    app[process_key] = "web"
    app[secret_box_key] = settings.secret_box()
    app[health_key] = Health()
    app[vault_key] = vault_of(settings)
    app[forget_key] = forgetting(app[vault_key])
    app[lately_key] = Lately()
    recordings.bundling.prepare(app)
    recordings.uploading.prepare(app)
    app[systems_key] = (*CRM_SYSTEMS.values(), CHAT2DESK, *BOTS, WEBHOOKS)
    app[said_key] = Said(HOUSE, crm_sync.said.SENTENCES)
    app[issues_key] = crm_sync.tracker.pages.is_connected
    app[company_week_key] = router.calendar.week.company_week
    guard(app, perimeter_of(settings))
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    for part in _PARTS:
        app.add_routes(part.routes())
    setup_templates(
        app,
        packages=PACKAGES,
        surroundings=replace(SURROUNDINGS, banners=banners, hint=hint, begin=begin),
        language=settings.web.language,
        timezone=ZoneInfo(settings.web.timezone),
    )
    app.cleanup_ctx.extend(_CONTEXTS)
    app.on_shutdown.append(softphone_card.room.close_cards)
    return app
