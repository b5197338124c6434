"""Rights to routes of reports, their proof and mailings, and costs. No I/O here."""

from typing import Final

from trunkline.people.roles import Right
from trunkline.web.routes.row import RouteRight

REPORTS: Final = (
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
)
