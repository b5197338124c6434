"""Operations about reports, and the kept views of them. No I/O here."""

from typing import Final

from calltracking.models.model import BY_NAME
from calltracking.results.api import ChannelsReport
from calltracking.results.asking import BESIDE, SURE, VAT
from calltracking.results.more_pages import CreditedCalls
from calltracking.results.result import By
from calltracking.results.views import ReportView
from calltracking.results.views_web import ViewBody, ViewList
from trunkline.app.operation import PAGED, Operation, query
from trunkline.people.roles import Right
from trunkline.reports.api import LinesReport, MissedReport
from trunkline.reports.days import MOST
from trunkline.reports.people_api import AgentsReport, CallbacksReport

_DAYS: Final = (
    query("days", "So many days, today among them; 7 unless said.", type="integer", minimum=1, maximum=MOST),
    query("since", "From this day on.", format="date"),
    query("until", "To this day, it included; today unless said.", format="date"),
)
_CHANNELS: Final = (
    query("by", "What the rows are; channel unless said.", enum=list(By)),
    query("model", "Who is given a call, a lead, a deal; last_non_direct unless said.", enum=list(BY_NAME)),
    query("sure", "Only calls whose source is so sure.", enum=[one for one in SURE if one]),
)
_COMPARED: Final = (
    query(
        "beside", "Compared with the time before, or the same days a year before.", enum=[one for one in BESIDE if one]
    ),
    query("vat", "Costs with VAT unless said.", enum=list(VAT)),
)

REPORTS: Final = (
    Operation(
        "get",
        "/api/v1/reports/missed",
        "The missed share by line, queue and hour, in days of the company's zone",
        {200: MissedReport},
        Right.REPORTS_READ,
        _DAYS,
    ),
    Operation(
        "get",
        "/api/v1/reports/lines",
        "How well each line works at its operator, each way apart",
        {200: LinesReport},
        Right.REPORTS_READ,
        _DAYS,
    ),
    Operation(
        "get",
        "/api/v1/reports/channels",
        "Visits, the calls, leads and deals they led to, revenue and costs, by channel, source, page and the like",
        {200: ChannelsReport},
        Right.REPORTS_READ,
        (*_DAYS, *_CHANNELS, *_COMPARED),
    ),
    Operation(
        "get",
        "/api/v1/reports/channels/calls",
        "The calls that a row of the report is given something of, the latest first; a short page need not be the last",
        {200: CreditedCalls},
        Right.CALLS_READ,
        (*_DAYS, *_CHANNELS, query("key", "The row; all where it is left out."), *PAGED),
    ),
    Operation("get", "/api/v1/reports/views", "Kept views of the report", {200: ViewList}, Right.REPORTS_READ),
    Operation(
        "post",
        "/api/v1/reports/views",
        "Keep a view, in place of one's own of that name",
        {201: ReportView},
        Right.REPORTS_READ,
        body=ViewBody,
    ),
    Operation("delete", "/api/v1/reports/views/{id}", "Forget one's own view", {204: None}, Right.REPORTS_READ),
    Operation(
        "get",
        "/api/v1/reports/callbacks",
        "How soon missed clients were called back, by line, queue and day",
        {200: CallbacksReport},
        Right.REPORTS_READ,
        _DAYS,
    ),
    Operation(
        "get",
        "/api/v1/reports/agents",
        "What each agent did, 31 days at most; without reports.read the token's owner alone",
        {200: AgentsReport},
        Right.CALLS_READ,
        _DAYS,
    ),
)
