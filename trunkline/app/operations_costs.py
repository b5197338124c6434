"""Operations about what advertising cost. No I/O here."""

from typing import Final

from calltracking.costs.api import CostBatch, CostPage
from calltracking.costs.store import Effect
from trunkline.app.operation import PAGED, Operation, query
from trunkline.people.roles import Right

_DAYS: Final = (
    query("days", "Back from today; 7 unless said.", type="integer", minimum=1, maximum=366),
    query("since", "The first day, instead of `days`.", format="date"),
    query("until", "The last day.", format="date"),
)

COSTS: Final = (
    Operation(
        "get",
        "/api/v1/costs",
        "What advertising cost, the latest day first; for who sees every line and department",
        {200: CostPage},
        Right.MONEY_READ,
        (*_DAYS, *PAGED),
    ),
    Operation(
        "post",
        "/api/v1/costs",
        "Tell costs, 5,000 a request; each replaces what its day and place had. Needs money.read, too",
        {200: Effect},
        Right.SITES_EDIT,
        body=CostBatch,
    ),
)
