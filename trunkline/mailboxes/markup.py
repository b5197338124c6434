"""What a reader sees of HTML. No I/O here.

The library's own parser looks for the end of a tag that has none from each place anew: a letter of `<a <a <a` takes it
minutes. Here every look goes forward, or over no more than the longest tag that is looked at with its quotes.
"""

import re
from contextlib import suppress
from html import unescape
from typing import Final

_LONGEST_TAG: Final = 4096
_NAME: Final = r"<(/?)([a-zA-Z][^\s/<>]*+)"
_TAG: Final = re.compile(_NAME + r"""[^<>"']*+(?:(?:"[^"]*+"|'[^']*+')[^<>"']*+)*+>""")
_LONG_TAG: Final = re.compile(_NAME + r"[^<>]*+>")
"""Also of one whose quotes are open."""
_SPACES: Final = re.compile(r"\s+")
_SILENT: Final = frozenset(("head", "template"))
_BARE: Final = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "title")}
"""What is in them is no markup until they end."""
_BREAKS: Final = frozenset(("br", "p", "div", "tr", "li", "table", "ul", "ol", "h1", "h2", "h3", "h4", "hr", "pre"))


def html_text(html: str) -> str:
    """What a reader sees of it, a line for each block."""
    seen: list[str] = []
    at = silent = 0
    while (opened := html.find("<", at)) >= 0:
        if not silent:
            seen.append(_words(html[at:opened]))
        tag = _TAG.match(html, opened, opened + _LONGEST_TAG) or _LONG_TAG.match(html, opened)
        if tag is None:
            at, words = _no_tag(html, opened)
            seen.append("" if silent else words)
            continue
        name, ends = tag[2].lower(), bool(tag[1])
        seen.append(_break(name, ends=ends))
        at = tag.end()
        if name in _SILENT:
            silent = max(0, silent + (-1 if ends else 1))
        elif name in _BARE and not ends:
            closed = _BARE[name].search(html, at)
            at = closed.start() if closed else len(html)
    if not silent:
        seen.append(_words(html[at:]))
    return "".join(seen)


def _no_tag(html: str, opened: int) -> tuple[int, str]:
    """Where it goes on behind what begins as a tag and is none, and what is seen of it."""
    for begins, ends in (("<!--", "-->"), ("<!", ">"), ("<?", ">")):
        if html.startswith(begins, opened):
            closed = html.find(ends, opened + 2)
            return (closed + len(ends) if closed >= 0 else len(html)), ""
    return opened + 1, "<"


def _break(name: str, *, ends: bool) -> str:
    if name in _BREAKS and not (ends and name in {"br", "hr"}):
        return "\n"
    return " " if name == "td" and not ends else ""


def _words(text: str) -> str:
    with suppress(ValueError):  # a character whose number is too long to be one: as it stands
        text = unescape(text)
    return _SPACES.sub(" ", text)
