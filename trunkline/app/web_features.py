"""What the features bring to the process `web`; of two parts that fit a path the first serves it."""

from typing import Final

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
import recordings.sent_text
import recordings.telling
import recordings.uploading
import router.calendar.api
import router.calendar.pages
import router.outgoing_page
import router.page
import router.planning.pages
import router.queues.api
import router.queues.pages
import softphone_card.pages
import softphone_card.push.pages
import softphone_card.socket

# With templates, translations or static files of their own.
PACKAGES: Final = (
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
PARTS: Final = (
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
    recordings.sent_text,
    recordings.telling,
    recordings.uploading,
    recordings.bundling,
    recordings.quality_pages,
    recordings.quality_api,
    recordings.quality_of,
    recordings.checklist_page,
)
"""Modules with `routes()`."""
