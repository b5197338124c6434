"""What was said last of each call or request of a PBX. No I/O here."""

from collections import OrderedDict
from typing import Final, Generic, TypeVar

MOST_KNOWN: Final = 10_000

_T = TypeVar("_T")


class Lately(Generic[_T]):
    """By the PBX and a name, at most `most`; the oldest is forgotten, an empty name never remembered."""

    def __init__(self, most: int = MOST_KNOWN) -> None:
        self._most = most
        self._said: OrderedDict[tuple[str, str], _T] = OrderedDict()

    def get(self, key: tuple[str, str]) -> _T | None:
        """None where nothing is known."""
        return self._said.get(key)

    def put(self, key: tuple[str, str], said: _T | None) -> None:
        """None forgets."""
        self._said.pop(key, None)
        if said is not None and key[1]:
            self._said[key] = said
            if len(self._said) > self._most:
                self._said.popitem(last=False)
