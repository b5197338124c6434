"""What keeps calls from Chat2Desk, in plain words with the remedy."""

from typing import Final

from crm_sync.answer import Refused
from crm_sync.chat2desk.client import Chat2Desk
from crm_sync.chat2desk.deliverer import open_way
from crm_sync.chat2desk.store import ACCOUNT, find_account
from crm_sync.checking import waiting_of
from crm_sync.port import Finding
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.outbox.classify import ErrorClass, classify
from trunkline.web.i18n import gettext as _

PAGE: Final = "/settings/chat2desk"


async def check(pool: Pool, box: SecretBox, asked: Chat2Desk) -> list[Finding]:
    """It is asked whose token it has, and what waits for it is counted."""
    async with pool.acquire() as connection:
        known = await find_account(connection)
    if known is None:
        return [Finding(_("nobody has connected it yet"), _("connect it on its page, /settings/chat2desk"))]
    found = []
    if not known.comments:
        found.append(Finding(_("no call is told to it"), _("switch comments on, on its page, /settings/chat2desk")))
    try:
        company = await asked.company(open_way(known.way, box))
        found.append(Finding(_("Chat2Desk knows the token: %(company)s") % {"company": company or known.company}))
    except Refused as refused:
        found.append(Finding(str(refused), _remedy(classify(refused.fault))))
    return found + await waiting_of(pool, ACCOUNT, f"{ACCOUNT}:%")


def _remedy(error: ErrorClass) -> str:
    if error in {ErrorClass.AUTH, ErrorClass.BLOCKED}:
        return _("take the token anew from Settings, API of Chat2Desk, and connect it on /settings/chat2desk")
    if error is ErrorClass.THROTTLED:
        return _("wait a minute, and check again")
    return _("is the address right, and does this machine reach it? Check again in a minute")
