"""Looking for a number in bytes as somebody sent them: text of any encoding, and workbooks, whose parts are packed.

A file that cannot be unpacked counts as one that holds the number: nobody can say that it does not.
"""

import codecs
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Final
from zipfile import BadZipFile, ZipFile

from trunkline.erasing.spelling import Spelling

PACKED: Final = b"PK\x03\x04"
"""How a ZIP begins, and with it an XLSX."""
_CHUNK: Final = 1 << 20
_OVERLAP: Final = 256
_MOST: Final = 1 << 30
"""Bytes unpacked of one file: a workbook is far smaller, and one that claims more is not looked through to its end."""


def bytes_hold(data: bytes, spelling: Spelling) -> bool:
    """Whether the number stands in `data`."""
    return stream_holds(BytesIO(data), spelling)


def stream_holds(source: IO[bytes], spelling: Spelling) -> bool:
    """Whether the number stands in what can be read from `source`, which is at its beginning. Raises OSError."""
    begins = source.read(len(PACKED))
    source.seek(0)
    if begins != PACKED:
        return any(spelling.found.search(text) for text in _texts(source))
    try:
        with ZipFile(source) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MOST:
                return True
            return any(_part_holds(packed, part.filename, spelling) for part in packed.infolist())
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error):  # broken, encrypted, packed otherwise
        return True


def _part_holds(packed: ZipFile, name: str, spelling: Spelling) -> bool:
    with packed.open(name) as part:
        return any(spelling.found.search(text) for text in _texts(part))


def _texts(source: IO[bytes]) -> Iterator[str]:
    """Pieces that overlap by more than the longest spelling.

    What is not UTF-8 is a Windows-1251 or bytes of ours: of those only the space that does not break is a separator.
    UTF-16 has a zero beside each digit.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    before = ""
    while chunk := source.read(_CHUNK):
        text = before + decoder.decode(chunk).replace("\0", "").replace("\udca0", "\xa0")
        yield text
        before = text[-_OVERLAP:]
