"""An advisory lock keeps out who does the same, and nobody else: each purpose has a number of its own."""

import re
from collections import defaultdict
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
LOCK: Final = re.compile(r"pg_(?:try_)?advisory(?:_xact)?_lock(?:_shared)?\((\d+)")
SHARED: Final = {"7245025": {"calltracking/costs/queries.sql", "calltracking/feeds/queries.sql"}}
"""Costs and feeds are written by one at a time, whichever of them."""


def test_each_advisory_lock_is_of_one_purpose() -> None:
    users: defaultdict[str, set[str]] = defaultdict(set)
    for part in ("trunkline", "crm_sync", "calltracking", "recordings", "router", "softphone_card"):
        for path in (ROOT / part).rglob("*.sql"):
            for number in LOCK.findall(path.read_text()):
                users[number].add(str(path.relative_to(ROOT)))
    assert len(users) > 10
    assert {number: files for number, files in users.items() if len(files) > 1} == SHARED
