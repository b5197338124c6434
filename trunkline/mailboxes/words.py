"""Which rule counted for a letter, in plain words. No I/O here."""

from collections.abc import Mapping
from typing import Final

from trunkline.web.i18n import mark

RULES: Final[Mapping[str, str]] = {
    "bounce": mark("not delivered: a server's notice"),
    "auto_reply": mark("an answer of a machine"),
    "list": mark("a mailing"),
    "spam": mark("spam, as the server has it"),
    "no_sender": mark("names no sender"),
    "ours": mark("from one of us"),
    "ignored": mark("from an ignored sender"),
    "unreadable": mark("could not be kept"),
    "colleague": mark("from one of us"),
    "no_buyer": mark("from somebody who does not buy: no lead"),
    "thread": mark("an answer within a lead"),
    "open_lead": mark("of the open lead of his telephone"),
    "open_lead_of_address": mark("of the open lead of his address"),
    "open_deal": mark("he has an open deal: no lead"),
    "new": mark("opened a lead"),
}
