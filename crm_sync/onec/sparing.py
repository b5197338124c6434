"""Rows of which the database refuses one: it costs the others nothing, and is not sent again for ever."""

from collections.abc import Sequence
from typing import Final

import asyncpg

from crm_sync.onec.contract import KINDS, Answer, Row, Verdict
from crm_sync.onec.saving import Saving
from trunkline.db.types import Connection
from trunkline.log import get_logger
from trunkline.web.i18n import gettext as _

log = get_logger(__name__)

_OF_A_ROW: Final = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)


async def save_sparing(saving: Saving, connection: Connection, rows: Sequence[Row]) -> list[Answer]:
    """All at once as Saving does; where that is refused one by one, in the order of their kinds."""
    try:
        async with connection.transaction():
            return await saving.save(connection, rows)
    except _OF_A_ROW as error:
        log.warning("onec_rows_one_by_one", source=saving.source, error=str(error))
    answers: list[Answer] = []
    for row in sorted(rows, key=lambda one: (KINDS.index(one.kind), one.place)):
        try:
            async with connection.transaction():
                answers += await saving.save(connection, [row])
        except _OF_A_ROW as error:
            log.warning("onec_row_refused", source=saving.source, kind=row.kind, id=row.id, error=str(error))
            answers.append(Answer(row.place, row.id, Verdict.REFUSED, words=_("the database does not take it")))
    return sorted(answers, key=lambda one: one.row)
