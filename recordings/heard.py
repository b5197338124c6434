"""Which requests for a sound are a listen of their own: a player asks for many parts of what is heard once."""

from typing import Final

_SECONDS: Final = 600.0
_MOST: Final = 10_000


class Lately:
    """Who was sent what in the last ten minutes, by this process."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, str], float] = {}

    def begins(self, who: str, what: str, at_first_byte: bool, now: float) -> bool:
        """Whether this request is a listen: from the first byte on, or of who was sent nothing of it lately."""
        known = self._sent.pop((who, what), None)
        self._sent[who, what] = now
        while len(self._sent) > _MOST or now - next(iter(self._sent.values())) > _SECONDS:
            del self._sent[next(iter(self._sent))]
        return at_first_byte or known is None or now - known > _SECONDS
