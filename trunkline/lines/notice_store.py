"""Notices of lines in the database: every version stays, for calls name the one they were given."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from trunkline.alarms.alarm import clear_alarm, clear_alarms
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.lines.notice import shown_notice
from trunkline.pbx.notice import Notice, NoticeWhen, Way, digit_key, long_keys, unplayed_keys
from trunkline.people.audit import Actor, Deed, difference, record

_SQL = load_queries("trunkline.lines", "notices.sql")


async def notices_of(connection: Connection, line: UUID) -> dict[Way, Notice]:
    """What a line plays now, each way that ever had a notice."""
    rows = await connection.fetch(_SQL["notices_of"], line)
    return {Way(way): Notice(Way(way), version, NoticeWhen(when), *rest) for way, version, when, *rest in rows}


async def version_in_force(connection: Connection, number: str, way: Way) -> int | None:
    """Of what the line (E.164) plays; it stays so until the transaction ends."""
    version: int | None = await connection.fetchval(_SQL["version_in_force"], number, way)
    return version


async def set_notice(connection: Connection, line: UUID, notice: Notice, actor: Actor, now: datetime) -> Notice:
    """Play a checked notice from now on, as the next version; what is in force already makes none. In a transaction."""
    number = await connection.fetchval(_SQL["hold_line"], line)
    known = (await notices_of(connection, line)).get(notice.way)
    before = known or Notice(notice.way)
    # The next call tells whether its sound is there, or is there now, and how long it is.
    for beginning in (unplayed_keys(notice.way, number), long_keys(notice.way, number)):
        await clear_alarms(connection, beginning)
    if replace(before, version=notice.version) == notice:
        return before
    told = replace(notice, version=before.version + 1)
    await connection.execute(
        _SQL["add_notice"], line, told.way, told.version, told.when, told.sound, told.seconds, told.digit, now
    )
    was, now_is = difference(shown_notice(known), shown_notice(told))
    await record(
        connection, actor, Deed("line.notice_changed", "line", str(line), was, now_is | {"way": told.way}), now
    )
    await clear_alarm(connection, digit_key(told.way, number))
    return told
