"""Operations about leads. No I/O here."""

from collections.abc import Sequence
from typing import Final

from trunkline.app.operation import PAGED, Operation, query
from trunkline.leads.api import LeadPage, WholeLead
from trunkline.leads.hand import ChangeLead, CloseLead, PassLead
from trunkline.leads.reading import LeadRow, Show
from trunkline.people.roles import Right

MARKED: Final = (
    query("tag", "Those that have this tag."),
    query("category", "Those of this category."),
)
LEADS: Final[Sequence[Operation]] = (
    Operation(
        "get",
        "/api/v1/leads",
        "Leads that were opened here, the nearest clock first; or closed ones, the latest first",
        {200: LeadPage},
        Right.LEADS_READ,
        (query("show", "All open ones (the default), some of them, or closed ones.", enum=list(Show)), *MARKED, *PAGED),
    ),
    Operation("get", "/api/v1/leads/{id}", "A lead with its latest touches", {200: WholeLead}, Right.LEADS_READ),
    Operation("post", "/api/v1/leads/{id}/take", "It is the token's owner's", {200: LeadRow}, Right.LEADS_EDIT),
    Operation(
        "post",
        "/api/v1/leads/{id}/pass",
        "It is a colleague's, who is told",
        {200: LeadRow},
        Right.LEADS_EDIT,
        body=PassLead,
    ),
    Operation(
        "post",
        "/api/v1/leads/{id}/change",
        "Another title, stage or time of the next call; what is left out stays",
        {200: LeadRow},
        Right.LEADS_EDIT,
        body=ChangeLead,
    ),
    Operation(
        "post",
        "/api/v1/leads/{id}/close",
        "Nothing more is to be done: why, and a note where it is `other`",
        {200: LeadRow},
        Right.LEADS_EDIT,
        body=CloseLead,
    ),
)
