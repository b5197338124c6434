"""Rights to routes of lines, outgoing calls and hosted PBXs. No I/O here."""

from typing import Final

from trunkline.people.roles import Right
from trunkline.web.routes.row import RouteRight

LINES: Final = (
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
    # outgoing calls
    RouteRight("GET", "/settings/outgoing", Right.SETTINGS_READ),
    RouteRight("POST", "/settings/outgoing", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/outgoing/trunks", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/outgoing/trunks/{trunk}", Right.SETTINGS_EDIT),
    # hosted PBXs
    RouteRight("GET", "/settings/pbxs", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/pbxs/new/{provider}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/pbxs/new/{provider}", Right.SETTINGS_EDIT),
    RouteRight("GET", "/settings/pbxs/{pbx}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/pbxs/{pbx}", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/pbxs/{pbx}/address", Right.SETTINGS_EDIT),
)
