"""The plan that a request asks for: of which pool, and for how many numbers beside what it has."""

from collections.abc import Mapping
from uuid import UUID

from aiohttp import web

from calltracking.planner.plan import MOST, Plan
from calltracking.planner.store import read_measurement, reckon
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.people.pages.request import now, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.render import reader_of


def asked_numbers(query: Mapping[str, str]) -> int | None:
    """`?numbers=`, None where it is left out; raises InvalidInput."""
    text = query.get("numbers", "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= MOST):
        told = _("must be a number from %(low)s to %(high)s") % {"low": 1, "high": MOST}
        raise InvalidInput(Mistake("numbers", told))
    return int(text)


async def plan_for(request: web.Request, pool: UUID, chosen: int | None = None) -> Plan:
    """The plan of a pool; raises NotFound."""
    zone = reader_of(request).timezone
    async with transaction(request) as connection:
        measurement = await read_measurement(connection, pool, now(), zone)
    if measurement is None:
        raise NotFound(_("There is no such pool."))
    return await reckon(measurement, zone, chosen)
