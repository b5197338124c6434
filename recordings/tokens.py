"""Words as the search compares them: what the query and the transcript are both taken apart into. No I/O here."""

import functools
import re
import unicodedata
from typing import Final

_TOKEN: Final = re.compile(r"[^\W_]+")
_LONGEST: Final = 100
"""Letters of a word: the longest that anybody says is far shorter."""


@functools.lru_cache(maxsize=1 << 15)  # a page of hits has some ten thousand words, most of them the same
def tokens(text: str) -> tuple[str, ...]:
    """Its words in lower case; `ё` is `е`, and what a hyphen joins are two words."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("ё", "е")
    return tuple(token[:_LONGEST] for token in _TOKEN.findall(plain))
