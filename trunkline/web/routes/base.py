"""Rights to routes of the web shell, our own state, and the process question. No I/O here."""

from typing import Final

from trunkline.people.roles import Right
from trunkline.web.routes.row import Access, RouteRight

BASE: Final = (
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
    # status
    RouteRight("GET", "/settings", Access.SIGNED_IN),
    RouteRight("GET", "/setup", Right.SETTINGS_EDIT),
    RouteRight("POST", "/setup", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/start", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/start", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/status", Right.OPERATIONS_READ),
    # the API's description
    RouteRight("GET", "/api/v1/openapi.json", Access.OPEN),
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
