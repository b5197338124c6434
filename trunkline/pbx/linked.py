"""How a provider is asked for the link to a recording by the recording's id. No I/O here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from yarl import URL

from trunkline.errors import InvalidInput, Mistake

KEPT_AS: Final = "recordings_link"
"""The key of the header's value among the sealed secrets of a PBX's row."""
LONGEST_ID: Final = 200
LONGEST_ADDRESS: Final = 2000
_PLACE: Final = "{id}"
_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
"""A header's (RFC 9110 §5.1)."""


@dataclass(frozen=True, slots=True)
class LinkById:
    """`template` is an address with `{id}` in it; `pointer` (RFC 6901) where in the JSON it answers the link stands,
    empty where it answers the sound itself; `header` what is asked with beside its sealed value, empty for none.
    """

    template: str
    pointer: str = ""
    header: str = ""

    def address_of(self, recording: str) -> str:
        """Where the provider is asked for this recording."""
        return self.template.replace(_PLACE, quote(recording, safe=""))


def link_by_id(settings: Mapping[str, Any]) -> LinkById | None:
    """Of a PBX's row; None where nobody said how."""
    template, pointer, header = (str(settings.get(name) or "") for name in _TOLD)
    return LinkById(template, pointer, header) if template else None


def told_of_link(link: LinkById | None) -> dict[str, str]:
    """What a PBX's row says of it; the other way round than `link_by_id`."""
    return dict(zip(_TOLD, (link.template, link.pointer, link.header) if link else ("", "", ""), strict=True))


def check_link(link: LinkById) -> None:
    """Raises InvalidInput, which names `link`, `at` and `header`."""
    mistakes = []
    if link.template.count(_PLACE) != 1 or not _asks_of_one_host(link.template):
        mistakes.append(Mistake("link", "must be an https address with {id} once in its path or query"))
    if link.pointer and not re.fullmatch(r"(/([^~/]|~[01])*)+", link.pointer):
        mistakes.append(Mistake("at", "must be a JSON pointer (RFC 6901), e.g. /data/link"))
    if link.header and not _NAME.fullmatch(link.header):
        mistakes.append(Mistake("header", "must be the name of a header, e.g. X-API-Key"))
    if mistakes:
        raise InvalidInput(*mistakes)


def is_address(text: str) -> bool:
    """Whether a recording may be asked for there; whether the host may be is asked of the address connected to."""
    if not text.isprintable() or not text.isascii() or " " in text or len(text) > LONGEST_ADDRESS:
        return False
    try:
        url = URL(text, encoded=True)
        return (
            url.scheme in {"http", "https"}
            and bool(url.host)
            and url.user is None
            and url.port is not None
            and not url.raw_fragment
        )
    except ValueError:
        return False


def is_recording_id(text: str) -> bool:
    """Whether a provider's id of a recording can stand in an address: dots alone would lead out of its path."""
    return 0 < len(text) <= LONGEST_ID and text.isprintable() and text.strip(".") != "" and text == text.strip()


def pointed(document: object, pointer: str) -> object:
    """What a JSON pointer names (RFC 6901 §4), None where there is nothing."""
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict):
            document = document.get(name)
        elif isinstance(document, list) and name.isascii() and name.isdigit() and len(name) < 6:
            document = document[int(name)] if int(name) < len(document) else None
        else:
            return None
    return document


_TOLD: Final = ("recordings_link", "recordings_link_at", "recordings_link_header")


def _asks_of_one_host(template: str) -> bool:
    """Whether an id leads to no other host."""
    one, other = template.replace(_PLACE, "1"), template.replace(_PLACE, "2")
    return is_address(one) and is_address(other) and URL(one).origin() == URL(other).origin()
