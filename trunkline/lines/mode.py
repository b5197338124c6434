"""The modes of a line in words. No I/O here."""

from trunkline.directory.values import LineMode
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

MODE_NAMES = {
    LineMode.OBSERVE: mark("observe"),
    LineMode.ADVISE: mark("advise"),
    LineMode.ROUTE: mark("route"),
}
MODE_HINTS = {
    LineMode.OBSERVE: mark("The PBX goes its own way; Trunkline watches and counts."),
    LineMode.ADVISE: mark("The PBX goes its own way; where Trunkline would have led each call is kept beside it."),
    LineMode.ROUTE: mark("The PBX does what Trunkline decides."),
}


def checked_mode(text: str) -> LineMode:
    """The mode `text` names; raises InvalidInput."""
    try:
        return LineMode(text)
    except ValueError:
        raise InvalidInput(Mistake("mode", _("must be observe, advise or route"))) from None
