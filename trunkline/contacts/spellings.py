"""Telephone numbers as people and Excel write them into one cell. No I/O here."""

import re
from collections.abc import Sequence
from typing import Final

_SEVERAL = re.compile(r"[;,/|\n]")
_DIGITS = re.compile(r"\d")
_LEAST_DIGITS = 7
_EXTENSION = re.compile(r"\s*(?:доб|вн|доп|ext|x|#)", re.IGNORECASE).match
# Excel's General format, with the decimal point or comma of its country and sometimes a Russian Е.
shortened: Final = re.compile(r"\+?(\d)[.,](\d{1,14})[EeЕе]\+?(\d{1,2})").fullmatch


def spellings(cell: str) -> Sequence[str]:
    """Several numbers in one cell, unless a piece is too short to be one; `доб. 12` belongs to the number before it.

    A number that Excel wrote as `7.9161234567E+10` has all its digits; of `7.9E+10` some are lost.
    """
    if match := shortened(cell.strip()):
        whole, digits = match[1] + match[2], int(match[3]) + 1
        return (whole if len(whole) == digits else cell,)
    if not _SEVERAL.search(cell):
        return (cell,) if cell and not cell.isspace() else ()
    pieces: list[str] = []
    for piece in filter(str.strip, _SEVERAL.split(cell)):
        if len(_DIGITS.findall(piece)) >= _LEAST_DIGITS:
            pieces.append(piece)
        elif pieces and _EXTENSION(piece):
            pieces[-1] += f",{piece}"
        else:
            return (cell,)
    return pieces
