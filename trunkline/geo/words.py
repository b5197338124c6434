"""Regions of visitors in the reader's words."""

from typing import Final

from babel import Locale

from trunkline.numbering.subjects import subjects
from trunkline.web.i18n import current_reader

_COUNTRY: Final = 2


def place_in_words(key: str) -> str:
    """A subject of Russia by its name, another region by its country's name and its code; empty where none is known."""
    language = current_reader().language
    if subject := subjects().get(key):
        return subject.ru if language == "ru" else subject.en
    country, _, part = key.partition("-")
    name = str(Locale(language).territories.get(country, country)) if len(country) == _COUNTRY else country
    return f"{name}, {part}" if part else name
