"""What each figure of a proof means, in the reader's words: the definitions that stand beside the figures."""

from collections.abc import Mapping
from typing import Final

from trunkline.web.i18n import mark

KIND_NAMES: Final[Mapping[str, str]] = {
    "own": mark("the site's own number"),
    "static": mark("stands for one source"),
    "pool": mark("leased to visitors"),
}
WHY_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "own": (
        mark("The site's own number was called"),
        mark(
            "It tells no source: the script did not run, the visitor agreed to nothing, or the number was known from "
            "elsewhere."
        ),
    ),
    "nobody": (
        mark("Nobody had been shown the number"),
        mark(
            "In the seven days before the call no visitor was leased it: an old note, a saved contact, a wrong number."
        ),
    ),
    "shared": (
        mark("The pool had run out"),
        mark(
            "The number was shown to several visitors at once, and none of them is likelier than 50 %. "
            "More numbers help."
        ),
    ),
    "several": (
        mark("Several visitors had seen the number"),
        mark("One after another, and none of them is likelier than 50 %: late calls. More numbers help."),
    ),
    "cut": (
        mark("The link to the PBX was cut"),
        mark("The call began or went on while nothing was heard of the PBX."),
    ),
    "other": (
        mark("Nothing explains it"),
        mark("The number told a source that day, and yet nothing was written to the call."),
    ),
}
LACK_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "no_number": (
        mark("No telephone number"),
        mark("Neither the lead, the contact nor the company's contacts have one in the CRM."),
    ),
    "no_call": (
        mark("The numbers never called"),
        mark("None of them called us in the days before it that a visit counts for (%(days)s), and none is in a form."),
    ),
    "untracked": (
        mark("Called numbers that tell no source"),
        mark("Give these numbers a source, or put the script where they stand."),
    ),
    "unexplained": (
        mark("Called, and the source of the call is unknown"),
        mark("The reasons stand above, by call."),
    ),
}
