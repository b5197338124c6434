"""What an address book asks by WebDAV, and the answer's XML (RFC 4918, RFC 6352). No I/O here.

Address books that only read need few properties; one that is asked for and not known is told as such.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, ParseError, SubElement, XMLParser, tostring

from trunkline.errors import InvalidInput, Mistake

DAV, CARDDAV, CALENDARSERVER = "{DAV:}", "{urn:ietf:params:xml:ns:carddav}", "{http://calendarserver.org/ns/}"
MULTIGET: Final = f"{CARDDAV}addressbook-multiget"
QUERY: Final = f"{CARDDAV}addressbook-query"
ADDRESS_DATA: Final = f"{CARDDAV}address-data"
ETAG: Final = f"{DAV}getetag"
_OK, _MISSING = "HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"
_MOST_HREFS: Final = 5000

Properties = Mapping[str, Element]
"""By name, `{DAV:}getetag`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`names` of properties, None for all that there are; `kind` of the request's XML, `hrefs` it names."""

    kind: str = f"{DAV}propfind"
    names: Sequence[str] | None = None
    hrefs: Sequence[str] = ()


def asked_by(body: bytes) -> Asked:
    """What a PROPFIND or a REPORT asks; raises InvalidInput.

    No address book declares a document type: what does is not read, for its entities could be a bomb.
    """
    if not body.strip():
        return Asked()
    refused = InvalidInput(Mistake("body", "must be XML in UTF-8 without declarations"))
    if b"<!" in body or b"\0" in body:
        raise refused
    parser = XMLParser()  # noqa: S314 - without a declaration there is no entity to expand
    try:
        parser.feed(body.decode())
        root = parser.close()
    except (ParseError, UnicodeDecodeError):
        raise refused from None
    hrefs = [href.text or "" for href in root.findall(f"{DAV}href")]
    if len(hrefs) > _MOST_HREFS:
        raise InvalidInput(Mistake("href", f"names more than {_MOST_HREFS} cards"))
    wanted = root.find(f"{DAV}prop")
    return Asked(root.tag, None if wanted is None else [one.tag for one in wanted], hrefs)


def multistatus(found: Iterable[tuple[str, Properties | None]], names: Sequence[str] | None) -> bytes:
    """The answer about each href; None is told as not found."""
    root = Element(f"{DAV}multistatus")
    for href, properties in found:
        response = SubElement(root, f"{DAV}response")
        SubElement(response, f"{DAV}href").text = href
        if properties is None:
            SubElement(response, f"{DAV}status").text = _MISSING
        else:
            _propstats(response, properties, names)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _propstats(response: Element, properties: Properties, names: Sequence[str] | None) -> None:
    wanted = [name for name in properties if name != ADDRESS_DATA] if names is None else names
    known = [properties[name] for name in wanted if name in properties]
    unknown = [Element(name) for name in wanted if name not in properties]
    for elements, status in ((known, _OK), (unknown, _MISSING)):
        if elements or (status == _OK and not unknown):
            propstat = SubElement(response, f"{DAV}propstat")
            SubElement(propstat, f"{DAV}prop").extend(elements)
            SubElement(propstat, f"{DAV}status").text = status


def text(name: str, value: str) -> Element:
    """`<name>value</name>`."""
    element = Element(name)
    element.text = value
    return element


def of_empty(name: str, *inner: str) -> Element:
    """`<name><inner/>…</name>`."""
    element = Element(name)
    element.extend(Element(one) for one in inner)
    return element


def of_each(name: str, inner: Sequence[str], *around: str) -> Element:
    """`<name>`, and in it `<around>…<inner/>…` for each."""
    element = Element(name)
    for one in inner:
        place = element
        for level in around:
            place = SubElement(place, level)
        SubElement(place, one)
    return element


def of_href(name: str, href: str) -> Element:
    """`<name><href>…</href></name>`."""
    element = Element(name)
    SubElement(element, f"{DAV}href").text = href
    return element
