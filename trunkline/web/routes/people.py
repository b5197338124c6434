"""Rights to routes of people, their sessions and tokens. No I/O here."""

from typing import Final

from trunkline.people.roles import Right
from trunkline.web.routes.row import Access, RouteRight

PEOPLE: Final = (
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
    RouteRight("GET", "/settings/departments", Right.PEOPLE_EDIT),
    RouteRight("POST", "/settings/departments", Right.PEOPLE_EDIT),
    RouteRight("GET", "/settings/departments/{department}", Right.PEOPLE_EDIT),
    RouteRight("POST", "/settings/departments/{department}", Right.PEOPLE_EDIT),
    RouteRight("GET", "/settings/tokens", Right.TOKENS_EDIT),
    RouteRight("POST", "/settings/tokens", Right.TOKENS_EDIT),
    RouteRight("POST", "/settings/tokens/{token}/revoke", Right.TOKENS_EDIT),
    # a token of one's own computer; the handlers ask for card.use
    RouteRight("GET", "/settings/desktop", Access.SIGNED_IN),
    RouteRight("POST", "/settings/desktop", Access.SIGNED_IN),
    RouteRight("POST", "/settings/desktop/{token}/revoke", Access.SIGNED_IN),
    RouteRight("GET", "/settings/audit", Right.AUDIT_READ),
    RouteRight("GET", "/settings/erase", Right.NUMBERS_ERASE),
    RouteRight("POST", "/settings/erase", Right.NUMBERS_ERASE),
    RouteRight("POST", "/settings/erase/count", Right.NUMBERS_ERASE),
    RouteRight("GET", "/settings/erase/{erasure}", Right.NUMBERS_ERASE),
    RouteRight("GET", "/settings/erase/{erasure}/proof.json", Right.NUMBERS_ERASE),
)
