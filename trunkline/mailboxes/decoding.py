"""Words of letters out of their bytes: headers and texts in any charset, also in a wrong one. No I/O here.

RFC 2047 for headers, RFC 2045 for bodies; what mailers of this country send beside them: headers of bare windows-1251
or koi8-r bytes, charsets that are not those of the text, charsets nobody knows.
"""

import re
from email.errors import HeaderParseError
from email.header import decode_header
from typing import Final

_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_SPACES: Final = re.compile(r"[^\S\n]+")
_EMPTY_LINES: Final = re.compile(r"\n(?:\s*\n){2,}")


def header_text(raw: str) -> str:
    """A header as people read it; bytes that are no ASCII stand in `raw` as surrogates."""
    try:
        pieces = decode_header(raw)
    except (HeaderParseError, ValueError):
        pieces = [(raw, None)]
    words = (_piece(piece, charset) for piece, charset in pieces)
    return " ".join(_UNSEEN.sub("", "".join(words)).split())


def body_text(body: bytes, charset: str | None) -> str:
    """The text of a part, in the charset it names if it is in that one."""
    return _decoded(body, charset).replace("\r\n", "\n").replace("\r", "\n")


def tidied(text: str) -> str:
    """Without what is not seen, at most one empty line at a time."""
    text = _SPACES.sub(" ", _UNSEEN.sub("", text))
    return _EMPTY_LINES.sub("\n\n", "\n".join(line.strip() for line in text.split("\n"))).strip()


def _piece(piece: str | bytes, charset: str | None) -> str:
    if isinstance(piece, str):
        piece = piece.encode(errors="surrogateescape")
    return _decoded(piece, charset)


def _decoded(said: bytes, charset: str | None) -> str:
    for name in (charset, "utf-8"):
        try:
            return said.decode(name or "utf-8")
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    return said.decode(_cyrillic(said), errors="replace")


def _cyrillic(said: bytes) -> str:
    """windows-1251 has its small letters where koi8-r has its capitals, and texts are of small letters."""
    upper = sum(0xC0 <= byte <= 0xDF for byte in said)
    lower = sum(byte >= 0xE0 for byte in said)
    return "koi8-r" if upper > lower else "windows-1251"
