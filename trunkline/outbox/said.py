"""Sentences that deliveries leave in rows, in the language of whoever reads them. No I/O here.

A row keeps what was said in English, with names and numbers filled in, as logs do: who reads it is not known when it is
written. Here it is found again among the sentences there are, and said in the reader's language; another system's own
words stay as they are.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

HOUSE: Final = (
    mark("it may have arrived and nobody can tell"),
    mark("no answer within %(seconds)s s"),
    mark("the endpoint is switched off; nothing was sent"),
    mark("the endpoint was removed; nothing was sent"),
    mark("not an address a request can be sent to"),
    mark("no connection: %(why)s"),
    mark("no connection in time"),
    mark("no answer in time"),
    mark("no readable answer: %(why)s"),
    mark("connection lost: %(why)s"),
    mark("the room was removed; nothing was sent"),
    mark("the room's address cannot be opened with this installation's key"),
    mark("the room's address is none that can be sent to"),
    mark("the service has not taken it"),
    mark("no mail server is set ([mail] host)"),
    mark("sign-in refused: %(why)s"),
    mark("the server lacks what the settings ask for: %(why)s"),
    mark("answered with a web page: is this the right address?"),
    mark("taken"),
    mark("noted as sent"),
    mark("not sent: %(why)s"),
    mark("the client wants no letters any more; nothing was sent"),
)
"""Of the house's own deliveries."""
_LONGEST: Final = 1000


class Said:
    """The sentences there are; `%(name)s` in one is whatever stands there, which may be a sentence again."""

    def __init__(self, *tables: Sequence[str]) -> None:
        every = [sentence for table in tables for sentence in table]
        self._whole = frozenset(every)
        self._filled = [(_pattern(one), one) for one in every if "%(" in one]

    def knows(self, text: str) -> bool:
        """Whether it is one of them."""
        return text in self._whole or any(pattern.fullmatch(text) for pattern, _sentence in self._filled)

    def spoken(self, text: str) -> str:
        """As the reader has it; what is none of ours, and what follows a sentence of ours, stays as it was said."""
        if not text or len(text) > _LONGEST:
            return text
        if text in self._whole:
            return _(text)
        for pattern, sentence in self._filled:
            if found := pattern.fullmatch(text):
                return _(sentence) % self._parts(found.groupdict())
        for mark_of in (": ", " ("):
            head, between, tail = text.partition(mark_of)
            if between and head in self._whole:
                return f"{_(head)}{between}{tail}"
        return text

    def _parts(self, parts: Mapping[str, str]) -> dict[str, str]:
        return {name: self.spoken(part) for name, part in parts.items()}


def _pattern(sentence: str) -> re.Pattern[str]:
    pieces = re.split(r"%\((\w+)\)s", sentence)
    made = "".join(f"(?P<{one}>.+?)" if place % 2 else re.escape(one) for place, one in enumerate(pieces))
    return re.compile(made, re.DOTALL)
