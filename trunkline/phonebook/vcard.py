"""A contact as a vCard: 3.0 (RFC 2426), what every telephone's address book reads, or 4.0 (RFC 6350). No I/O here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trunkline.calls.names import plain
from trunkline.phonebook.book import Place

CONTENT_TYPE: Final = "text/vcard"
_TYPES: Final = {Place.OFFICE: "WORK,VOICE", Place.MOBILE: "CELL,VOICE", Place.OTHER: "VOICE"}
_LONGEST_LINE: Final = 75
"""Octets of a line, without its end; what is longer goes on behind a space (RFC 2426, 2.6)."""
_ESCAPED: Final = str.maketrans({"\\": "\\\\", ",": "\\,", ";": "\\;", "\n": "\\n"})


class Version(StrEnum):
    """Of the form."""

    OLD = "3.0"
    NEW = "4.0"


@dataclass(frozen=True, slots=True)
class Known:
    """One contact or colleague; `numbers` are in E.164, an extension is as it is dialled."""

    uid: str
    name: str
    company: str
    email: str
    numbers: Sequence[tuple[Place, str]]


def vcard(one: Known, version: Version = Version.OLD) -> str:
    """The card with its line ends."""
    lines = _lines(one) if version is Version.OLD else _new_lines(one)
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _new_lines(one: Known) -> Iterator[str]:
    """RFC 6350: a telephone that is no URI is a text (6.4.1), types are in small letters and quoted where several."""
    for line in _lines(one):
        name, colon, value = line.partition(":")
        match name.partition(";")[0]:
            case "VERSION":
                yield f"VERSION:{Version.NEW}"
            case "UID":
                yield f"UID:urn:uuid:{value}"
            case "EMAIL":
                yield f"EMAIL:{value}"
            case "TEL":
                types = name.partition("TYPE=")[2].lower()
                quoted = f'"{types}"' if "," in types else types
                yield f"TEL;VALUE=text;TYPE={quoted}{colon}{value}"
            case _:
                yield line


def _lines(one: Known) -> Iterator[str]:
    name, company, email = (plain(text).translate(_ESCAPED) for text in (one.name, one.company, one.email))
    yield from ("BEGIN:VCARD", "VERSION:3.0", f"UID:{one.uid}", f"FN:{name or company}", f"N:{name};;;;")
    if company:
        yield f"ORG:{company}"
    for place, number in one.numbers:
        yield f"TEL;TYPE={_TYPES[place]}:{number}"
    if email:
        yield f"EMAIL;TYPE=INTERNET:{email}"
    yield "END:VCARD"


def _folded(line: str) -> Iterator[str]:
    """Never within a letter: some readers decode a line before they join it."""
    begun, room = "", _LONGEST_LINE
    for letter in line:
        size = len(letter.encode())
        if size > room:
            yield begun
            begun, room = " ", _LONGEST_LINE - 1
        begun, room = begun + letter, room - size
    yield begun
