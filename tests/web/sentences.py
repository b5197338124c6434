"""Every sentence of the code and the templates that is marked for translation."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from babel.messages.extract import extract
from jinja2.ext import babel_extract

_KEYWORDS: Final[dict[str, Any]] = {
    "_": None,
    "gettext": None,
    "mark": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_JINJA: Final = {
    "extensions": "jinja2.ext.loopcontrols",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "trimmed": "true",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One message where it stands; `plural` and `context` as gettext knows them."""

    place: str
    text: str
    plural: str | None = None
    context: str | None = None


def sentences(folder: Path) -> Iterator[Sentence]:
    """Of all Python and templates below `folder`."""
    for path in sorted(folder.rglob("*.py")):
        for line, found, _, context in extract("python", io.BytesIO(path.read_bytes()), keywords=_KEYWORDS):
            yield _sentence(f"{path}:{line}", found, context)
    for path in sorted(folder.rglob("templates/**/*.html")):
        for line, function, marked, _ in babel_extract(io.BytesIO(path.read_bytes()), tuple(_KEYWORDS), (), _JINJA):
            texts = [text for text in (marked if isinstance(marked, tuple) else (marked,)) if text is not None]
            context = texts.pop(0) if function in {"pgettext", "npgettext"} else None
            yield _sentence(f"{path}:{line}", texts, context)


def _sentence(place: str, found: str | Sequence[str | None], context: str | None) -> Sentence:
    texts = (found,) if isinstance(found, str) else tuple(text for text in found if text)
    return Sentence(place, texts[0] or "", texts[1] if len(texts) > 1 else None, context)
