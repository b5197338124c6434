"""`POST /crm/onec/{connector}/v1/rows` on the public listener: what 1C tells, with a verdict for each row.

It is answered when the rows are committed: 1C keeps what it sent until then, and sends it again, which changes nothing.
"""

from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

import msgspec
from aiohttp import web

from crm_sync.onec.base import HEADER, Base, base_of, is_secret
from crm_sync.onec.contract import BOM, MOST_ROWS, Answer, Row, Verdict, read_row
from crm_sync.onec.saving import SQL, Saving
from crm_sync.onec.sparing import save_sparing
from crm_sync.store import find_connector
from trunkline.errors import InvalidInput, NotFound, TrunklineError
from trunkline.keys import pool_key, secret_box_key, settings_key
from trunkline.log import get_logger
from trunkline.people.pages.request import now
from trunkline.web.body import decode_json, json_answer
from trunkline.web.i18n import LANGUAGES, Reader, Translations, reading
from trunkline.web.i18n import gettext as _
from trunkline.web.receiving import BodyFault, BodyLong, receive_at_most
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

_BODY_SECONDS: Final = 20.0
LARGEST_BODY: Final = 64 << 10
"""Bytes, as the public listener takes them: some two hundred rows."""
_KIND: Final = "onec"
_words_key = web.AppKey("onec_words", Translations)


class _Batch(msgspec.Struct):
    """What is posted; what else stands beside the rows is not looked at."""

    rows: list[Any]


def routes() -> list[web.RouteDef]:
    """The route of this module."""
    return [web.post("/crm/onec/{connector}/v1/rows", hear)]


async def onec_context(app: web.Application) -> AsyncIterator[None]:
    """The words that rows are answered in."""
    app[_words_key] = Translations(("crm_sync",))
    yield


class _Refused(TrunklineError):
    """Nothing of it was saved: the status, and the words for it."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


async def hear(request: web.Request) -> web.Response:
    """`POST {"rows": […]}`: 200 with a verdict for each; any other status says that nothing of it was saved."""
    web_settings = request.app[settings_key].web
    asked = request.headers.get("Accept-Language", "")[:2].lower()
    language = asked if asked in LANGUAGES else web_settings.language
    with reading(Reader(language), request.app[_words_key]):
        try:
            return await _heard(request, web_settings.timezone)
        except DATABASE_TROUBLE:
            refused = _Refused(503, _("the database does not answer now: send it again in a minute"))
        except _Refused as error:
            refused = error
    log.warning("onec_rows_refused", status=refused.status)
    answer = json_answer({"error": str(refused)}, refused.status)
    answer.force_close()  # of what is left of the body nobody reads on
    return answer


async def _heard(request: web.Request, zone: str) -> web.Response:
    base = await _sender(request)
    rows = await _rows(request)
    answers = await _saved(request, base, rows, zone)
    refused = sum(answer.verdict is Verdict.REFUSED for answer in answers)
    return json_answer({"accepted": len(answers) - refused, "refused": refused, "rows": answers})


async def _rows(request: web.Request) -> list[Any]:
    long = _("the body is longer than %(count)s bytes: send fewer rows at a time") % {"count": LARGEST_BODY}
    try:
        body = await receive_at_most(request, LARGEST_BODY, _BODY_SECONDS)
        batch = decode_json(body.removeprefix(BOM), _Batch)
    except BodyLong:
        raise _Refused(413, long) from None
    except BodyFault as fault:
        raise _Refused(fault.status, _("the body did not come whole: send it again")) from fault
    except InvalidInput as error:
        words = _('the body must be JSON: {"rows": [{"type": …, "id": …, "version": …}]}')
        raise _Refused(400, words) from error
    if len(batch.rows) > MOST_ROWS:
        raise _Refused(413, _("send at most %(count)s rows at a time") % {"count": MOST_ROWS})
    return batch.rows


async def _saved(request: web.Request, base: Base, told: list[Any], zone: str) -> list[Answer]:
    """All that can be, in one transaction, with what is kept of the base."""
    read = [read_row(one, place) for place, one in enumerate(told, start=1)]
    wrong = [one for one in read if isinstance(one, Answer)]
    async with request.app[pool_key].acquire() as connection, connection.transaction():
        right = await save_sparing(Saving(base.source, zone), connection, [one for one in read if isinstance(one, Row)])
        answers = sorted([*wrong, *right], key=lambda one: one.row)
        bad = [one for one in answers if one.verdict is Verdict.REFUSED]
        last = f"{bad[-1].field}: {bad[-1].words}"[:300] if bad else ""
        await connection.execute(SQL["heard"], base.connector_id, now(), len(answers) - len(bad), len(bad), last)
    return answers


async def _sender(request: web.Request) -> Base:
    """Whose address it is, where it has the secret of that."""
    words = _("the header %(header)s is not that of this base: look at its page, /settings/crm")
    stranger = _Refused(401, words % {"header": HEADER})
    async with request.app[pool_key].acquire() as connection:
        try:
            known = await find_connector(connection, UUID(request.match_info["connector"]))
        except (ValueError, NotFound):
            raise stranger from None
        if known.kind != _KIND:
            raise stranger
        base = await base_of(connection, known)
    if not is_secret(request.app[secret_box_key], base, request.headers.get(HEADER, "")):
        raise stranger
    if not known.active:
        raise _Refused(403, _("the base is switched off on its page, /settings/crm"))
    return base
