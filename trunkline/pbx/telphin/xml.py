"""XML of Call Interactive: what we write is escaped, what people write is taken where it is plain. No I/O here."""

from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


def element(tag: str, text: str = "", /, **attributes: str) -> str:
    """One element with its attributes and its text; what XML cannot hold is left away."""
    written = "".join(f" {key}={quoteattr(_plain(value))}" for key, value in attributes.items())
    return f"<{tag}{written}>{escape(_plain(text))}</{tag}>" if text else f"<{tag}{written}/>"


def response(*elements: str) -> bytes:
    """The reply; without elements it says nothing."""
    return f"{HEAD}<Response>{''.join(elements)}</Response>".encode()


def is_plain(fragment: str) -> bool:
    """Whether `fragment` is one well-formed element, or several, with neither a doctype nor an entity of its own."""
    parser = expat.ParserCreate()
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    try:
        parser.Parse(f"<Response>{fragment}</Response>".encode(errors="replace"), True)
    except (expat.ExpatError, _Refused):
        return False
    return True


class _Refused(Exception):
    """There is a declaration in it."""


def _refuse(*_declared: object) -> int:
    raise _Refused


def _plain(text: str) -> str:
    return text if text.isprintable() else "".join(letter for letter in text if letter.isprintable())
