"""The buttons below a message: what each sends names the message by a signed number, and nothing else. No I/O here.

The signature is for one bot, chat and action: what is sent from another chat, or made up, is no button of ours.
`callback_data` has 1 to 64 bytes (core.telegram.org/bots/api#inlinekeyboardbutton).
"""

from base64 import urlsafe_b64encode
from enum import StrEnum
from hmac import compare_digest
from typing import Final
from uuid import UUID

from crm_sync.bots.port import Button
from trunkline.crypto import SecretBox
from trunkline.people.roles import Right
from trunkline.web.i18n import gettext as _

_MOST_DIGITS: Final = 18


class Action(StrEnum):
    """What a button does."""

    NOTE = "note"
    SPAM = "spam"
    CALL = "call"
    TAKE = "take"
    """Below a lead."""
    BEGUN = "begun"
    """This and what follows: below a work; the status it makes."""
    DONE = "done"
    FAILED = "failed"


NEEDS: Final = {
    Action.NOTE: Right.CARD_USE,
    Action.SPAM: Right.SPAM_EDIT,
    Action.CALL: Right.CALLS_DIAL,
    Action.TAKE: Right.LEADS_EDIT,
}
"""As on the pages."""


def spelled(box: SecretBox, bot: UUID, chat: str, action: Action, card: int) -> str:
    """What the button sends."""
    told = f"{action}.{card}"
    signature = box.sign("bot button", f"{bot}.{chat}.{told}".encode())
    return f"{told}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def understood(box: SecretBox, bot: UUID, chat: str, data: str) -> tuple[Action, int] | None:
    """Which button it is; None for what we never put below a message of this chat."""
    name, _dot, rest = data.partition(".")
    digits = rest.partition(".")[0]
    if name not in set(Action) or not (digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS):
        return None
    action, card = Action(name), int(digits)
    ours = spelled(box, bot, chat, action, card)
    return (action, card) if compare_digest(ours.encode(), data.encode(errors="surrogatepass")) else None


def rows_of(
    box: SecretBox, bot: UUID, chat: str, card: int, rights: frozenset[Right], *, link: str, is_over: bool
) -> tuple[tuple[Button, ...], ...]:
    """Those its reader may press: calling back once it is over. `link` is empty where no page is published."""
    labels = {Action.NOTE: _("Note"), Action.SPAM: _("Spam"), Action.CALL: _("Call back")}
    offered = [action for action in labels if NEEDS[action] in rights and (is_over or action is not Action.CALL)]
    pressed = tuple(Button(labels[action], spelled(box, bot, chat, action, card)) for action in offered)
    opened = (Button(_("Open the card"), url=link),) if link else ()
    return tuple(row for row in (pressed, opened) if row)
