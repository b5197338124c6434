"""The queue of offline events (crm.md §2.5; the vendor's offline-events.md and event.offline.*.json). No I/O here.

One row for a changed object: a further change of it renews the row's time. A row a reader has reserved is his; a change
meanwhile is a new row. Sources (`auth_connector`) have queues of their own.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any, Final

from tests.fakes.bitrix24.limits import Clock
from tests.fakes.bitrix24.listing import Row, arranged, matches
from tests.fakes.bitrix24.wire import iso

RESERVED_SECONDS: Final = 30 * 86400


@dataclass
class Offline:
    """`rows` are as they are answered, with APP and CONNECTOR beside."""

    now: Clock
    rows: list[Row] = field(default_factory=list)
    _given: int = 0

    def put(self, app: str, connector: str, event: str, data: dict[str, Any]) -> None:
        """An object changed."""
        said = hashlib.md5(f"{event}{sorted(data.items())}".encode()).hexdigest()
        for row in self.rows:
            if (row["APP"], row["CONNECTOR"], row["MESSAGE_ID"], row["PROCESS_ID"]) == (app, connector, said, ""):
                row["TIMESTAMP_X"] = iso(self.now())
                return
        self._given += 1
        self.rows.append(
            {
                "ID": str(self._given),
                "TIMESTAMP_X": iso(self.now()),
                "EVENT_NAME": event,
                "EVENT_DATA": data,
                "EVENT_ADDITIONAL": False,
                "MESSAGE_ID": said,
                "PROCESS_ID": "",
                "ERROR": "0",
                "APP": app,
                "CONNECTOR": connector,
                "RESERVED": 0.0,
            }
        )

    def _of(self, app: str, connector: str) -> list[Row]:
        now = self.now()
        self.rows = [row for row in self.rows if not row["PROCESS_ID"] or now < row["RESERVED"] + RESERVED_SECONDS]
        return [row for row in self.rows if (row["APP"], row["CONNECTOR"]) == (app, connector)]

    def take(self, app: str, asked: Row) -> dict[str, Any]:
        """`event.offline.get`: `clear` 0 reserves under a `process_id`, 1 forgets what it gives."""
        process, is_kept = str(asked.get("process_id") or ""), str(asked.get("clear", 1)) == "0"
        error = "1" if str(asked.get("error", 0)) == "1" else "0"
        found = [
            row for row in self._of(app, str(asked.get("auth_connector") or ""))
            if row["ERROR"] == error and (error == "1" or row["PROCESS_ID"] == process)
            and matches(row, asked.get("filter") or {})
        ]  # fmt: skip
        found = arranged(found, asked.get("order") or {"TIMESTAMP_X": "ASC"})[: int(asked.get("limit", 50))]
        if is_kept and not process:
            process = secrets.token_hex(16)
        for row in found:
            row["PROCESS_ID"], row["RESERVED"] = process, self.now()
        if not is_kept:
            self.rows = [row for row in self.rows if row not in found]
        told = ("ID", "TIMESTAMP_X", "EVENT_NAME", "EVENT_DATA", "EVENT_ADDITIONAL", "MESSAGE_ID")
        return {"process_id": process or None, "events": [{name: row[name] for name in told} for row in found]}

    def _named(self, app: str, asked: Row) -> list[Row]:
        """Of a process: those with an `id`, or else a `message_id`, or all."""
        column = "ID" if asked.get("id") else "MESSAGE_ID"
        wanted = {str(one) for one in asked.get("id") or asked.get("message_id") or []}
        return [
            row for row in self.rows
            if row["APP"] == app and row["PROCESS_ID"] == str(asked["process_id"])
            and (not wanted or row[column] in wanted)
        ]  # fmt: skip

    def clear(self, app: str, asked: Row) -> None:
        """`event.offline.clear`."""
        done = self._named(app, asked)
        self.rows = [row for row in self.rows if row not in done]

    def fail(self, app: str, asked: Row) -> None:
        """`event.offline.error`: they come again only to who asks with `error` 1."""
        for row in self._named(app, asked | {"id": None}):
            row["ERROR"] = "1"

    def listed(self, app: str, asked: Row) -> list[Row]:
        """`event.offline.list`: reading that changes nothing."""
        rows = [
            {name: value for name, value in row.items() if name not in {"APP", "CONNECTOR", "RESERVED"}}
            for row in self._of(app, str(asked.get("auth_connector") or ""))
        ]
        return arranged([row for row in rows if matches(row, asked.get("filter") or {})], asked.get("order") or {})
