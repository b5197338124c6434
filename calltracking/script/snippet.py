"""What a webmaster puts into a page, in the forms that site builders want it. No I/O here."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit


class Form(StrEnum):
    """Where the snippet goes."""

    PLAIN = "plain"
    BITRIX = "bitrix"
    TILDA = "tilda"
    GTM = "gtm"
    NETCAT = "netcat"


@dataclass(frozen=True, slots=True)
class Snippet:
    """`host` is the address of the public listener as visitors see it, e.g. `https://calls.example.ru`.

    `version` and `integrity` are those of a `library.Script`; without them the page runs today's script. With `measure`
    visits are counted and no number is changed: beside another call tracking. `city` is the page's, for rules that ask.
    """

    host: str
    site: str
    version: str = ""
    integrity: str = ""
    measure: bool = False
    city: str = ""

    def __post_init__(self) -> None:
        parts = urlsplit(self.host)
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError(f"{self.host!r} is no address of a listener: https://calls.example.ru would be one")

    @property
    def address(self) -> str:
        """Where the script is: the pinned version, or today's."""
        path = f"/t/{self.version}.js" if self.version else "/t.js"
        return self.host.rstrip("/") + path

    @property
    def _told(self) -> list[tuple[str, str]]:
        """What the tag's `data-` attributes tell the script."""
        told = {"site": self.site, "mode": "measure" if self.measure else "", "city": self.city}
        return [(name, value) for name, value in told.items() if value]

    @property
    def tag(self) -> str:
        """The plain tag; `crossorigin` belongs to `integrity`, without which no browser compares."""
        pinned = f' integrity="{escape(self.integrity)}" crossorigin="anonymous"' if self.integrity else ""
        told = "".join(f' data-{name}="{escape(value)}"' for name, value in self._told)
        return f'<script async src="{escape(self.address)}"{told}{pinned}></script>'

    @property
    def made(self) -> str:
        """The tag as made by a script: tag managers drop `data-` attributes of the tags they are given."""
        pinned = f"s.integrity={_quoted(self.integrity)};s.crossOrigin='anonymous';" if self.integrity else ""
        told = "".join(f"s.setAttribute('data-{name}',{_quoted(value)});" for name, value in self._told)
        return (
            "<script>(function(d){var s=d.createElement('script');s.async=true;"
            f"s.src={_quoted(self.address)};{told}{pinned}"
            "d.head.appendChild(s)})(document)</script>"
        )

    @property
    def bitrix(self) -> str:
        """For header.php: `data-skip-moving` keeps 1C-Bitrix from moving and combining it, composite pages included."""
        return self.tag.replace("<script async", '<script data-skip-moving="true" async', 1)

    def of(self, form: Form) -> str:
        """The text to copy."""
        return {
            Form.PLAIN: self.tag,
            Form.BITRIX: self.bitrix,
            Form.TILDA: self.tag,
            Form.GTM: self.made,
            Form.NETCAT: self.tag,
        }[form]


WHERE: Final[Mapping[Form, str]] = MappingProxyType(
    {
        Form.PLAIN: "<head>",
        Form.BITRIX: "bitrix/templates/*/header.php, <head>",
        Form.TILDA: "Site settings → More → HTML code for the head section",
        Form.GTM: "Custom HTML, trigger Initialization - All Pages",
        Form.NETCAT: "Design layout, header, <head>",
    }
)
"""Where each form is put, in the builder's own words."""

NAMES: Final[Mapping[Form, str]] = MappingProxyType(
    {Form.PLAIN: "HTML, Tilda, NetCat", Form.BITRIX: "1C-Bitrix", Form.GTM: "Google Tag Manager"}
)
"""The forms that differ, by the names of what they are for."""


def _quoted(text: str) -> str:
    """A JavaScript string inside a `<script>`: what could end either is written as an escape."""
    unsafe = {"\\": "\\\\", "'": "\\'", "<": "\\x3c", ">": "\\x3e", "&": "\\x26", "\n": "\\n", "\r": "\\r"}
    return "'" + "".join(unsafe.get(character, character) for character in text) + "'"
