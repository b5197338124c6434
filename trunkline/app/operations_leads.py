"""Operations about leads. No I/O here."""

from collections.abc import Sequence
from typing import Final

from trunkline.app.operation import PAGED, Operation, query
from trunkline.leads.api import LeadPage, WholeLead
from trunkline.leads.deciding_api import GiveOrphan, OrphanPage, OtherLead, OverlapPage, Prolong, ProposalList, Reserve
from trunkline.leads.hand import ChangeLead, CloseLead, PassLead
from trunkline.leads.orphans import Lack
from trunkline.leads.overlaps import OverlapState
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
    Operation(
        "get",
        "/api/v1/leads/orphans",
        "Leads and deals that nobody minds, the oldest first; names need `contacts.read`, sums `money.read`",
        {200: OrphanPage},
        Right.PRESENCE_OTHERS,
        (query("lack", "What is missing; both where it is left out.", enum=list(Lack)), *PAGED),
    ),
    Operation(
        "post",
        "/api/v1/leads/orphans/{id}/give",
        "Somebody minds it, or its next step is planned",
        {204: None},
        Right.PRESENCE_OTHERS,
        body=GiveOrphan,
    ),
    Operation(
        "get",
        "/api/v1/leads/overlaps",
        "Dealers who ask for one end customer, and the ledger of who has him, the latest first",
        {200: OverlapPage},
        Right.MONEY_READ,
        (query("state", "What was decided; `suspected` is the default.", enum=list(OverlapState)), *PAGED),
    ),
    *(
        Operation(
            "post",
            f"/api/v1/leads/overlaps/{{id}}/{word}",
            summary,
            {204: None},
            Right.LEADS_EDIT,
            body=body,
            also=Right.MONEY_READ,
        )
        for word, summary, body in (
            ("reserve", "A dealer has the customer until a day, the others are refused", Reserve),
            ("prolong", "Who has the customer has him until a later day", Prolong),
            ("end", "Nobody has the customer any more", None),
            ("reject", "It is no overlap", None),
        )
    ),
    Operation(
        "get",
        "/api/v1/leads/proposals",
        "Pairs of open leads that may be one person's, the newest first, with reasons",
        {200: ProposalList},
        Right.LEADS_READ,
    ),
    Operation(
        "post",
        "/api/v1/leads/{id}/merge",
        "The younger of two leads becomes part of the older, which is answered",
        {200: LeadRow},
        Right.LEADS_EDIT,
        body=OtherLead,
    ),
    Operation(
        "post",
        "/api/v1/leads/{id}/keep-apart",
        "The two stay two, and are not proposed again",
        {204: None},
        Right.LEADS_EDIT,
        body=OtherLead,
    ),
)
