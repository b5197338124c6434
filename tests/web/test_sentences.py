"""Nothing on a page is left untranslated, and every translation can take the place of its sentence."""

import io
import re
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from tests.web.sentences import sentences
from trunkline.app.web import PACKAGES

_ALL = ("trunkline.web", *PACKAGES)
_ROOTS = ("trunkline", "router", "softphone_card", "calltracking", "recordings", "crm_sync")


def catalog(package: str) -> Catalog:
    """The Russian of a package, empty where it has none."""
    path = Path(str(files(package))) / "locale" / "ru.po"
    return read_po(io.BytesIO(path.read_bytes()), locale="ru") if path.exists() else Catalog(locale="ru")


def test_nothing_is_untranslated() -> None:
    known = {
        (message.context, _singular(message)) for package in _ALL for message in catalog(package) if message.string
    }
    missing = [
        f"{sentence.place}: {sentence.text}"
        for root in _ROOTS
        for sentence in sentences(Path(str(files(root))))
        if (sentence.context, sentence.text) not in known
    ]

    assert missing == []


@pytest.mark.parametrize("package", _ALL)
def test_every_translation_fits_its_sentence(package: str) -> None:
    for message in catalog(package):
        if not message.id:
            continue
        texts = [str(text) for text in (message.string if isinstance(message.string, tuple) else (message.string,))]
        assert all(texts), message.id
        assert not message.fuzzy, message.id
        wanted = _placeholders(_forms(message)[-1])
        assert all(_placeholders(text) == wanted for text in texts), message.id


def test_one_sentence_has_one_translation() -> None:
    """The packages' sentences are one dictionary: a word with two meanings needs `pgettext`."""
    spoken: dict[tuple[str | None, str], dict[object, list[str]]] = defaultdict(lambda: defaultdict(list))
    for package in _ALL:
        for message in catalog(package):
            if message.id:
                spoken[message.context, _singular(message)][message.string].append(package)

    assert {key: dict(ways) for key, ways in spoken.items() if len(ways) > 1} == {}


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]", text))


def _singular(message: Message) -> str:
    return _forms(message)[0]


def _forms(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, list | tuple) else (str(message.id),)
