"""The words by which numbers of cards and codes are known, and what stands between and behind digits. No I/O here."""

from typing import Final

_FILLERS: Final = """
так ага угу да ну и э эм дальше далее потом затем пробел тире дефис хорошо and then dash space yes ok okay
"""
_UNITS_BEGIN: Final = """
руб копе доллар евро тенге сум процент минут секунд час дн день ден недел месяц год лет штук кг килограмм метр км
градус раз человек ruble rouble dollar euro percent minute second hour day week month year piece
"""
_NAMES_OF_CODES: Final = """
cvv|cvc|cvv2|cvc2|cvn|цвв|цвц|цвк|сивиси|сививи|си ви ви|си ви си|си вэ вэ|си вэ си|це вэ вэ|це вэ це|цэ вэ вэ
обратной стороны|обратной стороне|на обороте|наобороте|с оборота|код безопасности|проверочный код|код проверки
три цифры|трех цифр|трехзначный код|security code|three digits|back of the card|back of your card
"""
_NAMES_OF_CARDS: Final = """
карта|карты|карте|карту|картой|карт|карточка|карточки|карточке|карточку|card|cards
"""
BETWEEN: Final = frozenset(_FILLERS.split())
"""What is said between two groups of digits."""
UNITS: Final = tuple(_UNITS_BEGIN.split())
"""Beginnings of words behind numbers that are no codes."""
Names = tuple[tuple[str, ...], ...]


def _names(text: str) -> Names:
    return tuple(tuple(name.split()) for line in text.splitlines() for name in line.split("|") if name)


CODES: Final = _names(_NAMES_OF_CODES)
CARDS: Final = _names(_NAMES_OF_CARDS)
