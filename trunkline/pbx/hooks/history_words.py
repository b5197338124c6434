"""What pages and commands say of how far a hosted PBX's history was read. No I/O here."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from trunkline.pbx.hooks.history_store import HistoryState
from trunkline.web.i18n import gettext as _

FAR: Final = timedelta(hours=2)
"""A history that is so far behind is caught up with."""


class Progress(NamedTuple):
    """A few words, how grave it is, and what else there is to say; `read_until` where it is behind."""

    text: str
    kind: str
    more: str = ""
    read_until: datetime | None = None


def progress_of(state: HistoryState | None, lacking: Sequence[str], now: datetime) -> Progress:
    """Of a history of which `lacking` labels of settings are not given. Behind and faulty it is both at once."""
    if lacking:
        return Progress(_("is not asked for"), "plain", _("It lacks: %(names)s") % {"names": ", ".join(lacking)})
    if state is None or (state.read_at is None and not state.fault):
        return Progress(_("was not asked for yet"), "info")
    behind = state.read_until if now - state.read_until > FAR else None
    if state.fault:
        return Progress(_("cannot be read"), "bad", state.fault, behind)
    return Progress(_("is being caught up with"), "warn", "", behind) if behind else Progress(_("is read"), "ok")
