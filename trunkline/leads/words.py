"""Leads in plain words. No I/O here."""

from collections.abc import Mapping
from typing import Final

from trunkline.leads.boards import Standing
from trunkline.leads.chain import CameTo
from trunkline.leads.deciding import Opens
from trunkline.leads.hand import Reason
from trunkline.leads.orphans import Lack
from trunkline.leads.overlaps import OverlapState
from trunkline.leads.reading import Due, Show
from trunkline.web.i18n import mark

SHOWS: Final[Mapping[Show, str]] = {
    Show.OPEN: mark("all open"),
    Show.MINE: mark("mine"),
    Show.UNTAKEN: mark("nobody's"),
    Show.OVERDUE: mark("overdue ones"),
    Show.CLOSED: mark("closed ones"),
}

DUES: Final[Mapping[Due, str]] = {
    Due.TAKE: mark("to be taken"),
    Due.CALL: mark("to be called"),
    Due.NEXT: mark("next call"),
}

STANDINGS: Final[Mapping[Standing, tuple[str, str, str]]] = {
    Standing.OVERDUE: (mark("overdue"), "clock", "bad"),
    Standing.TODAY: (mark("today"), "phone-outgoing", "warn"),
    Standing.PLANNED: (mark("planned"), "calendar", "info"),
}
"""How a call that is due stands, each with its icon and colour."""

LACKS: Final[Mapping[Lack, str]] = {
    Lack.NO_OWNER: mark("no owner"),
    Lack.NO_NEXT_STEP: mark("no next step"),
}

ENDS: Final[Mapping[CameTo, str]] = {
    CameTo.NO_LEAD: mark("a call that became no lead"),
    CameTo.NOT_CALLED: mark("a lead nobody talked with"),
    CameTo.LEAD_LOST: mark("a lead closed without a deal"),
    CameTo.WON_WITHOUT_DEAL: mark("a lead closed as won, and no deal"),
    CameTo.DEAL_UNPAID: mark("a deal closed, and no payment"),
    CameTo.DEAL_WITHOUT_LEAD: mark("a deal that nothing led to"),
    CameTo.PAYMENT_WITHOUT_DEAL: mark("a payment without a deal"),
    CameTo.LEAD_OPEN: mark("a lead that goes on"),
    CameTo.DEAL_OPEN: mark("a deal that goes on"),
    CameTo.NO_BUYER: mark("no client: a supplier, a colleague"),
    CameTo.ELSEWHERE: mark("a lead with colleagues whose leads you do not see"),
    CameTo.PAID: mark("paid"),
}
"""How far a chain came."""

BEGUN: Final[Mapping[str, str]] = {
    "call": mark("call"),
    "lead": mark("lead"),
    "deal": mark("deal"),
    "payment": mark("payment"),
}
"""What a chain began with."""

OVERLAP_STATES: Final[Mapping[OverlapState, str]] = {
    OverlapState.SUSPECTED: mark("proposed"),
    OverlapState.CONFIRMED: mark("reserved"),
    OverlapState.REJECTED: mark("no overlap"),
    OverlapState.CLOSED: mark("over"),
}

KEPT: Final[Mapping[str, tuple[str, str]]] = {
    "active": (mark("has the customer"), "ok"),
    "refused": (mark("refused to him"), "bad"),
    "ended": (mark("was ended"), "plain"),
    "expired": (mark("the term is over"), "warn"),
}
"""Rows of the ledger, each with its colour."""

REASONS: Final[Mapping[Reason, str]] = {
    Reason.WON: mark("It became a deal"),
    Reason.TALKED: mark("We talked, nothing more is wanted"),
    Reason.NOT_NEEDED: mark("He needs nothing"),
    Reason.WRONG_NUMBER: mark("Wrong number"),
    Reason.SPAM: mark("Spam"),
    Reason.OTHER: mark("Something else"),
}

OPENS: Final[Mapping[Opens, str]] = {
    Opens.ALL: mark("every incoming call"),
    Opens.MISSED: mark("missed calls alone"),
    Opens.NONE: mark("no call: forms alone do"),
}

KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "call": (mark("call"), "phone"),
    "missed": (mark("missed call"), "phone-missed"),
    "form": (mark("form"), "globe"),
    "callback": (mark("asked to be called"), "phone-outgoing"),
    "chat": (mark("message"), "send"),
    "email": (mark("e-mail"), "send"),
    "visit": (mark("visit"), "calendar"),
}
"""Kinds of touches, each with its icon."""

HOURS: Final[Mapping[str, str]] = {
    "in": mark("within working time"),
    "out": mark("out of working time"),
}
"""Of rules of tags."""
