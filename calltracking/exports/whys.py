"""Why a call or a form is not told: reasons by name, and their words. No I/O here."""

from typing import Final

from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

WHYS: Final = {
    "no_client_id": mark("the counter's id of the visitor is not known"),
    "no_click_id": mark("no click id in the address he landed on"),
    "no_number": mark("the caller hides his number"),
    "too_old": mark("too old to be joined"),
    "unsure": mark("less sure than asked for"),
}
REFUSED: Final = "refused: "
"""How the reason of a row begins that the other side refuses; its own words follow."""


def why_words(name: str) -> str:
    """For people."""
    if name.startswith(REFUSED):
        return _("refused there: %(reason)s") % {"reason": name.removeprefix(REFUSED)}
    return _(WHYS.get(name, name))
