"""What is wrong with a mapping, each thing with its line. No I/O here."""

from collections.abc import Mapping
from typing import Any, Final

from crm_sync.generic.places import line_of
from trunkline.errors import Mistake
from trunkline.web.i18n import gettext as _

SCALARS: Final = (str, int, float, bool)
Scalar = str | int | float | bool
LONGEST_VALUE: Final = 1000


class Mistakes:
    """What is wrong so far, each at its line."""

    def __init__(self, text: str) -> None:
        self.found: list[Mistake] = []
        self._text = text

    def note(self, path: tuple[str, ...], message: str) -> None:
        """Something at the key of that path."""
        self.found.append(Mistake(f"line {line_of(self._text, path)}", f"{'.'.join(path)}: {message}"))

    def unknown(self, path: tuple[str, ...], told: Mapping[str, Any], names: tuple[str, ...]) -> None:
        """Keys that mean nothing here."""
        for name in sorted(told.keys() - set(names)):
            self.note((*path, name), _("there is no such setting; there are %(names)s") % {"names": ", ".join(names)})

    def table(self, path: tuple[str, ...], told: Any) -> dict[str, Any]:
        """`told` where it is a table, else an empty one."""
        if isinstance(told, dict):
            return told
        self.note(path, _("must be a table"))
        return {}

    def words(self, path: tuple[str, ...], told: Any, longest: int = LONGEST_VALUE) -> str:
        """`told` where it is text that is not too long, else nothing."""
        if isinstance(told, str) and len(told) <= longest and told.isprintable():
            return told
        self.note(path, _("must be text of at most %(most)s characters") % {"most": longest})
        return ""
