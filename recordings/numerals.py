"""Digits as people say them, in Russian and English: "четыре тысячи двести семьдесят шесть" is 4276. No I/O here.

A table of our own: libraries that read numerals (text2num) tell a number, not by which words it was said, and take
"сорок два семьдесят шесть" for a sum or for two numbers as they please.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

_ONES: Final = (
    "ноль нуль нолю zero oh null|один одна одно one|два две two|три three|четыре four|пять five|шесть six|семь seven"
    "|восемь eight|девять nine"
)
_TEENS: Final = (
    "десять ten|одиннадцать eleven|двенадцать twelve|тринадцать thirteen|четырнадцать fourteen|пятнадцать fifteen"
    "|шестнадцать sixteen|семнадцать seventeen|восемнадцать eighteen|девятнадцать nineteen"
)
_TENS: Final = (
    "двадцать twenty|тридцать thirty|сорок forty|пятьдесят fifty|шестьдесят sixty|семьдесят seventy"
    "|восемьдесят eighty|девяносто ninety"
)
_HUNDREDS: Final = "сто|двести|триста|четыреста|пятьсот|шестьсот|семьсот|восемьсот|девятьсот"
_NOUNS: Final = (
    "нуля ноля нулей нолей нули zeros zeroes|единица единицы единиц ones|двойка двойки двоек|тройка тройки троек"
    "|четверка четверки четверок|пятерка пятерки пятерок|шестерка шестерки шестерок|семерка семерки семерок"
    "|восьмерка восьмерки восьмерок|девятка девятки девяток"
)


_ROUND: Final = frozenset(f"{ten}0" for ten in range(2, 10))


class Kind(Enum):
    """What a word is in a numeral."""

    DIGITS = auto()
    """As the engine wrote them: `text`."""
    ONE = auto()
    TEEN = auto()
    TEN = auto()
    HUNDRED = auto()
    NOUN = auto()
    """A digit as a thing, of which there may be several: "два нуля"."""
    HUNDREDS = auto()
    """"hundred", behind how many."""
    THOUSANDS = auto()
    """Behind how many; `value` 1 where it may stand alone: "тысяча"."""
    AGAIN = auto()
    """"double": the digit behind it, `value` times."""


@dataclass(frozen=True, slots=True)
class Numeral:
    """A word of a numeral."""

    kind: Kind
    value: int = 0
    text: str = ""


def _table() -> dict[str, Numeral]:
    rows = (
        (Kind.ONE, _ONES, 0, 1),
        (Kind.TEEN, _TEENS, 10, 1),
        (Kind.TEN, _TENS, 20, 10),
        (Kind.HUNDRED, _HUNDREDS, 100, 100),
        (Kind.NOUN, _NOUNS, 0, 1),
    )
    found = {
        word: Numeral(kind, first + step * number)
        for kind, words, first, step in rows
        for number, forms in enumerate(words.split("|"))
        for word in forms.split()
    }
    found |= {"hundred": Numeral(Kind.HUNDREDS), "тысяча": Numeral(Kind.THOUSANDS, 1)}
    found |= dict.fromkeys(("тысячи", "тысяч", "тыщи", "thousand"), Numeral(Kind.THOUSANDS))
    return found | {"double": Numeral(Kind.AGAIN, 2), "triple": Numeral(Kind.AGAIN, 3)}


_WORDS: Final = _table()
_WHOLE: Final = 19
"""Digits of a token that is one number, or a part of one; of a longer one any part may be one."""


def numerals_of(token: str) -> tuple[Numeral, ...]:
    """What a token (recordings/tokens.py) says; nothing where it is no numeral."""
    if token.isascii() and token.isdigit():
        parts = [token] if len(token) <= _WHOLE else list(token)
        return tuple(Numeral(Kind.DIGITS, text=part) for part in parts)
    found = _WORDS.get(token)
    return () if found is None else (found,)


Reading = tuple[int, str]
"""Where it ends (the place behind), and its digits."""


def readings(said: Sequence[Numeral], at: int) -> list[Reading]:
    """Every number that may begin at this place, the one of most words first."""
    found = dict.fromkeys([*_thousands(said, at), *_below(said, at), *_repeated(said, at)])
    written = [(end, digits) for end, digits in found if end > at]
    return sorted(written, key=lambda one: -one[0])


def _below(said: Sequence[Numeral], at: int) -> Iterator[Reading]:
    """Numbers below a thousand."""
    one = said[at]
    if one.kind is Kind.DIGITS:
        yield at + 1, one.text
        other = said[at + 1].text if _kind(said, at + 1) is Kind.DIGITS else ""
        if one.text in _ROUND and len(other) == 1 and other != "0":  # as an engine writes what it heard word by word
            yield at + 2, one.text[0] + other
        return
    if one.kind is Kind.HUNDRED:
        yield from _with_rest(said, at + 1, one.value)
    for end, value in _below_hundred(said, at):
        yield end, str(value)
        if value and _kind(said, end) is Kind.HUNDREDS:
            yield from _with_rest(said, end + 1, 100 * value)


def _below_hundred(said: Sequence[Numeral], at: int) -> Iterator[tuple[int, int]]:
    one = said[at]
    if one.kind in {Kind.ONE, Kind.TEEN, Kind.TEN}:
        yield at + 1, one.value
    if one.kind is Kind.TEN and _kind(said, at + 1) is Kind.ONE and said[at + 1].value:
        yield at + 2, one.value + said[at + 1].value


def _with_rest(said: Sequence[Numeral], at: int, value: int) -> Iterator[Reading]:
    """A number of hundreds, and what is below a hundred behind it."""
    yield at, str(value)
    if at < len(said):
        yield from ((end, str(value + rest)) for end, rest in _below_hundred(said, at) if rest)


def _thousands(said: Sequence[Numeral], at: int) -> Iterator[Reading]:
    if said[at].kind is Kind.THOUSANDS:
        counts = [(at, "1")] if said[at].value else []
    else:
        counts = [(end, digits) for end, digits in _below(said, at) if _kind(said, end) is Kind.THOUSANDS]
    for end, count in counts:
        if not 0 < int(count) < 1000:
            continue
        yield end + 1, f"{count}000"
        if end + 1 < len(said):
            for rest, digits in _below(said, end + 1):
                if 0 < int(digits) < 1000 and digits[0] != "0":
                    yield rest, f"{count}{int(digits):03}"


def _repeated(said: Sequence[Numeral], at: int) -> Iterator[Reading]:
    one, behind = said[at], {Kind.ONE: Kind.NOUN, Kind.AGAIN: Kind.ONE}
    if one.kind is Kind.NOUN:
        yield at + 1, str(one.value)
    elif one.kind in behind and one.value > 1 and _kind(said, at + 1) is behind[one.kind]:
        yield at + 2, str(said[at + 1].value) * one.value


def _kind(said: Sequence[Numeral], at: int) -> Kind | None:
    return said[at].kind if at < len(said) else None
