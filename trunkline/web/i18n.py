"""Which language and time zone a page is read in, and its sentences in that language.

Sentences are written in English; `locale/ru.po` beside a package's code holds their Russian. The files are read at
start-up: nothing is compiled, so an operator may mend a translation and restart.
"""

import gettext as stdlib_gettext
import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES: Final[Mapping[str, str]] = {"ru": "Русский", "en": "English"}
"""What the pages speak, each named in its own words."""

SOURCE_LANGUAGE: Final = "en"


UTC: Final = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who a page is written for: `language` is one of LANGUAGES."""

    language: str = SOURCE_LANGUAGE
    timezone: ZoneInfo = UTC


class Translations:
    """The sentences of all packages in every language."""

    def __init__(self, packages: Iterable[str]) -> None:
        names = tuple(packages)
        self._spoken = {language: _read(language, names) for language in LANGUAGES}

    def spoken(self, language: str) -> stdlib_gettext.NullTranslations:
        """Everything said in `language`; a sentence without a translation stays English."""
        return self._spoken[language]


def _read(language: str, packages: Iterable[str]) -> stdlib_gettext.NullTranslations:
    merged: stdlib_gettext.NullTranslations = stdlib_gettext.NullTranslations()
    for package in packages:
        source = files(package) / "locale" / f"{language}.po"
        if not source.is_file():
            continue
        compiled = io.BytesIO()
        write_mo(compiled, read_po(io.BytesIO(source.read_bytes()), locale=language))
        compiled.seek(0)
        spoken = stdlib_gettext.GNUTranslations(compiled)
        spoken.add_fallback(merged)
        merged = spoken
    return merged


_reader: ContextVar[Reader] = ContextVar("reader")
_translations: ContextVar[Translations] = ContextVar("translations")
_nobody = Reader()
_untranslated: Final = stdlib_gettext.NullTranslations()


def current_reader() -> Reader:
    """Whoever the running request is answered to; English and UTC outside of one."""
    return _reader.get(_nobody)


@contextmanager
def reading(reader: Reader, translations: Translations) -> Iterator[None]:
    """Inside, `gettext` and the formats of human.py speak to `reader`."""
    reader_token, translations_token = _reader.set(reader), _translations.set(translations)
    try:
        yield
    finally:
        _translations.reset(translations_token)
        _reader.reset(reader_token)


def _current() -> stdlib_gettext.NullTranslations:
    translations = _translations.get(None)
    return _untranslated if translations is None else translations.spoken(current_reader().language)


def gettext(message: str) -> str:
    """`message` in the reader's language; fill its `%(name)s` after translating."""
    return _current().gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """The form that fits `number`: звонок, звонка, звонков."""
    return _current().ngettext(singular, plural, number)


def pgettext(context: str, message: str) -> str:
    """`message` where one English word has several translations; `context` tells them apart."""
    return _current().pgettext(context, message)


def npgettext(context: str, singular: str, plural: str, number: int) -> str:
    """`pgettext` with plural forms."""
    return _current().npgettext(context, singular, plural, number)


def mark(message: str) -> str:
    """Mark a sentence of a table for extraction; it is translated where it is shown."""
    return message


def choose_language(cookie: str | None, accepted: str | None, default: str) -> str:
    """The reader's own choice, else the best of an Accept-Language header, else `default`."""
    if cookie is not None and cookie in LANGUAGES:
        return cookie
    return next((tag for tag in _by_preference(accepted or "") if tag in LANGUAGES), default)


def _by_preference(accepted: str) -> list[str]:
    """Primary tags of an Accept-Language header (RFC 9110 §12.5.4), the most wanted first."""
    weighted: list[tuple[float, str]] = []
    for part in accepted.split(",")[:20]:
        tag, _, quality = part.partition(";")
        try:
            weight = float(quality.partition("=")[2]) if quality else 1.0
        except ValueError:
            continue
        if weight > 0:
            weighted.append((weight, tag.strip().lower().partition("-")[0]))
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]
