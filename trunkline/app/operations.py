"""Every operation of the API: what it reads, what it answers, which right it needs. No I/O here.

Bodies and answers are the types the handlers themselves read and write; a test holds every route to be here.
"""

from typing import Final

from trunkline.app.operations_calls import CALLS
from trunkline.app.operations_company import COMPANY
from trunkline.app.operations_costs import COSTS
from trunkline.app.operations_experts import QUESTIONS
from trunkline.app.operations_imports import IMPORTS
from trunkline.app.operations_leads import LEADS
from trunkline.app.operations_recordings import RECORDINGS
from trunkline.app.operations_reports import REPORTS
from trunkline.app.operations_routing import ROUTING
from trunkline.app.operations_sites import SITES
from trunkline.app.operations_visits import VISITS

OPERATIONS: Final = (
    *CALLS,
    *RECORDINGS,
    *REPORTS,
    *COMPANY,
    *IMPORTS,
    *ROUTING,
    *VISITS,
    *LEADS,
    *QUESTIONS,
    *SITES,
    *COSTS,
)
