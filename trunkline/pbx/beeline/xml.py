"""An event of BroadWorks XSI as names and texts: no entity, no doctype, no namespace. No I/O here.

Prefixes are the sender's own affair: `xsi:callId` and `callId` are the same. Anything that is no whole XML is nothing.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from xml.parsers import expat

DEEPEST: Final = 16
MOST: Final = 1_000
"""Elements; an event has some forty."""

Read = Mapping[str, tuple[str, ...]]
"""By path below the root, as `eventData/call/callId`: the texts that stand there, in their order. `eventData@type` is
the attribute, and the empty path holds the root's own name.
"""
_NOTHING: Final[Read] = MappingProxyType({})


@lru_cache(maxsize=16)
def read(body: bytes) -> Read:
    """What stands in `body`; nothing where it is no XML, has a declaration of its own, or is made to be endless."""
    reading = _Reading()
    parser = expat.ParserCreate()
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    parser.StartElementHandler = reading.begin
    parser.CharacterDataHandler = reading.say
    parser.EndElementHandler = reading.end
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, _Refused, ValueError, LookupError):  # the last two: of an encoding nobody knows
        return _NOTHING
    return MappingProxyType({path: tuple(texts) for path, texts in reading.found.items()})


class _Refused(Exception):
    """There is a declaration in it, or too much."""


class _Reading:
    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}
        self._path: list[str] = []
        self._texts: list[list[str]] = []
        self._seen = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self._seen += 1
        if self._seen > MOST or len(self._path) >= DEEPEST:
            raise _Refused
        if self._texts:
            self._path.append(_bare(name))
        else:
            self.found[""] = [_bare(name)]
        self._texts.append([])
        for key, value in attributes.items():
            if _bare(key) == "type":
                self._add(f"{'/'.join(self._path)}@type", value)

    def say(self, text: str) -> None:
        self._texts[-1].append(text)

    def end(self, _: str) -> None:
        text = "".join(self._texts.pop()).strip()
        if self._path:
            if text:
                self._add("/".join(self._path), text)
            self._path.pop()

    def _add(self, path: str, text: str) -> None:
        self.found.setdefault(path, []).append(text)


def _bare(name: str) -> str:
    return name.rpartition(":")[2]


def _refuse(*_declared: object) -> int:
    raise _Refused
