"""Which recordings go when, what stays of them, and what is held whatever the rules say."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recordings import store
from recordings.expiring import expire, hold
from recordings.keeping import Filling, KeepRule, filling, fingerprint, is_over, next_look
from recordings.recording import Recording, Stage
from recordings.transcripts import read_transcript
from recordings.vault import Vault
from tests.people.web import Browser
from tests.recordings.talks import talk
from tests.web.composed import text_of
from trunkline.alarms.alarm import Severity
from trunkline.db.types import Pool

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
LINE, OTHER = "+74951234567", "+74957654321"


@pytest.mark.parametrize(
    ("rules", "days", "direction", "line", "over"),
    [
        ([], 9000, "in", LINE, False),
        (["all days=30"], 31, "in", LINE, True),
        (["all days=30"], 29, "in", LINE, False),
        (["in days=30"], 31, "out", LINE, False),
        (["in line=+74951234567 days=10", "all days=30"], 11, "in", LINE, True),
        (["in line=+74951234567 days=10", "all days=30"], 11, "in", OTHER, False),
        (["in line=+74951234567 forever", "all days=30"], 9000, "in", LINE, False),
        (["all forever", "all days=30"], 9000, "in", LINE, False),
        (["all days=9999"], 9998, "in", LINE, False),
        (["internal days=1"], 2, "internal", "", True),
    ],
)
def test_the_first_rule_that_fits_decides(
    rules: Sequence[str], days: int, direction: str, line: str, over: bool
) -> None:
    read = [KeepRule.read(rule) for rule in rules]
    began = NOW - timedelta(days=days)
    assert is_over(read, began, direction, line, NOW) is over


_RULES = st.builds(
    KeepRule,
    st.none() | st.integers(1, 40),
    st.sampled_from(["", "in", "out", "internal"]),
    st.sampled_from(["", LINE, OTHER]),
)


@given(
    rules=st.lists(_RULES, max_size=4),
    direction=st.sampled_from(["in", "out", "internal"]),
    lines=st.lists(st.sampled_from(["", LINE, OTHER]), min_size=1, max_size=2),
    changed=st.integers(0, 60),
)
@example(rules=[KeepRule(20, "", LINE), KeepRule(None)], direction="in", lines=["", LINE], changed=40)
def test_it_is_looked_at_whenever_its_time_may_be_over(
    rules: list[KeepRule], direction: str, lines: list[str], changed: int
) -> None:
    """Every six hours what is due; against a look at all. Its line may be another from some day on."""
    look, gone_at, late = next_look(rules, NOW, NOW), None, None
    for quarter in range(4 * 60):
        now, line = NOW + timedelta(hours=6 * quarter), lines[0] if quarter < 4 * changed else lines[-1]
        if late is None and is_over(rules, NOW, direction, line, now):
            late = now
        if look is not None and look <= now:
            if is_over(rules, NOW, direction, line, now):
                gone_at = now
                break
            look = next_look(rules, NOW, now)
            assert look is None or look >= now
    if gone_at is None:
        assert late is None or late > NOW + timedelta(days=52)
    else:
        assert late is not None
        assert gone_at - late <= (timedelta(days=7, hours=6) if len(set(lines)) > 1 else timedelta())


def test_other_rules_have_another_fingerprint() -> None:
    told = [[], ["all days=1"], ["all days=2"], ["in days=1"], ["in line=+74951234567 days=1"], ["all forever"]]
    told += [["all days=1", "in days=1"], ["in days=1", "all days=1"]]
    found = [fingerprint([KeepRule.read(rule) for rule in rules]) for rules in told]
    assert len(set(found)) == len(told)
    assert all(0 < number < 1 << 63 for number in found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "all",
        "all days=0",
        "all days=-1",
        "in days=30 forever",
        "in line=495 days=3",
        "both days=3",
        "out line=+74951234567 days=3",
        "all days=10000",
    ],
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no rule"):
        KeepRule.read(text)


@pytest.mark.parametrize(
    ("free", "a_day", "told"),
    [
        (21, 9.0, None),
        (20, 9.0, Filling(Severity.WARNING, 80, 2)),
        (20, 0.0, Filling(Severity.WARNING, 80, None)),
        (4, 9.0, Filling(Severity.CRITICAL, 96, 0)),
    ],
)
def test_a_disk_that_fills_up_is_told(free: int, a_day: float, told: Filling | None) -> None:
    assert filling(100, free, a_day) == told


async def kept(pool: Pool, vault: Vault, tmp_path: Path, days: int) -> Recording:
    """One with sound and words, of a call so many days ago."""
    made = await talk(pool, NOW - timedelta(days=days), (0, "добрый день"), (1, "здравствуйте"))
    sound = tmp_path / "sound"
    sound.write_bytes(b"OggS")
    await vault.put(made.key, sound)
    return made


async def test_what_is_over_goes_whole_and_says_so(pool: Pool, tmp_path: Path) -> None:
    vault = Vault(tmp_path / "kept")
    old, held, young = [await kept(pool, vault, tmp_path, days) for days in (40, 35, 20)]
    await pool.execute("insert into analyses (recording_id) select id from recordings")
    await pool.execute("insert into recording_tags select id, 'жалоба', 1, 1 from recordings")
    await pool.execute("insert into recording_redactions select id, 'card', 1, 2 from recordings")
    await pool.execute("update recordings set muting = true")
    async with pool.acquire() as connection:
        assert await hold(connection, held.id, "a claim")

    assert await expire(pool, vault, [KeepRule.read("all days=30")], NOW) == 1
    assert await expire(pool, vault, [KeepRule.read("all days=30")], NOW) == 0

    assert [await vault.size(made.key) for made in (old, held, young)] == [None, 4, 4]
    async with pool.acquire() as connection:
        rows = [await store.find(connection, made.id) for made in (old, held, young)]
        assert [row.stage for row in rows if row] == [Stage.EXPIRED, Stage.KEPT, Stage.KEPT]
        assert await read_transcript(connection, old.id) is None
        assert await read_transcript(connection, young.id) is not None
        left = await connection.fetch("select distinct recording_id from transcript_search order by 1")
        assert [row["recording_id"] for row in left] == sorted([held.id, young.id])
        steps = await connection.fetch("select recording_id from recording_steps where stage = 'expired'")
        assert [row["recording_id"] for row in steps] == [old.id]
        assert not await hold(connection, old.id, "too late")

        assert await hold(connection, held.id, None)
    assert await expire(pool, vault, [KeepRule.read("all days=30")], NOW) == 1


async def test_what_the_store_does_not_let_go_stays_and_the_rest_goes_on(pool: Pool, tmp_path: Path) -> None:
    vault = Vault(tmp_path / "kept")
    stuck, gone = [await kept(pool, vault, tmp_path, days) for days in (41, 40)]
    path = tmp_path / "kept" / stuck.key
    path.unlink()
    (path / "a folder in its place").mkdir(parents=True)

    assert await expire(pool, vault, [KeepRule.read("all days=30")], NOW) == 1
    rows = await pool.fetch("select id from recordings where stage = 'expired'")
    assert [row["id"] for row in rows] == [gone.id]


async def test_what_never_became_a_recording_goes_too(pool: Pool, tmp_path: Path) -> None:
    vault = Vault(tmp_path / "kept")
    one = await kept(pool, vault, tmp_path, 40)
    await vault.put(one.source_key, tmp_path / "sound")
    await pool.execute("update recordings set stage = 'fetched', stop = 'unreadable', told = 'no sound'")

    assert await expire(pool, vault, [KeepRule.read("all days=30")], NOW) == 1
    assert [await vault.size(key) for key in (one.key, one.source_key)] == [None, None]
    assert await pool.fetchval("select stop from recordings") is None


async def test_other_rules_and_late_ones_and_released_ones_are_looked_at_too(pool: Pool, tmp_path: Path) -> None:
    vault = Vault(tmp_path / "kept")
    first, released = [await kept(pool, vault, tmp_path, days) for days in (50, 45)]
    async with pool.acquire() as connection:
        await hold(connection, released.id, "a claim")
    year = [KeepRule.read("all days=365")]
    assert await expire(pool, vault, year, NOW) == 0
    assert await expire(pool, vault, [KeepRule.read("out days=1"), *year], NOW) == 0
    assert await expire(pool, vault, [KeepRule.read("all days=30")], NOW) == 1
    assert await vault.size(first.key) is None
    late = await kept(pool, vault, tmp_path, 60)
    async with pool.acquire() as connection:
        await hold(connection, released.id, None)
    assert await expire(pool, vault, [KeepRule.read("all days=30")], NOW) == 2
    assert [await vault.size(made.key) for made in (late, released)] == [None, None]


async def test_a_line_that_is_added_later_is_taken_into_account(pool: Pool, tmp_path: Path) -> None:
    vault, rules = (
        Vault(tmp_path / "kept"),
        [KeepRule.read(rule) for rule in (f"in line={LINE} days=30", "all forever")],
    )
    one = await kept(pool, vault, tmp_path, 40)
    assert await expire(pool, vault, rules, NOW) == 0
    line = UUID(int=7)
    await pool.execute("insert into lines (id, number) values ($1, $2)", line, LINE)
    await pool.execute("update calls set line_id = $1", line)
    assert await expire(pool, vault, rules, NOW + timedelta(days=6)) == 0
    assert await expire(pool, vault, rules, NOW + timedelta(days=7)) == 1
    assert await vault.size(one.key) is None


async def test_without_a_rule_nothing_goes(pool: Pool, tmp_path: Path) -> None:
    vault = Vault(tmp_path / "kept")
    await kept(pool, vault, tmp_path, 5000)
    assert await expire(pool, vault, [], NOW) == 0
    assert await expire(pool, vault, [KeepRule.read("all forever")], NOW) == 0


async def test_a_worker_that_ended_between_sound_and_row_left_nothing_behind(pool: Pool, tmp_path: Path) -> None:
    vault = Vault(tmp_path / "kept")
    made = await kept(pool, vault, tmp_path, 40)
    await vault.forget(made.key)
    assert await expire(pool, vault, [KeepRule.read("all days=30")], NOW) == 1


async def test_it_is_held_and_left_to_the_rules_on_the_call_s_page(
    browser: Browser, pool: Pool, one: Recording
) -> None:
    page, call = f"/calls/{one.call_id}/recordings", f"/recordings/{one.id}"
    assert (await browser.send(f"{call}/hold", {"why": "  "}, page=page)).status == 303
    assert await pool.fetchval("select held_why from recordings") is None
    assert (await browser.send(f"{call}/hold", {"why": "Претензия 17"}, page=page)).status == 303
    assert "Претензия 17" in await text_of(browser, page)
    assert (await browser.send(f"{call}/release", {}, page=page)).status == 303
    assert "Претензия 17" not in await text_of(browser, page)
    told = await pool.fetch("select action from audit where object_kind = 'recording' order by id")
    assert [row["action"] for row in told] == ["recording.held", "recording.released"]
    unknown = f"/recordings/{UUID(int=1)}/hold"
    assert (await browser.send(unknown, {"why": "x"}, page=page)).status == 404
