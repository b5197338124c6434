"""Words of the spam rules for people, in the reader's language."""

from collections.abc import Mapping

from trunkline.errors import InvalidInput
from trunkline.spam.store import Standing
from trunkline.web.i18n import gettext, mark

TREATMENTS: Mapping[str, str] = {
    "challenge": mark("press a digit"),
    "voicemail": mark("voicemail"),
    "reject": mark("hang up"),
}
WHY_ALLOWED: Mapping[str, str] = {"hand": mark("put there by a person"), "passed": mark("pressed the right digit")}
BLOCKS: Mapping[str, str] = {
    "ten": mark("10 numbers"),
    "hundred": mark("100 numbers"),
    "prefix": mark("prefix of a list"),
}


def standing_in_words(standing: Standing) -> str:
    """What is known of a number, the strongest first; empty when nothing is."""
    if standing.allowed == "hand":
        return gettext("never kept out")
    if standing.allowed:
        return gettext("the right digit was pressed: let through for 30 days")
    if standing.personal:
        values = {"treatment": gettext(TREATMENTS[standing.personal])}
        return gettext("on the company's own list: %(treatment)s") % values
    if standing.votes:
        return gettext("in a spam list, votes: %(votes)s") % {"votes": standing.votes}
    return ""


def mistakes_in_words(error: InvalidInput) -> dict[str, str]:
    """What a form shows beside its fields."""
    return {mistake.path: gettext(mistake.message) for mistake in error.mistakes}
