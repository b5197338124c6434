"""Why a call, a form or a payment is not told: reasons by name, and their words. No I/O here."""

from typing import Final

from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

CANCELLED: Final = "cancelled"
WHYS: Final = {
    "no_client_id": mark("the counter's id of the visitor is not known"),
    "no_click_id": mark("no click id in the address he landed on"),
    "no_number": mark("the caller hides his number"),
    "too_old": mark("too old to be joined"),
    "unsure": mark("less sure than asked for"),
    "nobody": mark("no call and no form of the payer led to it"),
    "no_visit": mark("what led to it came from no visit"),
    "no_value": mark("nothing was paid"),
    CANCELLED: mark("cancelled before it was sent"),
}
REFUSED: Final = "refused: "
"""How the reason of a row begins that the other side refuses; its own words follow."""


def why_words(name: str) -> str:
    """For people."""
    if name.startswith(REFUSED):
        return _("refused there: %(reason)s") % {"reason": name.removeprefix(REFUSED)}
    return _(WHYS.get(name, name))
