"""Digits as people say them: the other way round than recordings/numerals.py, written without looking at it."""

from collections.abc import Sequence

ONES = ("ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять")
TEENS = (
    "десять",
    *(f"{one}надцать" for one in ("один", "две", "три", "четыр", "пят", "шест", "сем", "восем", "девят")),
)
TENS = ("-", "-", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто")
HUNDREDS = ["-", "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот"]
THOUSANDS = ["", "тысяча", "две тысячи", "три тысячи", "четыре тысячи"]
THOUSANDS += [f"{one} тысяч" for one in ONES[5:]]


def russian(group: str) -> list[str]:
    """A group of up to four digits as one number, its zeros in front by themselves."""
    value, words = int(group), ["ноль"] * (len(group) - len(group.lstrip("0")))
    if value >= 1000:
        words += THOUSANDS[value // 1000].split()
    if value % 1000 >= 100:
        words.append(HUNDREDS[value % 1000 // 100])
    if 10 <= value % 100 < 20:
        words.append(TEENS[value % 10])
    else:
        words += [TENS[value % 100 // 10]] if value % 100 >= 20 else []
        words += [ONES[value % 10]] if value % 10 else []
    return words


def english(group: str) -> list[str]:
    """The same in English, pairs as pairs."""
    ones = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    teens = (
        "ten",
        "eleven",
        "twelve",
        *(f"{one}teen" for one in ("thir", "four", "fif", "six", "seven", "eigh", "nine")),
    )
    tens = ("-", "-", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
    words: list[str] = []
    for pair in (group[place : place + 2] for place in range(0, len(group), 2)):
        if len(pair) == 2 and pair[0] == "1":
            words.append(teens[int(pair[1])])
        elif len(pair) == 2 and pair[0] != "0":
            words += [tens[int(pair[0])], *([ones[int(pair[1])]] if pair[1] != "0" else [])]
        else:
            words += [ones[int(digit)] for digit in pair]
    return words


def with_check_digit(digits: str) -> str:
    """Completed to a number that Luhn's rule holds for."""
    for last in "0123456789":
        figures = [int(digit) for digit in digits + last]
        for place in range(len(figures) - 2, -1, -2):
            figures[place] = sum(divmod(2 * figures[place], 10))
        if sum(figures) % 10 == 0:
            return digits + last
    raise AssertionError


def quads(digits: str) -> Sequence[str]:
    return [digits[place : place + 4] for place in range(0, len(digits), 4)]
