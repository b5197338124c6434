"""The helper's own sentences, in the language of the system or the one that was chosen."""

from collections.abc import Iterator
from contextlib import contextmanager

from trunkline.web.i18n import LANGUAGES, SOURCE_LANGUAGE, Reader, Translations, reading

_PACKAGE = "softphone_card"


def language_of(chosen: str, system: str) -> str:
    """`chosen` where it is one of ours, else that of the system (`ru_RU`), else English."""
    for wanted in (chosen, system.replace("-", "_").partition("_")[0].lower()):
        if wanted in LANGUAGES:
            return wanted
    return SOURCE_LANGUAGE


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Inside, `gettext` of this thread speaks `language`."""
    with reading(Reader(language), Translations([_PACKAGE])):
        yield
