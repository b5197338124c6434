"""Card numbers among digits: which beginnings and lengths there are, and the check digit. No I/O here.

Ranges: ISO/IEC 7812 issuer numbers as the schemes publish them; the check digit: ISO/IEC 7812-1 annex B (Luhn).
"""

import re
from typing import Final

_SIXTEEN: Final = frozenset({16})
_LONG: Final = frozenset(range(16, 20))
_RANGES: Final = (
    ("2200", "2204", _LONG),  # Mir
    ("2221", "2720", _SIXTEEN),  # Mastercard
    ("3000", "3059", frozenset({14})),  # Diners
    ("3400", "3499", frozenset({15})),  # American Express
    ("3528", "3589", _LONG),  # JCB
    ("3600", "3699", frozenset({14})),  # Diners
    ("3700", "3799", frozenset({15})),  # American Express
    ("3800", "3999", frozenset({14})),  # Diners
    ("4000", "4999", frozenset({16, 19})),  # Visa; those of 13 were given out until the nineties
    ("5000", "5099", frozenset(range(13, 20))),  # Maestro
    ("5100", "5599", _SIXTEEN),  # Mastercard
    ("5600", "6999", frozenset(range(13, 20))),  # Maestro, Discover, UnionPay
    ("8600", "8600", _SIXTEEN),  # Uzcard
    ("9112", "9112", _SIXTEEN),  # Belkart
    ("9860", "9860", _SIXTEEN),  # Humo
)
"""The first four digits from and to, and how many there are in all."""
ACCOUNT: Final = re.compile(r"(?:30[1-5]|40[1-8]|42[0-6])\d\d(?:810|643|840|978|156|398|933)\d{12}")
"""A bank account (Bank of Russia, 809-P: balance account, currency): parts of its twenty digits look like cards."""
FIRST: Final = 4
MOST: Final = 19


def lengths_of(first: str) -> frozenset[int]:
    """How long a number that begins with these four digits may be."""
    return next((lengths for low, high, lengths in _RANGES if low <= first <= high), frozenset())


def is_card(digits: str) -> bool:
    """Whether this may be the number of a card."""
    return len(digits) in lengths_of(digits[:FIRST]) and luhn(digits) == 0


def luhn(digits: str) -> int:
    """The sum by modulo 10: 0 where the last digit is right."""
    doubled = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
    figures = [int(digit) for digit in reversed(digits)]
    return (sum(figures[::2]) + sum(doubled[figure] for figure in figures[1::2])) % 10
