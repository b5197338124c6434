"""Which message to a client is the one whose answer was lost."""

from datetime import UTC, datetime

import pytest

from crm_sync.chat2desk.wire import Said, find_message


@pytest.mark.parametrize(
    ("one", "is_it"),
    [
        (Said(1, "a  b\n", "to_client", "2026-11-28T12:00:00 UTC"), True),
        (Said(1, "a b", "to_client", "2026-11-28T11:00:00 UTC"), False),
        (Said(1, "a b", "to_client", "yesterday"), True),
        (Said(1, "a b", "from_client", "2026-11-28T12:00:00 UTC"), False),
        (Said(1, "a c", "to_client", "2026-11-28T12:00:00 UTC"), False),
    ],
)
def test_which_message_is_this_one(one: Said, is_it: bool) -> None:
    assert (find_message([one], "a b", datetime(2026, 11, 28, 12, 1, tzinfo=UTC)) is one) is is_it
