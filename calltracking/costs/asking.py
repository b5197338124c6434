"""Who may see and tell costs: they are money of the whole company, of no line and no department."""

from aiohttp import web

from trunkline.errors import Forbidden
from trunkline.people.identity import Identity
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _


def sees_costs(viewer: Identity) -> bool:
    """Whether costs may be shown to him."""
    return viewer.holds(Right.MONEY_READ) and viewer.scope.lines is None and viewer.scope.departments is None


def refuse_others(request: web.Request) -> None:
    """Raises Forbidden for who may not see costs."""
    if not sees_costs(signed_in(request)):
        raise Forbidden(_("Costs are seen by who sees money, every line and every department."))
