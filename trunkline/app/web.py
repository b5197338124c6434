"""The process `web`: pages, API and metrics on the private listener, public paths on the other."""

import asyncio
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

import calltracking.agencies.api
import calltracking.callbacks.api
import calltracking.callbacks.pages
import calltracking.costs.api
import calltracking.costs.pages
import calltracking.crawling.pages
import calltracking.exports.pages
import calltracking.feeds.pages
import calltracking.forms.api
import calltracking.forms.pages
import calltracking.mailings.pages
import calltracking.planner.api
import calltracking.planner.pages
import calltracking.proof.bill_pages
import calltracking.proof.pages
import calltracking.proof.trying_pages
import calltracking.results.api
import calltracking.results.more_pages
import calltracking.results.pages
import calltracking.results.views_web
import calltracking.sites.api
import calltracking.sites.number_pages
import calltracking.sites.pages
import calltracking.sites.pool_pages
import crm_sync.bots.pages
import crm_sync.chat2desk.settings_page
import crm_sync.google.pages
import crm_sync.pages
import crm_sync.said
import crm_sync.tracker.pages
import crm_sync.tracker.settings_page
import recordings.api
import recordings.bundling
import recordings.checklist_page
import recordings.dictionary_pages
import recordings.holding
import recordings.link_pages
import recordings.listening
import recordings.pages
import recordings.quality_api
import recordings.quality_of
import recordings.quality_pages
import recordings.telling
import recordings.uploading
import router.calendar.api
import router.calendar.pages
import router.calendar.week
import router.outgoing_page
import router.page
import router.planning.pages
import router.planning.room
import router.queues.api
import router.queues.pages
import softphone_card.pages
import softphone_card.push.pages
import softphone_card.room
import softphone_card.socket
from crm_sync.bots.told import BOTS
from crm_sync.signing_in import crms_context
from crm_sync.told import CHAT2DESK
from crm_sync.told import SYSTEMS as CRM_SYSTEMS
from recordings.copying import copies_context
from recordings.heard import Lately
from recordings.sending import lately_key, vault_key
from recordings.vault import vault_of
from router.wiring import calm_collector
from trunkline.alarms import pages as alarm_pages
from trunkline.alarms import webhook_pages
from trunkline.alarms.told import WEBHOOKS
from trunkline.app import services
from trunkline.app.listeners import serve_until
from trunkline.app.public import build_public
from trunkline.calls import api as calls_api
from trunkline.calls import pages as calls_pages
from trunkline.calls import told_page as calls_told
from trunkline.card import actions as card_actions
from trunkline.card import api as card_api
from trunkline.card import pages as card_pages
from trunkline.card import settings_page as card_settings
from trunkline.chats import pages as chat_pages
from trunkline.contacts import api as contacts_api
from trunkline.contacts import import_api, import_pages, spam_pages
from trunkline.contacts import pages as contacts_pages
from trunkline.contacts.running import imports_context
from trunkline.control import api as control_api
from trunkline.control import pages as control_pages
from trunkline.dialing import api as dialing_api
from trunkline.dialing import block_api as do_not_call_api
from trunkline.dialing import button as dial_button
from trunkline.dialing import callbacks_api, callbacks_form, callbacks_page
from trunkline.dialing import pages as dialing_pages
from trunkline.experts import api as experts_api
from trunkline.experts import card_page as experts_on_card
from trunkline.experts import pages as experts_pages
from trunkline.experts import settings_page as experts_settings
from trunkline.floor import api as floor_api
from trunkline.floor import pages as floor_pages
from trunkline.floor.looking import floor_context
from trunkline.keys import (
    health_key,
    process_key,
    secret_box_key,
    settings_key,
)
from trunkline.leads import api as leads_api
from trunkline.leads import deciding_api as leads_deciding
from trunkline.leads import directions_page as leads_directions
from trunkline.leads import merging_pages as leads_merging
from trunkline.leads import pages as leads_pages
from trunkline.leads import rules_page as leads_rules
from trunkline.leads import tags_page as leads_tags
from trunkline.lines import api as lines_api
from trunkline.lines import holding_api, holding_pages, notice_pages, switch_pages, unknown_pages
from trunkline.lines import pages as lines_pages
from trunkline.mailboxes import pages as mailbox_pages
from trunkline.messages import pages as messages_pages
from trunkline.messages import rules_page as messages_rules
from trunkline.messages import settings_page as messages_settings
from trunkline.mirror import api as mirror_api
from trunkline.missed import api as missed_api
from trunkline.missed import pages as missed_pages
from trunkline.missed import rules_page as missed_rules
from trunkline.outbox import pages as outbox_pages
from trunkline.outbox.said import HOUSE, Said, said_key
from trunkline.outbox.told import systems_key
from trunkline.pbx.hooks import pages as hosted_pages
from trunkline.people import pages as people_pages
from trunkline.phonebook import carddav, softphone
from trunkline.phonebook import files as vcard_files
from trunkline.phonebook import web as phonebook
from trunkline.presence import api as presence_api
from trunkline.presence import pages as presence_pages
from trunkline.presence import week_page
from trunkline.presence.company import company_week_key
from trunkline.reports import api as reports_api
from trunkline.reports import pages as reports_pages
from trunkline.reports import people_api as people_reports_api
from trunkline.reports import people_pages as people_reports
from trunkline.reports import quality_pages
from trunkline.settings import Settings
from trunkline.spam import pages as spam_rules_pages
from trunkline.status import pages as status_pages
from trunkline.status import setup_pages
from trunkline.status.watch import banners, watch_context
from trunkline.visits import api as visits_api
from trunkline.visits import card_page as visits_on_card
from trunkline.visits import pages as visits_pages
from trunkline.visits import settings_page as visits_settings
from trunkline.web import installing, openapi, preferences
from trunkline.web.guards import GUARDS, SURROUNDINGS, guard
from trunkline.web.health import Health, healthz, readyz
from trunkline.web.issues import issues_key
from trunkline.web.metrics import metrics
from trunkline.web.middlewares import answer_errors, observe
from trunkline.web.render import reader_middleware, setup_templates
from trunkline.web.security import perimeter_of

# Parts with templates, translations or static files of their own.
PACKAGES = (
    "trunkline.people",
    "trunkline.calls",
    "trunkline.card",
    "trunkline.contacts",
    "trunkline.phonebook",
    "trunkline.spam",
    "trunkline.lines",
    "trunkline.presence",
    "trunkline.missed",
    "trunkline.leads",
    "trunkline.mailboxes",
    "trunkline.chats",
    "trunkline.pbx.exolve",
    "trunkline.pbx.megafon",
    "trunkline.pbx.mts",
    "trunkline.pbx.onlinepbx",
    "trunkline.pbx.hooks",
    "trunkline.pbx.zadarma",
    "trunkline.dialing",
    "trunkline.control",
    "trunkline.visits",
    "trunkline.experts",
    "trunkline.notices",
    "trunkline.messages",
    "trunkline.floor",
    "trunkline.reports",
    "trunkline.alarms",
    "trunkline.outbox",
    "trunkline.status",
    "trunkline.numbering",
    "trunkline.pbx.sipuni",
    "trunkline.pbx.telphin",
    "trunkline.pbx.uis",
    "calltracking.costs",
    "calltracking.models",
    "calltracking.sites",
    "calltracking.forms",
    "calltracking.callbacks",
    "calltracking.exports",
    "calltracking.feeds",
    "recordings",
    "router",
    "router.planning",
    "router.calendar",
    "router.queues",
    "softphone_card",
    "calltracking.results",
    "calltracking.proof",
    "calltracking.mailings",
    "calltracking.crawling",
    "calltracking.planner",
    "crm_sync",
)
_PARTS = (
    calltracking.costs.pages,
    calltracking.costs.api,
    calltracking.results.pages,
    calltracking.results.api,
    calltracking.results.more_pages,
    calltracking.results.views_web,
    calltracking.proof.pages,
    calltracking.proof.bill_pages,
    calltracking.proof.trying_pages,
    calltracking.mailings.pages,
    calltracking.crawling.pages,
    calltracking.planner.api,
    calltracking.planner.pages,
    calltracking.sites.api,
    calltracking.agencies.api,
    calltracking.exports.pages,
    calltracking.feeds.pages,
    calltracking.callbacks.api,
    calltracking.callbacks.pages,
    calltracking.forms.api,
    calltracking.forms.pages,
    calltracking.sites.pool_pages,
    calltracking.sites.number_pages,
    calltracking.sites.pages,
    crm_sync.pages,
    crm_sync.bots.pages,
    crm_sync.google.pages,
    crm_sync.tracker.pages,
    crm_sync.tracker.settings_page,
    crm_sync.chat2desk.settings_page,
    router.page,
    router.planning.pages,
    router.outgoing_page,
    router.calendar.pages,
    router.calendar.api,
    router.queues.pages,
    router.queues.api,
    softphone_card.pages,
    softphone_card.push.pages,
    softphone_card.socket,
    recordings.pages,
    recordings.dictionary_pages,
    recordings.listening,
    recordings.link_pages,
    recordings.holding,
    recordings.api,
    recordings.telling,
    recordings.uploading,
    recordings.bundling,
    recordings.quality_pages,
    recordings.quality_api,
    recordings.quality_of,
    recordings.checklist_page,
    calls_pages,
    calls_told,
    calls_api,
    card_pages,
    card_actions,
    card_api,
    card_settings,
    contacts_api,
    contacts_pages,
    vcard_files,
    phonebook,
    carddav,
    softphone,
    spam_rules_pages,
    spam_pages,
    import_pages,
    import_api,
    lines_api,
    holding_api,
    switch_pages,
    unknown_pages,
    lines_pages,
    holding_pages,
    notice_pages,
    presence_api,
    presence_pages,
    week_page,
    missed_pages,
    missed_api,
    leads_merging,
    leads_pages,
    leads_deciding,
    leads_api,
    leads_rules,
    leads_tags,
    leads_directions,
    mailbox_pages,
    chat_pages,
    hosted_pages,
    messages_pages,
    messages_rules,
    messages_settings,
    dialing_api,
    dial_button,
    callbacks_api,
    callbacks_form,
    callbacks_page,
    do_not_call_api,
    dialing_pages,
    control_api,
    control_pages,
    floor_api,
    floor_pages,
    missed_rules,
    reports_pages,
    quality_pages,
    reports_api,
    people_reports,
    people_reports_api,
    status_pages,
    setup_pages,
    people_pages,
    alarm_pages,
    webhook_pages,
    outbox_pages,
    visits_pages,
    visits_on_card,
    visits_settings,
    visits_api,
    experts_pages,
    experts_on_card,
    experts_settings,
    experts_api,
    mirror_api,
    openapi,
    installing,
    preferences,
)
_LARGEST_BODY: Final = 8 << 20
"""What is read at one go: a batch of an API, a plan as a file. Lists of contacts and the like are streamed."""
_CONTEXTS = (
    services.database_context,
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
        surroundings=replace(SURROUNDINGS, banners=banners),
        language=settings.web.language,
        timezone=ZoneInfo(settings.web.timezone),
    )
    app.cleanup_ctx.extend(_CONTEXTS)
    app.on_shutdown.append(softphone_card.room.close_cards)
    return app
