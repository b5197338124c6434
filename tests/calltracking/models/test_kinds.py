"""Unique, target, unique-target, missed and spam by a site's rules."""

from datetime import UTC, datetime, timedelta

import pytest

from calltracking.models.kinds import CallKind, KindRules, SiteCall, kind_of

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
UNIQUE, TARGET, BEST = CallKind.UNIQUE, CallKind.TARGET, CallKind.UNIQUE_TARGET
RULES = KindRules()


def call(hours_ago: float, talk: int | None, *, spam: bool = False) -> SiteCall:
    return SiteCall(NOW - timedelta(hours=hours_ago), None if talk is None else timedelta(seconds=talk), spam)


@pytest.mark.parametrize(
    ("this", "others", "kind"),
    [
        (call(0, 30), [], UNIQUE | TARGET | BEST),
        (call(0, 29), [], UNIQUE),
        (call(0, 0), [], UNIQUE),
        (call(0, 60), [call(23.9, 60)], TARGET),
        (call(0, 60), [call(24, 60)], UNIQUE | TARGET | BEST),
        (call(0, 10), [call(1, 60)], CallKind.ORDINARY),
        (call(0, 60), [call(1, 10)], TARGET | BEST),
        (call(0, 60), [call(1, 10), call(2, 40)], TARGET),
        (call(0, 60), [call(1, None)], UNIQUE | TARGET | BEST),
        (call(0, 60), [call(1, 60, spam=True)], UNIQUE | TARGET | BEST),
        (call(1, 60), [call(1, 60), call(0, 60)], UNIQUE | TARGET | BEST),
        (call(0, None), [], CallKind.MISSED),
        (call(0, None), [call(1, 60)], CallKind.MISSED),
        (call(0, 60, spam=True), [], CallKind.SPAM),
        (call(0, None, spam=True), [], CallKind.SPAM),
    ],
)
def test_kinds(this: SiteCall, others: list[SiteCall], kind: CallKind) -> None:
    assert kind_of(this, others, RULES) == kind


def test_a_site_has_rules_of_its_own() -> None:
    rules = KindRules(target_talk=timedelta(seconds=60), repeat=timedelta(days=7))

    assert kind_of(call(0, 45), [call(6 * 24, 45)], rules) == CallKind.ORDINARY
