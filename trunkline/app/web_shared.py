"""What `trunkline/` itself brings to the process `web`."""

from typing import Final

from trunkline.alarms import pages as alarm_pages
from trunkline.alarms import webhook_pages
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
from trunkline.control import api as control_api
from trunkline.control import pages as control_pages
from trunkline.dialing import api as dialing_api
from trunkline.dialing import block_api as do_not_call_api
from trunkline.dialing import button as dial_button
from trunkline.dialing import callbacks_api, callbacks_form, callbacks_page
from trunkline.dialing import pages as dialing_pages
from trunkline.erasing import pages as erasing_pages
from trunkline.experts import api as experts_api
from trunkline.experts import card_page as experts_on_card
from trunkline.experts import pages as experts_pages
from trunkline.experts import settings_page as experts_settings
from trunkline.floor import api as floor_api
from trunkline.floor import pages as floor_pages
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
from trunkline.pbx.hooks import pages as hosted_pages
from trunkline.people import pages as people_pages
from trunkline.phonebook import carddav, softphone
from trunkline.phonebook import files as vcard_files
from trunkline.phonebook import web as phonebook
from trunkline.presence import api as presence_api
from trunkline.presence import pages as presence_pages
from trunkline.presence import week_page
from trunkline.reports import api as reports_api
from trunkline.reports import pages as reports_pages
from trunkline.reports import people_api as people_reports_api
from trunkline.reports import people_pages as people_reports
from trunkline.reports import quality_pages
from trunkline.spam import pages as spam_rules_pages
from trunkline.status import pages as status_pages
from trunkline.status import setup_pages, way_pages
from trunkline.visits import api as visits_api
from trunkline.visits import card_page as visits_on_card
from trunkline.visits import pages as visits_pages
from trunkline.visits import settings_page as visits_settings
from trunkline.web import installing, openapi, preferences

# With templates, translations or static files of their own.
PACKAGES: Final = (
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
    "trunkline.pbx.beeline",
    "trunkline.pbx.exolve",
    "trunkline.pbx.mango",
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
    "trunkline.erasing",
    "trunkline.outbox",
    "trunkline.status",
    "trunkline.numbering",
    "trunkline.pbx.sipuni",
    "trunkline.pbx.telphin",
    "trunkline.pbx.uis",
)
PARTS: Final = (
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
    way_pages,
    people_pages,
    alarm_pages,
    erasing_pages,
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
"""Modules with `routes()`."""
