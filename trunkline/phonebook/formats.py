"""A phone book in each vendor's own form. No I/O here.

Every XML form is UTF-8 by the XML declaration; escaping is ElementTree's. Names come without control characters and
cut (book.py). Sources are named at each form.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from trunkline.phonebook.book import Entry, Place
from trunkline.web.i18n import gettext as _

CISCO_PAGE: Final = 32
"""DirectoryEntry objects a CiscoIPPhoneDirectory may hold (below); more are fetched by a soft key."""


class Format(StrEnum):
    """The last part of the address."""

    YEALINK = "yealink"
    GRANDSTREAM = "grandstream"
    FANVIL = "fanvil"
    CISCO = "cisco"
    CSV = "csv"


CONTENT_TYPES: Final[Mapping[Format, str]] = MappingProxyType(
    {format_: "text/csv" if format_ is Format.CSV else "text/xml" for format_ in Format}
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is written: a book's title, its entries, and for a form of pages where it begins and what comes next."""

    title: str
    entries: Sequence[Entry]
    start: int = 0
    next_url: str = ""
    """The address of the same book without its `start`."""


def written(format_: Format, sheet: Sheet) -> bytes:
    """The whole answer's body."""
    if format_ is Format.CSV:
        return _csv(sheet)
    document: bytes = tostring(_XML[format_](sheet), encoding="utf-8", xml_declaration=True)
    return document


def _yealink(sheet: Sheet) -> Element:
    """`<xxxIPPhoneDirectory>`, `DirectoryEntry` with one `Name` and its `Telephone`s.

    Yealink, Administrator's Guide for SIP-T2/T4/T5 Series, "Remote XML phone book" (the Matrix SPARSH VP110 guide,
    p. 334, prints the same text: xxx may be any word).
    """
    root = Element("YealinkIPPhoneDirectory")
    for entry in sheet.entries:
        one = SubElement(root, "DirectoryEntry")
        SubElement(one, "Name").text = entry.name
        for _place, number in entry.numbers:
            SubElement(one, "Telephone").text = number
    return root


_GRANDSTREAM_TYPES = {Place.OFFICE: "Work", Place.MOBILE: "Mobile", Place.OTHER: "Other"}


def _grandstream(sheet: Sheet) -> Element:
    """`AddressBook` of `Contact`s: a first or last name, `Phone` with type, `phonenumber` and `accountindex`.

    Grandstream, GXP Series XML Phonebook Guide: tables of elements ("First name and last name: at least one of them";
    type Work/Home/Mobile/Fax/Other; accountindex from 0 to 5 for account 1 to 6).
    """
    root = Element("AddressBook")
    SubElement(root, "version").text = "1"
    for entry in sheet.entries:
        one = SubElement(root, "Contact")
        SubElement(one, "LastName").text = entry.name
        for place, number in entry.numbers:
            phone = SubElement(one, "Phone", type=_GRANDSTREAM_TYPES[place])
            SubElement(phone, "phonenumber").text = number
            SubElement(phone, "accountindex").text = "0"
    return root


_FANVIL_TAGS = {Place.OFFICE: "Telephone", Place.MOBILE: "Mobile", Place.OTHER: "Other"}


def _fanvil(sheet: Sheet) -> Element:
    """`DirectoryEntry` with `Name` and at most one each of `Telephone`, `Mobile`, `Other`.

    Fanvil prints no schema we could read; the form is what three public generators write for its telephones
    (FreePBX's Contact Manager script, the CardDAV middleware of FreePBX, a patch of 3CX), which agree.
    """
    root = Element("FanvilIPPhoneDirectory")
    SubElement(root, "Title").text = sheet.title
    for entry in sheet.entries:
        one = SubElement(root, "DirectoryEntry")
        SubElement(one, "Name").text = entry.name
        free = list(_FANVIL_TAGS.values())
        for place, number in entry.numbers:
            tag = _FANVIL_TAGS[place] if _FANVIL_TAGS[place] in free else free[-1]
            free.remove(tag)
            SubElement(one, tag).text = number
    return root


def _cisco(sheet: Sheet) -> Element:
    """`CiscoIPPhoneDirectory`: title, prompt, at most 32 `DirectoryEntry`s of one number, soft keys.

    Cisco Unified IP Phone Services Application Development Notes, 7.1(3), OL-20949-01, pp. 3-6 and 3-7: "a maximum of
    32 DirectoryEntry objects. If more … must be returned, use multiple objects in subsequent HTTP requests".
    """
    lines = [(entry.name, number) for entry in sheet.entries for _place, number in entry.numbers]
    shown = lines[sheet.start : sheet.start + CISCO_PAGE]
    last = sheet.start + len(shown)
    root = Element("CiscoIPPhoneDirectory")
    SubElement(root, "Title").text = sheet.title
    counted = {"first": sheet.start + 1, "last": last, "all": len(lines)}
    SubElement(root, "Prompt").text = _("%(first)d–%(last)d of %(all)d") % counted if shown else _("Nobody found")
    for name, number in shown:
        one = SubElement(root, "DirectoryEntry")
        SubElement(one, "Name").text = name
        SubElement(one, "Telephone").text = number
    keys = [(_("Dial"), "SoftKey:Dial"), (_("Edit"), "SoftKey:EditDial"), (_("Exit"), "SoftKey:Exit")]
    if last < len(lines):
        keys.insert(2, (_("Next"), f"{sheet.next_url}&start={last}"))
    for position, (name, url) in enumerate(keys, 1):
        key = SubElement(root, "SoftKeyItem")
        SubElement(key, "Name").text = name
        SubElement(key, "URL").text = url
        SubElement(key, "Position").text = str(position)
    return root


_XML = {Format.YEALINK: _yealink, Format.GRANDSTREAM: _grandstream, Format.FANVIL: _fanvil, Format.CISCO: _cisco}


def _csv(sheet: Sheet) -> bytes:
    """RFC 4180 with a heading: `name,office,mobile,other`; what a spreadsheet would take for a formula gets a `'`."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("name", *Place))
    for entry in sheet.entries:
        cells = dict.fromkeys(Place, "")
        for place, number in entry.numbers:
            cells[place if not cells[place] else Place.OTHER] = number
        name = f"'{entry.name}" if entry.name.startswith(("=", "+", "-", "@")) else entry.name
        writer.writerow((name, *cells.values()))
    return text.getvalue().encode()
