"""Every route and who may enter it: one table. A route that is not in it stops the application at its start."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from aiohttp import web

from trunkline.errors import TrunklineError
from trunkline.people.identity import Identity, Via
from trunkline.people.roles import Right


class Access(StrEnum):
    """Entrances that are not a right of a person."""

    OPEN = "open"  # anyone; nothing is looked up
    FORM = "form"  # anyone, signed in or not, but a POST must come from our own page (login and its kin)
    SIGNED_IN = "signed-in"  # any person with a session
    LOCAL = "local"  # this machine without a proxy between, or operations.read
    OWN_GUARD = "own-guard"  # the part checks for itself: a PBX's token or address, a hook's or link's secret


@dataclass(frozen=True, slots=True)
class RouteRight:
    """One row: `path` is the route's canonical form, e.g. `/calls/{id}`; `*` is any method."""

    method: str
    path: str
    needs: Right | Access
    basic: bool = False
    """A token may also be the password of HTTP Basic: telephones know no other way. Only where nothing is changed."""
    also: Right | None = None
    """A second right, without which the first lets nobody in."""


class Entrance(StrEnum):
    """The verdict on one request."""

    ENTER = "enter"
    SIGN_IN = "sign-in"
    FORBIDDEN = "forbidden"


class UnlistedRoute(TrunklineError):
    """A route is registered that the table of rights does not list."""


ROUTES: tuple[RouteRight, ...] = (
    # base
    RouteRight("GET", "/healthz", Access.OPEN),
    RouteRight("GET", "/readyz", Access.OPEN),
    RouteRight("GET", "/metrics", Access.LOCAL),
    # web shell
    RouteRight("GET", "/static/{digest}/{name}", Access.OPEN),
    RouteRight("POST", "/preferences", Access.FORM),
    RouteRight("GET", "/app.webmanifest", Access.OPEN),
    # the process question: its own application, behind a PBX's token or address
    RouteRight("POST", "/router/v1/route", Access.OWN_GUARD),
    RouteRight("GET", "/router/v1/asterisk", Access.OWN_GUARD),
    RouteRight("GET", "/router/v1/hooks/{provider}/{secret}", Access.OWN_GUARD),
    RouteRight("POST", "/router/v1/hooks/{provider}/{secret}", Access.OWN_GUARD),
    RouteRight("GET", "/router/v1/hooks/{provider}/{secret}/{rest}", Access.OWN_GUARD),
    RouteRight("POST", "/router/v1/hooks/{provider}/{secret}/{rest}", Access.OWN_GUARD),
    RouteRight("POST", "/router/v1/outgoing", Access.OWN_GUARD),
    RouteRight("GET", "/router/v1/asterisk/outgoing", Access.OWN_GUARD),
    RouteRight("GET", "/router/v1/asterisk/presence", Access.OWN_GUARD),
    RouteRight("GET", "/router/v1/asterisk/mobile", Access.OWN_GUARD),
    RouteRight("GET", "/router/v1/asterisk/notice", Access.OWN_GUARD),
    RouteRight("*", "/{path}", Access.OWN_GUARD),
    # call tracking, on the public listener: the key and origin of a site, and ids that only we can have made
    RouteRight("GET", "/calltracking/v1/sites/{key}.json", Access.OWN_GUARD),
    RouteRight("POST", "/calltracking/v1/swap", Access.OWN_GUARD),
    RouteRight("POST", "/calltracking/v1/beat", Access.OWN_GUARD),
    RouteRight("POST", "/calltracking/v1/tap", Access.OWN_GUARD),
    RouteRight("POST", "/calltracking/v1/form", Access.OWN_GUARD),
    RouteRight("GET", "/calltracking/v1/callback/{key}.json", Access.OWN_GUARD),
    RouteRight("POST", "/calltracking/v1/callback", Access.OWN_GUARD),
    # the script of call tracking, on the public listener
    RouteRight("GET", "/t.js", Access.OPEN),
    RouteRight("GET", "/t/explain.js", Access.OPEN),
    RouteRight("GET", "/form.js", Access.OPEN),
    RouteRight("GET", "/callback.js", Access.OPEN),
    RouteRight("GET", "/t/{version}.js", Access.OPEN),
    # call tracking: sites, pools, what numbers tell
    RouteRight("GET", "/sites", Right.SITES_EDIT),
    RouteRight("POST", "/sites", Right.SITES_EDIT),
    RouteRight("GET", "/sites/new", Right.SITES_EDIT),
    RouteRight("GET", "/sites/pools", Right.SITES_EDIT),
    RouteRight("POST", "/sites/pools", Right.SITES_EDIT),
    RouteRight("GET", "/sites/pools/new", Right.SITES_EDIT),
    RouteRight("GET", "/sites/pools/{pool}", Right.SITES_EDIT),
    RouteRight("POST", "/sites/pools/{pool}", Right.SITES_EDIT),
    RouteRight("POST", "/sites/pools/{pool}/numbers", Right.SITES_EDIT),
    RouteRight("GET", "/sites/pools/{pool}/reuse", Right.SITES_EDIT),
    RouteRight("GET", "/sites/pools/{pool}/reuse.csv", Right.SITES_EDIT),
    RouteRight("GET", "/sites/numbers", Right.SITES_EDIT),
    RouteRight("POST", "/sites/numbers", Right.SITES_EDIT),
    RouteRight("POST", "/sites/numbers/{told}/end", Right.SITES_EDIT),
    RouteRight("GET", "/api/v1/visits", Right.VISITS_READ),
    RouteRight("GET", "/api/v1/attributions", Right.CALLS_READ),
    RouteRight("GET", "/settings/exports", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/exports", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/exports/{destination}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/exports/{destination}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/exports/{destination}/abroad", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/exports/{destination}/remove", Right.SETTINGS_EDIT),
    # CRMs; the way back from a portal proves itself by its state, on both listeners
    RouteRight("GET", "/settings/crm", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/crm", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/crm/{crm}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/crm/{crm}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/crm/{crm}/connect", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/crm/{crm}/check", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/crm/{crm}/records", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/crm/{crm}/token", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/crm/{crm}/people", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/crm/{crm}/remove", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/crm/{crm}/callbacks", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/crm/{crm}/mirror", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/crm/{crm}/fields", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/crm/{crm}/fields", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/crm/{crm}/mapping", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/crm/{crm}/mapping", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/tracker", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/tracker", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/tracker/remove", Right.SETTINGS_EDIT),
    RouteRight("GET", "/tracker/calls/{id}", Right.CALLS_READ),
    RouteRight("POST", "/tracker/calls/{id}", Right.CALLS_READ),
    RouteRight("POST", "/tracker/calls/{id}/comment", Right.CALLS_READ),
    RouteRight("GET", "/tracker/leads/{id}", Right.LEADS_READ),
    RouteRight("POST", "/tracker/leads/{id}", Right.LEADS_EDIT),
    RouteRight("POST", "/tracker/leads/{id}/comment", Right.LEADS_EDIT),
    RouteRight("POST", "/settings/crm/{crm}/onec", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/crm/{crm}/onec/secret", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/bots", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/bots", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/bots/remove", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/bots/unbind", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/messenger", Access.SIGNED_IN),
    RouteRight("POST", "/settings/messenger", Access.SIGNED_IN),
    RouteRight("POST", "/settings/messenger/unbind", Access.SIGNED_IN),
    RouteRight("GET", "/settings/google", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/google", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/google/remove", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/phone-contacts", Access.SIGNED_IN),
    RouteRight("POST", "/settings/phone-contacts", Access.SIGNED_IN),
    RouteRight("POST", "/settings/phone-contacts/connect", Access.SIGNED_IN),
    RouteRight("POST", "/settings/phone-contacts/disconnect", Access.SIGNED_IN),
    RouteRight("GET", "/settings/phone-contacts/returned", Access.SIGNED_IN),
    RouteRight("POST", "/bots/{adapter}/{secret}", Access.OWN_GUARD),
    RouteRight("POST", "/chats/chat2desk/{inbox}/{secret}", Access.OWN_GUARD),
    RouteRight("GET", "/crm/oauth/{crm}", Access.OWN_GUARD),
    RouteRight("POST", "/crm/hooks/{connector}/{secret}", Access.OWN_GUARD),
    RouteRight("POST", "/crm/hooks/{connector}/{secret}/{entity}", Access.OWN_GUARD),
    RouteRight("POST", "/crm/onec/{connector}/v1/rows", Access.OWN_GUARD),
    RouteRight("GET", "/sites/forms", Right.LEADS_READ),  # names and numbers of people
    RouteRight("GET", "/api/v1/forms", Right.LEADS_READ),
    RouteRight("GET", "/sites/{key}", Right.SITES_EDIT),
    RouteRight("POST", "/sites/{key}", Right.SITES_EDIT),
    RouteRight("POST", "/sites/{key}/crawl", Right.SITES_EDIT),
    RouteRight("POST", "/sites/{key}/findings", Right.SITES_EDIT),
    RouteRight("POST", "/sites/{key}/placements", Right.SITES_EDIT),
    RouteRight("GET", "/sites/{key}/callback", Right.SITES_EDIT),
    RouteRight("POST", "/sites/{key}/callback", Right.SITES_EDIT),
    RouteRight("GET", "/api/v1/sites/{id}/callback", Right.SITES_EDIT),
    RouteRight("PUT", "/api/v1/sites/{id}/callback", Right.SITES_EDIT),
    RouteRight("POST", "/sites/{key}/placements/{placement}/remove", Right.SITES_EDIT),
    RouteRight("GET", "/api/v1/sites", Right.SITES_EDIT),
    RouteRight("POST", "/api/v1/sites", Right.SITES_EDIT),
    RouteRight("GET", "/api/v1/sites/{id}", Right.SITES_EDIT),
    RouteRight("PUT", "/api/v1/sites/{id}", Right.SITES_EDIT),
    RouteRight("POST", "/api/v1/sites/{id}/placements", Right.SITES_EDIT),
    RouteRight("DELETE", "/api/v1/sites/{id}/placements/{placement}", Right.SITES_EDIT),
    RouteRight("GET", "/api/v1/pools", Right.SITES_EDIT),
    RouteRight("POST", "/api/v1/pools", Right.SITES_EDIT),
    RouteRight("PUT", "/api/v1/pools/{id}", Right.SITES_EDIT),
    RouteRight("GET", "/api/v1/pools/{id}/plan", Right.SITES_EDIT),
    RouteRight("GET", "/api/v1/pools/{id}/reuse", Right.SITES_EDIT),
    RouteRight("GET", "/api/v1/tracking-numbers", Right.SITES_EDIT),
    RouteRight("POST", "/api/v1/tracking-numbers", Right.SITES_EDIT),
    RouteRight("DELETE", "/api/v1/tracking-numbers/{id}", Right.SITES_EDIT),
    RouteRight("GET", "/api/v1/leases", Right.VISITS_READ),
    # router
    RouteRight("GET", "/", Right.PLAN_READ),
    # the plan
    RouteRight("GET", "/plan", Right.PLAN_READ),
    RouteRight("POST", "/plan", Right.PLAN_EDIT),
    RouteRight("GET", "/plan/day", Right.PLAN_EDIT),
    RouteRight("GET", "/plan/draft", Right.PLAN_READ),
    RouteRight("POST", "/plan/draft/discard", Right.PLAN_EDIT),
    RouteRight("POST", "/plan/preview", Right.PLAN_EDIT),
    RouteRight("GET", "/plan/preview/{preview}", Right.PLAN_EDIT),
    RouteRight("POST", "/plan/publish", Right.PLAN_EDIT),
    RouteRight("GET", "/plan/versions", Right.PLAN_READ),
    RouteRight("POST", "/plan/versions/{version}/restore", Right.PLAN_EDIT),
    RouteRight("GET", "/plan/export", Right.PLAN_READ),
    RouteRight("POST", "/plan/import", Right.PLAN_EDIT),
    RouteRight("GET", "/plan/{kind}", Right.PLAN_READ),
    RouteRight("POST", "/plan/{kind}", Right.PLAN_EDIT),
    RouteRight("GET", "/plan/{kind}/{name}", Right.PLAN_READ),
    RouteRight("POST", "/plan/{kind}/{name}", Right.PLAN_EDIT),
    RouteRight("POST", "/plan/{kind}/{name}/remove", Right.PLAN_EDIT),
    # queues
    RouteRight("GET", "/settings/queues", Right.PLAN_READ),
    RouteRight("POST", "/settings/queues", Right.PLAN_EDIT),
    RouteRight("GET", "/settings/queues/new", Right.PLAN_EDIT),
    RouteRight("GET", "/settings/queues/{queue}", Right.PLAN_READ),
    RouteRight("POST", "/settings/queues/{queue}", Right.PLAN_EDIT),
    RouteRight("POST", "/settings/queues/{queue}/remove", Right.PLAN_EDIT),
    RouteRight("GET", "/api/v1/queues", Right.PLAN_READ),
    RouteRight("GET", "/api/v1/queues/{queue}", Right.PLAN_READ),
    RouteRight("PUT", "/api/v1/queues/{queue}", Right.PLAN_EDIT),
    RouteRight("DELETE", "/api/v1/queues/{queue}", Right.PLAN_EDIT),
    # the calendar
    RouteRight("GET", "/settings/calendar", Right.PLAN_READ),
    RouteRight("POST", "/settings/calendar/overrides", Right.PLAN_EDIT),
    RouteRight("POST", "/settings/calendar/overrides/{override}/remove", Right.PLAN_EDIT),
    RouteRight("POST", "/settings/calendar/import", Right.PLAN_EDIT),
    RouteRight("GET", "/api/v1/calendar/overrides", Right.PLAN_READ),
    RouteRight("POST", "/api/v1/calendar/overrides", Right.PLAN_EDIT),
    RouteRight("DELETE", "/api/v1/calendar/overrides/{id}", Right.PLAN_EDIT),
    # calls
    RouteRight("GET", "/calls", Right.CALLS_READ),
    RouteRight("GET", "/calls/{id}", Right.CALLS_READ),
    RouteRight("GET", "/calls/{id}/told", Right.CALLS_READ),
    RouteRight("GET", "/calls/{id}/recordings", Right.RECORDINGS_LISTEN),
    RouteRight("GET", "/recordings", Right.RECORDINGS_LISTEN),
    RouteRight("GET", "/recordings/quality", Right.RECORDINGS_LISTEN, also=Right.RECORDINGS_REVIEW),
    RouteRight("GET", "/recordings/quality/people", Right.RECORDINGS_LISTEN, also=Right.RECORDINGS_REVIEW),
    RouteRight("GET", "/recordings/mine", Access.SIGNED_IN),  # what is about himself, or what he wrote
    RouteRight("GET", "/recordings/mine/count", Access.SIGNED_IN),
    RouteRight("GET", "/recordings/quality/{id}", Access.SIGNED_IN),  # his own call's; else the rights of the queue
    RouteRight("POST", "/recordings/quality/{id}/review", Right.RECORDINGS_LISTEN, also=Right.RECORDINGS_REVIEW),
    RouteRight("POST", "/recordings/quality/{id}/moments", Right.RECORDINGS_LISTEN, also=Right.RECORDINGS_REVIEW),
    RouteRight("POST", "/recordings/quality/{id}/moments/{moment}/answers", Access.SIGNED_IN),
    RouteRight("GET", "/settings/quality", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/quality", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/quality/{criterion}", Right.SETTINGS_EDIT),
    RouteRight("GET", "/recordings/export.zip", Right.RECORDINGS_LISTEN, also=Right.CALLS_EXPORT),
    RouteRight("GET", "/recordings/dictionaries", Right.RECORDINGS_LISTEN, also=Right.SETTINGS_EDIT),
    RouteRight("POST", "/recordings/dictionaries", Right.RECORDINGS_LISTEN, also=Right.SETTINGS_EDIT),
    RouteRight("GET", "/recordings/dictionaries/{dictionary}", Right.RECORDINGS_LISTEN, also=Right.SETTINGS_EDIT),
    RouteRight("POST", "/recordings/dictionaries/{dictionary}", Right.RECORDINGS_LISTEN, also=Right.SETTINGS_EDIT),
    RouteRight("POST", "/recordings/dictionaries/{dictionary}/up", Right.RECORDINGS_LISTEN, also=Right.SETTINGS_EDIT),
    RouteRight(
        "POST", "/recordings/dictionaries/{dictionary}/remove", Right.RECORDINGS_LISTEN, also=Right.SETTINGS_EDIT
    ),
    RouteRight("GET", "/recordings/{id}/audio", Right.RECORDINGS_LISTEN),
    RouteRight("GET", "/recordings/{id}/links", Right.RECORDINGS_LISTEN, also=Right.CALLS_EXPORT),
    RouteRight("POST", "/recordings/{id}/links", Right.RECORDINGS_LISTEN, also=Right.CALLS_EXPORT),
    RouteRight("POST", "/recordings/{id}/links/{link}/revoke", Right.RECORDINGS_LISTEN, also=Right.CALLS_EXPORT),
    RouteRight("POST", "/recordings/{id}/hold", Right.RECORDINGS_LISTEN, also=Right.SETTINGS_EDIT),
    RouteRight("POST", "/recordings/{id}/release", Right.RECORDINGS_LISTEN, also=Right.SETTINGS_EDIT),
    # a link to a recording, on the public listener: it proves itself
    RouteRight("GET", "/r/{signed}", Access.OWN_GUARD),
    RouteRight("GET", "/r/{signed}.mp3", Access.OWN_GUARD),
    RouteRight("GET", "/recordings/{id}/transcript/{format}", Right.RECORDINGS_LISTEN),
    RouteRight("GET", "/api/v1/recordings", Right.RECORDINGS_LISTEN),
    RouteRight("POST", "/api/v1/recordings", Right.RECORDINGS_ADD),
    RouteRight("POST", "/api/v1/recordings/references", Right.RECORDINGS_ADD),
    RouteRight("GET", "/api/v1/recordings/quality", Right.RECORDINGS_LISTEN, also=Right.RECORDINGS_REVIEW),
    RouteRight("GET", "/api/v1/recordings/{id}/review", Right.RECORDINGS_LISTEN, also=Right.RECORDINGS_REVIEW),
    RouteRight("PUT", "/api/v1/recordings/{id}/review", Right.RECORDINGS_LISTEN, also=Right.RECORDINGS_REVIEW),
    RouteRight("POST", "/api/v1/recordings/{id}/comments", Right.RECORDINGS_LISTEN, also=Right.RECORDINGS_REVIEW),
    RouteRight(
        "POST",
        "/api/v1/recordings/{id}/comments/{comment}/answers",
        Right.RECORDINGS_LISTEN,
        also=Right.RECORDINGS_REVIEW,
    ),
    RouteRight("GET", "/api/v1/recordings/{id}", Right.RECORDINGS_LISTEN),
    RouteRight("GET", "/api/v1/recordings/{id}/transcript", Right.RECORDINGS_LISTEN),
    RouteRight("GET", "/api/v1/calls", Right.CALLS_READ),
    RouteRight("GET", "/api/v1/calls/{id}", Right.CALLS_READ),
    # the caller's card
    RouteRight("GET", "/card/calls/{id}", Right.CARD_USE),
    RouteRight("GET", "/card/push", Right.CARD_USE),
    RouteRight("POST", "/card/push", Right.CARD_USE),
    RouteRight("POST", "/card/push/end", Right.CARD_USE),
    RouteRight("GET", "/card/worker.js", Access.OPEN),
    RouteRight("POST", "/card/calls/{id}/contact", Right.CARD_USE),
    RouteRight("POST", "/card/calls/{id}/note", Right.CARD_USE),
    RouteRight("POST", "/card/calls/{id}/spam", Right.SPAM_EDIT),
    RouteRight("POST", "/card/calls/{id}/wrap-up", Right.CARD_USE),
    RouteRight("GET", "/card/number/{number}", Right.CARD_USE),
    RouteRight("POST", "/card/number/{number}/note", Right.CARD_USE),
    RouteRight("POST", "/card/number/{number}/spam", Right.SPAM_EDIT),
    RouteRight("GET", "/api/v1/cards/{id}", Right.CARD_USE),
    RouteRight("GET", "/api/v1/cards/{id}/told", Right.CARD_USE),
    RouteRight("GET", "/settings/card", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/card/fields", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/card/hints", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/card/hints/{hint}/remove", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/card/topics", Right.SETTINGS_EDIT),
    # people
    RouteRight("GET", "/login", Access.FORM),
    RouteRight("POST", "/login", Access.FORM),
    RouteRight("GET", "/login/code", Access.FORM),
    RouteRight("POST", "/login/code", Access.FORM),
    RouteRight("POST", "/logout", Access.SIGNED_IN),
    RouteRight("GET", "/welcome/{secret}", Access.FORM),
    RouteRight("POST", "/welcome/{secret}", Access.FORM),
    RouteRight("GET", "/password/{secret}", Access.FORM),
    RouteRight("POST", "/password/{secret}", Access.FORM),
    RouteRight("GET", "/settings/account", Access.SIGNED_IN),
    RouteRight("POST", "/settings/account/password", Access.SIGNED_IN),
    RouteRight("POST", "/settings/account/totp", Access.SIGNED_IN),
    RouteRight("POST", "/settings/account/totp/confirm", Access.SIGNED_IN),
    RouteRight("POST", "/settings/account/totp/off", Access.SIGNED_IN),
    RouteRight("GET", "/settings/sessions", Access.SIGNED_IN),
    RouteRight("POST", "/settings/sessions/end-others", Access.SIGNED_IN),
    RouteRight("POST", "/settings/sessions/{session}/end", Access.SIGNED_IN),
    RouteRight("GET", "/settings/people", Right.PEOPLE_EDIT),
    RouteRight("POST", "/settings/people", Right.PEOPLE_EDIT),
    RouteRight("GET", "/settings/people/new", Right.PEOPLE_EDIT),
    RouteRight("GET", "/settings/people/{person}", Right.PEOPLE_EDIT),
    RouteRight("POST", "/settings/people/{person}", Right.PEOPLE_EDIT),
    RouteRight("POST", "/settings/people/{person}/active", Right.PEOPLE_EDIT),
    RouteRight("POST", "/settings/people/{person}/link", Right.PEOPLE_EDIT),
    RouteRight("GET", "/settings/tokens", Right.TOKENS_EDIT),
    RouteRight("POST", "/settings/tokens", Right.TOKENS_EDIT),
    RouteRight("POST", "/settings/tokens/{token}/revoke", Right.TOKENS_EDIT),
    # a token of one's own computer; the handlers ask for card.use
    RouteRight("GET", "/settings/desktop", Access.SIGNED_IN),
    RouteRight("POST", "/settings/desktop", Access.SIGNED_IN),
    RouteRight("POST", "/settings/desktop/{token}/revoke", Access.SIGNED_IN),
    RouteRight("GET", "/settings/audit", Right.AUDIT_READ),
    # contacts
    RouteRight("GET", "/api/v1/contacts", Right.CONTACTS_READ),
    RouteRight("POST", "/api/v1/contacts", Right.CONTACTS_EDIT),
    RouteRight("GET", "/api/v1/contacts/{id}", Right.CONTACTS_READ),
    RouteRight("DELETE", "/api/v1/contacts/{id}", Right.CONTACTS_EDIT),
    RouteRight("GET", "/api/v1/spam", Right.SPAM_READ),
    RouteRight("POST", "/api/v1/spam", Right.SPAM_EDIT),
    RouteRight("DELETE", "/api/v1/spam/{number}", Right.SPAM_EDIT),
    RouteRight("GET", "/contacts", Right.CONTACTS_READ),
    RouteRight("GET", "/contacts/{id}", Right.CONTACTS_READ),
    RouteRight("POST", "/contacts/{id}", Right.CONTACTS_EDIT),
    RouteRight("GET", "/contacts/import", Right.IMPORTS_RUN),
    RouteRight("POST", "/contacts/import", Right.IMPORTS_RUN),
    RouteRight("GET", "/contacts/import/{run}", Right.IMPORTS_RUN),
    RouteRight("GET", "/contacts/import/{run}/problems.csv", Right.IMPORTS_RUN),
    RouteRight("GET", "/contacts/import/{run}/columns", Right.IMPORTS_RUN),
    RouteRight("POST", "/contacts/import/{run}/columns", Right.IMPORTS_RUN),
    RouteRight("POST", "/contacts/import/{run}/commit", Right.IMPORTS_RUN),
    RouteRight("POST", "/contacts/import/{run}/cancel", Right.IMPORTS_RUN),
    RouteRight("POST", "/contacts/import/{run}/undo", Right.IMPORTS_RUN),
    RouteRight("GET", "/api/v1/imports/{kind}", Right.IMPORTS_RUN),
    RouteRight("POST", "/api/v1/imports/{kind}", Right.IMPORTS_RUN),
    RouteRight("GET", "/api/v1/imports/{kind}/{id}", Right.IMPORTS_RUN),
    RouteRight("POST", "/api/v1/imports/{kind}/{id}/columns", Right.IMPORTS_RUN),
    RouteRight("POST", "/api/v1/imports/{kind}/{id}/commit", Right.IMPORTS_RUN),
    RouteRight("POST", "/api/v1/imports/{kind}/{id}/cancel", Right.IMPORTS_RUN),
    RouteRight("POST", "/api/v1/imports/{kind}/{id}/undo", Right.IMPORTS_RUN),
    RouteRight("GET", "/spam", Right.SPAM_READ),
    RouteRight("POST", "/spam", Right.SPAM_EDIT),
    RouteRight("POST", "/spam/{number}/remove", Right.SPAM_EDIT),
    RouteRight("GET", "/spam/personal", Right.SPAM_READ),
    RouteRight("POST", "/spam/personal", Right.SPAM_EDIT),
    RouteRight("POST", "/spam/personal/remove", Right.SPAM_EDIT),
    RouteRight("GET", "/spam/allowed", Right.SPAM_READ),
    RouteRight("POST", "/spam/allowed", Right.SPAM_EDIT),
    RouteRight("POST", "/spam/allowed/remove", Right.SPAM_EDIT),
    RouteRight("GET", "/spam/ranges", Right.SPAM_READ),
    RouteRight("GET", "/spam/days", Right.SPAM_READ),
    RouteRight("GET", "/spam/import", Right.IMPORTS_RUN),
    RouteRight("POST", "/spam/import", Right.IMPORTS_RUN),
    RouteRight("GET", "/spam/import/{run}", Right.IMPORTS_RUN),
    RouteRight("GET", "/spam/import/{run}/problems.csv", Right.IMPORTS_RUN),
    RouteRight("POST", "/spam/import/{run}/commit", Right.IMPORTS_RUN),
    RouteRight("POST", "/spam/import/{run}/cancel", Right.IMPORTS_RUN),
    RouteRight("POST", "/spam/import/{run}/undo", Right.IMPORTS_RUN),
    # phone books
    RouteRight("GET", "/phonebook/vcard", Right.CONTACTS_READ, basic=True),
    RouteRight("GET", "/phonebook/{format}", Right.CONTACTS_READ, basic=True),
    RouteRight("GET", "/phonebook/{format}/{book}/{file}", Right.CONTACTS_READ, basic=True),
    RouteRight("GET", "/.well-known/carddav", Right.CONTACTS_READ, basic=True),
    RouteRight("PROPFIND", "/.well-known/carddav", Right.CONTACTS_READ, basic=True),
    RouteRight("PROPFIND", "/carddav", Right.CONTACTS_READ, basic=True),
    RouteRight("OPTIONS", "/carddav/", Right.CONTACTS_READ, basic=True),
    RouteRight("OPTIONS", "/carddav/{book}/", Right.CONTACTS_READ, basic=True),
    RouteRight("OPTIONS", "/carddav/{book}/{card}", Right.CONTACTS_READ, basic=True),
    RouteRight("PROPFIND", "/carddav/", Right.CONTACTS_READ, basic=True),
    RouteRight("PROPFIND", "/carddav/{book}/", Right.CONTACTS_READ, basic=True),
    RouteRight("PROPFIND", "/carddav/{book}/{card}", Right.CONTACTS_READ, basic=True),
    RouteRight("REPORT", "/carddav/{book}/", Right.CONTACTS_READ, basic=True),
    RouteRight("GET", "/carddav/{book}/{card}", Right.CONTACTS_READ, basic=True),
    RouteRight("GET", "/card/open", Right.CARD_USE),
    # lines
    RouteRight("GET", "/lines", Right.LINES_READ),
    RouteRight("POST", "/lines", Right.LINES_EDIT),
    RouteRight("GET", "/lines/new", Right.LINES_EDIT),
    RouteRight("GET", "/lines/{number}", Right.LINES_READ),
    RouteRight("POST", "/lines/{number}", Right.LINES_EDIT),
    RouteRight("GET", "/lines/unknown", Right.LINES_READ),
    RouteRight("POST", "/lines/unknown", Right.LINES_EDIT),
    RouteRight("POST", "/lines/mode", Right.LINES_EDIT),
    RouteRight("POST", "/lines/{number}/state", Right.LINES_EDIT),
    RouteRight("POST", "/lines/{number}/aliases", Right.LINES_EDIT),
    RouteRight("POST", "/lines/{number}/aliases/remove", Right.LINES_EDIT),
    RouteRight("POST", "/lines/{number}/operators", Right.LINES_EDIT),
    RouteRight("POST", "/lines/{number}/operators/remove", Right.LINES_EDIT),
    RouteRight("POST", "/lines/{number}/labels", Right.LINES_EDIT),
    RouteRight("POST", "/lines/{number}/labels/remove", Right.LINES_EDIT),
    RouteRight("POST", "/lines/{number}/notices/{way}", Right.LINES_EDIT),
    RouteRight("GET", "/api/v1/lines", Right.LINES_READ),
    RouteRight("POST", "/api/v1/lines", Right.LINES_EDIT),
    RouteRight("GET", "/api/v1/lines/{number}", Right.LINES_READ),
    RouteRight("PATCH", "/api/v1/lines/{number}", Right.LINES_EDIT),
    RouteRight("GET", "/api/v1/lines/{number}/aliases", Right.LINES_READ),
    RouteRight("POST", "/api/v1/lines/{number}/aliases", Right.LINES_EDIT),
    RouteRight("DELETE", "/api/v1/lines/{number}/aliases/{alias}", Right.LINES_EDIT),
    RouteRight("GET", "/api/v1/lines/{number}/notices", Right.LINES_READ),
    RouteRight("PUT", "/api/v1/lines/{number}/notices/{way}", Right.LINES_EDIT),
    RouteRight("GET", "/api/v1/lines/{number}/operators", Right.LINES_READ),
    RouteRight("POST", "/api/v1/lines/{number}/operators", Right.LINES_EDIT),
    RouteRight("DELETE", "/api/v1/lines/{number}/operators/{since}", Right.LINES_EDIT),
    RouteRight("GET", "/api/v1/lines/{number}/labels", Right.LINES_READ),
    RouteRight("POST", "/api/v1/lines/{number}/labels", Right.LINES_EDIT),
    RouteRight("DELETE", "/api/v1/lines/{number}/labels/{since}", Right.LINES_EDIT),
    # missed clients
    RouteRight("GET", "/missed", Right.CALLS_READ),
    RouteRight("GET", "/missed/count", Right.CALLS_READ),
    RouteRight("GET", "/missed/{id}", Right.CALLS_READ),
    RouteRight("POST", "/missed/{id}/take", Right.CALLS_DIAL),
    RouteRight("POST", "/missed/{id}/release", Right.CALLS_DIAL),
    RouteRight("POST", "/missed/{id}/close", Right.CALLS_DIAL),
    RouteRight("GET", "/settings/missed", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/missed", Right.SETTINGS_EDIT),
    RouteRight("GET", "/api/v1/missed", Right.CALLS_READ),
    RouteRight("GET", "/api/v1/missed/{id}", Right.CALLS_READ),
    RouteRight("POST", "/api/v1/missed/{id}/take", Right.CALLS_DIAL),
    RouteRight("POST", "/api/v1/missed/{id}/release", Right.CALLS_DIAL),
    RouteRight("POST", "/api/v1/missed/{id}/close", Right.CALLS_DIAL),
    # leads
    RouteRight("GET", "/leads", Right.LEADS_READ),
    RouteRight("GET", "/leads/count", Right.LEADS_READ),
    RouteRight("GET", "/leads/chain", Right.REPORTS_READ),
    RouteRight("GET", "/leads/chain.csv", Right.REPORTS_READ, also=Right.CALLS_EXPORT),
    RouteRight("GET", "/leads/chain.xlsx", Right.REPORTS_READ, also=Right.CALLS_EXPORT),
    RouteRight("GET", "/leads/overlaps", Right.MONEY_READ),
    RouteRight("POST", "/leads/overlaps/{id}/reserve", Right.LEADS_EDIT),
    RouteRight("POST", "/leads/overlaps/{id}/prolong", Right.LEADS_EDIT),
    RouteRight("POST", "/leads/overlaps/{id}/end", Right.LEADS_EDIT),
    RouteRight("POST", "/leads/overlaps/{id}/reject", Right.LEADS_EDIT),
    RouteRight("GET", "/leads/orphans", Right.PRESENCE_OTHERS),
    RouteRight("POST", "/leads/orphans/give", Right.PRESENCE_OTHERS),
    RouteRight("GET", "/leads/{id}", Right.LEADS_READ),
    RouteRight("GET", "/leads/proposals", Right.LEADS_READ),
    RouteRight("POST", "/leads/proposals", Right.LEADS_EDIT),
    RouteRight("POST", "/leads/{id}/take", Right.LEADS_EDIT),
    RouteRight("POST", "/leads/{id}/pass", Right.LEADS_EDIT),
    RouteRight("POST", "/leads/{id}/change", Right.LEADS_EDIT),
    RouteRight("POST", "/leads/{id}/close", Right.LEADS_EDIT),
    RouteRight("POST", "/leads/{id}/stage", Right.LEADS_EDIT),
    RouteRight("GET", "/settings/leads", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/leads", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/leads/tags", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/leads/tags", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/leads/tags/{rule}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/leads/tags/{rule}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/leads/tags/{rule}/move", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/leads/tags/{rule}/remove", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/pbxs", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/pbxs/new/{provider}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/pbxs/new/{provider}", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/pbxs/{pbx}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/pbxs/{pbx}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/pbxs/{pbx}/address", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/chats", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/chats", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/chats/{inbox}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/chats/{inbox}/remove", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/mailboxes", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/mailboxes", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/mailboxes/{mailbox}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/mailboxes/{mailbox}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/mailboxes/{mailbox}/remove", Right.SETTINGS_EDIT),
    RouteRight("GET", "/api/v1/leads", Right.LEADS_READ),
    RouteRight("GET", "/api/v1/leads/{id}", Right.LEADS_READ),
    RouteRight("POST", "/api/v1/leads/{id}/take", Right.LEADS_EDIT),
    RouteRight("POST", "/api/v1/leads/{id}/pass", Right.LEADS_EDIT),
    RouteRight("POST", "/api/v1/leads/{id}/change", Right.LEADS_EDIT),
    RouteRight("POST", "/api/v1/leads/{id}/close", Right.LEADS_EDIT),
    # visits to clients
    RouteRight("GET", "/bookings", Right.CARD_USE),
    RouteRight("GET", "/bookings/count", Right.CARD_USE),
    RouteRight("GET", "/bookings/calendar/{token}.ics", Access.OWN_GUARD),
    RouteRight("GET", "/bookings/{id}", Right.CARD_USE),
    RouteRight("POST", "/bookings/{id}/move", Right.CARD_USE),
    RouteRight("POST", "/bookings/{id}/cancel", Right.CARD_USE),
    RouteRight("GET", "/card/calls/{id}/visits", Right.CARD_USE),
    RouteRight("POST", "/card/calls/{id}/visits", Right.CARD_USE),
    RouteRight("GET", "/card/number/{number}/visits", Right.CARD_USE),
    RouteRight("POST", "/card/number/{number}/visits", Right.CARD_USE),
    RouteRight("GET", "/settings/visits", Right.CARD_USE),
    RouteRight("POST", "/settings/visits", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/visits/{person}", Right.CARD_USE),  # others' need people.edit, as what follows
    RouteRight("POST", "/settings/visits/{person}", Right.CARD_USE),
    RouteRight("POST", "/settings/visits/{person}/remove", Right.CARD_USE),
    RouteRight("POST", "/settings/visits/{person}/link", Right.CARD_USE),
    RouteRight("POST", "/settings/visits/{person}/unlink", Right.CARD_USE),
    RouteRight("GET", "/api/v1/bookings", Right.CARD_USE),
    RouteRight("POST", "/api/v1/bookings", Right.CARD_USE),
    RouteRight("GET", "/api/v1/bookings/free", Right.CARD_USE),
    RouteRight("GET", "/api/v1/bookings/{id}", Right.CARD_USE),
    RouteRight("DELETE", "/api/v1/bookings/{id}", Right.CARD_USE),
    RouteRight("POST", "/api/v1/bookings/{id}/move", Right.CARD_USE),
    # questions to experts
    RouteRight("GET", "/questions", Right.CARD_USE),
    RouteRight("GET", "/questions/count", Right.CARD_USE),
    RouteRight("GET", "/questions/{id}", Right.CARD_USE),
    RouteRight("POST", "/questions/{id}/messages", Right.CARD_USE),
    RouteRight("POST", "/questions/{id}/close", Right.CARD_USE),
    RouteRight("GET", "/card/calls/{id}/questions", Right.CARD_USE),
    RouteRight("POST", "/card/calls/{id}/questions", Right.CARD_USE),
    RouteRight("GET", "/card/number/{number}/questions", Right.CARD_USE),
    RouteRight("POST", "/card/number/{number}/questions", Right.CARD_USE),
    RouteRight("GET", "/settings/questions", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/questions", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/questions/topics", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/questions/topics/{topic}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/questions/topics/{topic}/remove", Right.SETTINGS_EDIT),
    # messages of rules
    RouteRight("GET", "/messages", Access.SIGNED_IN),
    RouteRight("GET", "/messages/count", Access.SIGNED_IN),
    RouteRight("GET", "/messages/{id}", Access.SIGNED_IN),
    RouteRight("POST", "/messages/{id}/seen", Access.SIGNED_IN),
    RouteRight("GET", "/settings/messages", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/messages/log", Right.OPERATIONS_READ),
    RouteRight("POST", "/settings/messages/settings", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/messages/rooms", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/messages/rooms/{room}/remove", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/messages/rules/{rule}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/messages/rules/{rule}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/messages/rules/{rule}/move", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/messages/rules/{rule}/remove", Right.SETTINGS_EDIT),
    RouteRight("GET", "/contacts/{id}/messages", Right.CONTACTS_READ),
    RouteRight("POST", "/contacts/{id}/messages", Right.CONTACTS_EDIT),
    RouteRight("GET", "/api/v1/questions", Right.CARD_USE),
    RouteRight("POST", "/api/v1/questions", Right.CARD_USE),
    RouteRight("GET", "/api/v1/questions/topics", Right.CARD_USE),
    RouteRight("GET", "/api/v1/questions/{id}", Right.CARD_USE),
    RouteRight("POST", "/api/v1/questions/{id}/messages", Right.CARD_USE),
    RouteRight("POST", "/api/v1/questions/{id}/close", Right.CARD_USE),
    # reports
    RouteRight("GET", "/reports", Right.REPORTS_READ),
    RouteRight("GET", "/reports/lines", Right.REPORTS_READ),
    RouteRight("GET", "/api/v1/reports/missed", Right.REPORTS_READ),
    RouteRight("GET", "/api/v1/reports/lines", Right.REPORTS_READ),
    RouteRight("GET", "/reports/callbacks", Right.REPORTS_READ),
    RouteRight("GET", "/reports/channels", Right.REPORTS_READ),
    RouteRight("GET", "/api/v1/reports/channels", Right.REPORTS_READ),
    RouteRight("GET", "/reports/channels.csv", Right.REPORTS_READ),
    RouteRight("GET", "/reports/channels.xlsx", Right.REPORTS_READ),
    RouteRight("GET", "/reports/channels/calls", Right.CALLS_READ),
    RouteRight("GET", "/api/v1/reports/channels/calls", Right.CALLS_READ),
    RouteRight("POST", "/reports/views", Right.REPORTS_READ),
    RouteRight("POST", "/reports/views/{view}/remove", Right.REPORTS_READ),
    RouteRight("GET", "/api/v1/reports/views", Right.REPORTS_READ),
    RouteRight("POST", "/api/v1/reports/views", Right.REPORTS_READ),
    RouteRight("DELETE", "/api/v1/reports/views/{id}", Right.REPORTS_READ),
    # the proof of a site's figures
    RouteRight("GET", "/reports/proof", Right.REPORTS_READ),
    RouteRight("GET", "/reports/proof/bills", Right.REPORTS_READ),
    RouteRight("POST", "/reports/proof/bills", Right.SITES_EDIT),
    RouteRight("GET", "/reports/proof/bills/{bill}", Right.SITES_EDIT),
    RouteRight("POST", "/reports/proof/bills/{bill}/columns", Right.SITES_EDIT),
    RouteRight("POST", "/reports/proof/bills/{bill}/remove", Right.SITES_EDIT),
    RouteRight("GET", "/reports/proof/differences", Right.CALLS_READ),
    RouteRight("GET", "/reports/proof/tests", Right.REPORTS_READ),
    RouteRight("POST", "/reports/proof/tests", Right.SITES_EDIT),
    RouteRight("GET", "/reports/proof/tests/{test}", Right.REPORTS_READ),
    RouteRight("POST", "/reports/proof/tests/{test}/look", Right.SITES_EDIT),
    RouteRight("POST", "/reports/proof/tests/{test}/end", Right.SITES_EDIT),
    # views of the report sent by e-mail: one's own set up, and what others send one stopped
    RouteRight("GET", "/reports/mailings", Right.REPORTS_READ),
    RouteRight("POST", "/reports/mailings/{view}/stop", Right.REPORTS_READ),
    RouteRight("GET", "/reports/views/{view}/mailing", Right.REPORTS_READ),
    RouteRight("POST", "/reports/views/{view}/mailing", Right.REPORTS_READ),
    RouteRight("POST", "/reports/views/{view}/mailing/remove", Right.REPORTS_READ),
    # what advertising cost: seen by who sees money, told by who edits sites and sees money
    RouteRight("GET", "/reports/costs", Right.MONEY_READ),
    RouteRight("POST", "/reports/costs/files", Right.SITES_EDIT, also=Right.MONEY_READ),
    RouteRight("GET", "/reports/costs/files/{file}", Right.MONEY_READ),
    RouteRight("POST", "/reports/costs/files/{file}/columns", Right.SITES_EDIT, also=Right.MONEY_READ),
    RouteRight("POST", "/reports/costs/files/{file}/commit", Right.SITES_EDIT, also=Right.MONEY_READ),
    RouteRight("POST", "/reports/costs/files/{file}/cancel", Right.SITES_EDIT, also=Right.MONEY_READ),
    RouteRight("POST", "/reports/costs/files/{file}/undo", Right.SITES_EDIT, also=Right.MONEY_READ),
    RouteRight("GET", "/reports/costs/feeds", Right.SITES_EDIT, also=Right.MONEY_READ),
    RouteRight("POST", "/reports/costs/feeds", Right.SITES_EDIT, also=Right.MONEY_READ),
    RouteRight("GET", "/reports/costs/feeds/{feed}", Right.SITES_EDIT, also=Right.MONEY_READ),
    RouteRight("POST", "/reports/costs/feeds/{feed}", Right.SITES_EDIT, also=Right.MONEY_READ),
    RouteRight("POST", "/reports/costs/feeds/{feed}/read", Right.SITES_EDIT, also=Right.MONEY_READ),
    RouteRight("POST", "/reports/costs/feeds/{feed}/remove", Right.SITES_EDIT, also=Right.MONEY_READ),
    RouteRight("GET", "/api/v1/costs", Right.MONEY_READ),
    RouteRight("POST", "/api/v1/costs", Right.SITES_EDIT, also=Right.MONEY_READ),
    RouteRight("GET", "/api/v1/reports/callbacks", Right.REPORTS_READ),
    RouteRight("GET", "/reports/agents", Right.CALLS_READ),  # one's own sheet; others' need reports.read
    RouteRight("GET", "/reports/agents.csv", Right.CALLS_READ),
    RouteRight("GET", "/reports/agents.xlsx", Right.CALLS_READ),
    RouteRight("GET", "/api/v1/reports/agents", Right.CALLS_READ),
    # presence
    RouteRight("GET", "/presence", Right.PRESENCE_OWN),
    RouteRight("GET", "/presence/{person}", Right.PRESENCE_OWN),
    RouteRight("POST", "/presence/{person}", Right.PRESENCE_OWN),
    RouteRight("POST", "/presence/{person}/absences", Right.PRESENCE_OWN),
    RouteRight("GET", "/presence/{person}/week", Right.PRESENCE_OWN),
    RouteRight("POST", "/presence/{person}/week", Right.PRESENCE_OWN),
    RouteRight("GET", "/api/v1/presence", Right.PRESENCE_OWN),
    RouteRight("PUT", "/api/v1/presence", Right.PRESENCE_OWN),
    # the live floor
    RouteRight("GET", "/live", Right.LIVE_READ),
    RouteRight("GET", "/live/wall", Right.LIVE_READ),
    RouteRight("POST", "/live/settings", Right.SETTINGS_EDIT),
    RouteRight("GET", "/api/v1/live", Right.LIVE_READ),
    # calls that go on: moved, passed on, listened to
    RouteRight("POST", "/live/move", Right.CALLS_MOVE),
    RouteRight("POST", "/live/listen", Right.CALLS_LISTEN),
    RouteRight("POST", "/card/calls/{id}/pass", Right.CALLS_DIAL),
    RouteRight("POST", "/api/v1/calls/{id}/move", Right.CALLS_MOVE),
    RouteRight("POST", "/api/v1/calls/{id}/pass", Right.CALLS_DIAL),
    RouteRight("POST", "/api/v1/calls/{id}/listen", Right.CALLS_LISTEN),
    RouteRight("POST", "/api/v1/calls/{id}/recording", Right.RECORDINGS_PAUSE),
    RouteRight("POST", "/card/calls/{id}/recording", Right.RECORDINGS_PAUSE),
    # the caller card
    RouteRight("GET", "/card", Right.CARD_USE),
    RouteRight("GET", "/card/ws", Right.CARD_USE),
    # status
    RouteRight("GET", "/settings", Access.SIGNED_IN),
    RouteRight("GET", "/setup", Right.SETTINGS_EDIT),
    RouteRight("POST", "/setup", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/status", Right.OPERATIONS_READ),
    # outgoing calls
    RouteRight("GET", "/settings/outgoing", Right.SETTINGS_READ),
    RouteRight("POST", "/settings/outgoing", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/outgoing/trunks", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/outgoing/trunks/{trunk}", Right.SETTINGS_EDIT),
    # calling out
    RouteRight("POST", "/api/v1/calls", Right.CALLS_DIAL),
    RouteRight("GET", "/api/v1/calls/dials/{id}", Right.CALLS_DIAL),
    RouteRight("POST", "/dials", Right.CALLS_DIAL),
    RouteRight("GET", "/dials/{id}", Right.CALLS_DIAL),
    RouteRight("GET", "/callbacks", Right.CALLS_DIAL),
    RouteRight("GET", "/callbacks/new", Right.CALLS_DIAL),
    RouteRight("POST", "/callbacks", Right.CALLS_DIAL),
    RouteRight("POST", "/callbacks/{id}/cancel", Right.CALLS_DIAL),
    RouteRight("GET", "/api/v1/callbacks", Right.CALLS_DIAL),
    RouteRight("POST", "/api/v1/callbacks", Right.CALLS_DIAL),
    RouteRight("GET", "/api/v1/callbacks/{id}", Right.CALLS_DIAL),
    RouteRight("DELETE", "/api/v1/callbacks/{id}", Right.CALLS_DIAL),
    RouteRight("GET", "/settings/dialing", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/dialing", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/dialing/switch", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/dialing/do-not-call", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/dialing/do-not-call/remove", Right.SETTINGS_EDIT),
    RouteRight("GET", "/api/v1/do-not-call", Right.SPAM_READ),
    RouteRight("POST", "/api/v1/do-not-call", Right.SPAM_EDIT),
    RouteRight("DELETE", "/api/v1/do-not-call/{number}", Right.SPAM_EDIT),
    # the API's description
    RouteRight("GET", "/api/v1/openapi.json", Access.OPEN),
    # mirror
    RouteRight("POST", "/api/v1/mirror/{entity}", Right.IMPORTS_RUN),
    RouteRight("GET", "/api/v1/mirror/{entity}", Right.CONTACTS_READ),
    # outbox and alarms
    RouteRight("GET", "/settings/deliveries", Right.OPERATIONS_READ),
    RouteRight("POST", "/settings/deliveries", Right.OPERATIONS_EDIT),
    RouteRight("POST", "/settings/deliveries/accounts", Right.OPERATIONS_EDIT),
    RouteRight("GET", "/settings/deliveries/{letter}", Right.OPERATIONS_READ),
    RouteRight("POST", "/settings/deliveries/{letter}", Right.OPERATIONS_EDIT),
    RouteRight("GET", "/settings/alarms", Right.SETTINGS_READ),
    RouteRight("POST", "/settings/alarms/test", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/alarms/recipients", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/alarms/recipients/{recipient}/remove", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/alarms/webhooks", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/alarms/webhooks/{endpoint}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/alarms/webhooks/{endpoint}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/alarms/webhooks/{endpoint}/again", Right.SETTINGS_EDIT),
)


def table(rows: Iterable[RouteRight] = ROUTES) -> Mapping[tuple[str, str], RouteRight]:
    """The rows by method and path; a row that is there twice is an error."""
    found: dict[tuple[str, str], RouteRight] = {}
    for row in rows:
        if (row.method, row.path) in found:
            raise ValueError(f"{row.method} {row.path} is listed twice")
        found[row.method, row.path] = row
    return found


_TABLE = table()


def routes_of(app: web.Application) -> list[tuple[str, str]]:
    """Method and canonical path of every registered route; HEAD goes with its GET."""
    found = {
        (route.method, route.resource.canonical if route.resource else "")
        for route in app.router.routes()
        if route.method != "HEAD"
    }
    return sorted(found)


async def refuse_unlisted(app: web.Application) -> None:
    """An `on_startup` hook; raises UnlistedRoute naming every route without a row."""
    if missing := [f"{method} {path}" for method, path in routes_of(app) if (method, path) not in _TABLE]:
        raise UnlistedRoute(f"trunkline/web/rights.py does not say who may enter: {', '.join(missing)}")


def row_of(request: web.Request) -> RouteRight | None:
    """The row of the route that serves `request`; None where no route does (404, 405) or it is not listed."""
    route = request.match_info.route
    if route.resource is None:
        return None
    return _TABLE.get(("GET" if route.method == "HEAD" else route.method, route.resource.canonical))


def entrance(needs: Right | Access, identity: Identity | None, *, local: bool, also: Right | None = None) -> Entrance:
    """Whether `identity` (None: nobody signed in) may enter; `local` is a request of this machine, unforwarded."""
    match needs:
        case Access.OPEN | Access.FORM | Access.OWN_GUARD:
            return Entrance.ENTER
        case Access.LOCAL:
            return Entrance.ENTER if local else _by_right(Right.OPERATIONS_READ, identity)
        case Access.SIGNED_IN:
            if identity is None:
                return Entrance.SIGN_IN
            return Entrance.ENTER if identity.via is Via.SESSION else Entrance.FORBIDDEN
        case Right():
            return _by_right(missing(needs, also, identity) or needs, identity)
        case _:
            assert_never(needs)


def missing(needs: Right, also: Right | None, identity: Identity | None) -> Right | None:
    """The first of both rights that `identity` does not hold; None where he holds them."""
    held = identity.rights if identity is not None else frozenset[Right]()
    return next((right for right in (needs, also) if right is not None and right not in held), None)


def may_open(path: str, identity: Identity | None) -> bool:
    """Whether `identity` may open the page `path`; navigation shows only these."""
    row = _TABLE.get(("GET", path))
    return row is not None and entrance(row.needs, identity, local=False, also=row.also) is Entrance.ENTER


def _by_right(right: Right, identity: Identity | None) -> Entrance:
    if identity is None:
        return Entrance.SIGN_IN
    return Entrance.ENTER if right in identity.rights else Entrance.FORBIDDEN
