"""Rights to routes of the plan, queues, the calendar, presence and the live floor. No I/O here."""

from typing import Final

from trunkline.people.roles import Right
from trunkline.web.routes.row import RouteRight

ROUTING: Final = (
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
)
