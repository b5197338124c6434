"""What a line plays before a talk is recorded: each change a version, told to the directory."""

from typing import Any

import pytest

from tests.lines.test_lines import OFFICE, deeds, token
from tests.people.web import Browser
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.directory.head import read_head
from trunkline.errors import InvalidInput
from trunkline.lines.notice import NoticeFields, checked_notice
from trunkline.pbx.notice import Notice, NoticeWhen, Way

__all__ = ["token"]
LINE, PAGE = "/api/v1/lines/+74951234567/notices", "/lines/+74951234567"
SENT: dict[str, Any] = {"when": "before_ring", "sound": "trunkline/recorded", "seconds": 2, "digit": "9"}


@pytest.fixture
async def line(browser: Browser, token: dict[str, str]) -> Browser:
    await browser.post("/api/v1/lines", json=OFFICE, headers=token)
    return browser


@pytest.mark.parametrize(
    ("way", "changed", "fields"),
    [
        ("in", {}, []),
        ("in", {"when": "after_answer", "digit": ""}, []),
        ("out", {"when": "after_answer"}, []),
        ("in", {"when": "none", "sound": "", "digit": ""}, []),
        ("in", {"when": "later"}, ["when"]),
        ("out", {"when": "before_ring"}, ["when"]),
        ("in", {"when": "after_answer"}, ["digit"]),
        ("in", {"sound": ""}, ["sound"]),
        ("in", {"sound": "../../etc/passwd"}, ["sound"]),
        ("in", {"sound": "a&b"}, ["sound"]),
        ("in", {"sound": "x" * 101}, ["sound"]),
        ("in", {"seconds": 0}, ["seconds"]),
        ("in", {"seconds": 4}, ["seconds"]),
        ("in", {"seconds": 14, "sound": "", "digit": "99"}, ["sound", "seconds", "digit"]),
        ("in", {"digit": "*"}, []),
        ("in", {"digit": "#"}, ["digit"]),
        ("in", {"digit": "A"}, ["digit"]),
    ],
)
def test_what_may_be_played(way: str, changed: dict[str, object], fields: list[str]) -> None:
    sent = NoticeFields(**(SENT | changed))
    if not fields:
        checked_notice(Way(way), sent)
        return
    with pytest.raises(InvalidInput) as caught:
        checked_notice(Way(way), sent)
    assert [mistake.path for mistake in caught.value.mistakes] == fields


async def test_each_change_is_a_version(line: Browser, token: dict[str, str], pool: Pool) -> None:
    changes: list[tuple[dict[str, Any], int]] = [({}, 1), ({}, 1), ({"seconds": 3}, 2), ({"when": "none"}, 3), ({}, 4)]
    for change, version in changes:
        answer = await line.put(f"{LINE}/in", json=SENT | change, headers=token)
        assert (answer.status, (await answer.json())["version"]) == (200, version)

    told = await (await line.get(LINE, headers=token)).json()
    assert told == {"in": SENT | {"version": 4}, "out": None}
    assert await pool.fetchval("select count(*) from line_notices") == 4
    assert [deed for deed in await deeds(pool) if deed == "line.notice_changed"] == ["line.notice_changed"] * 4
    async with pool.acquire() as connection:
        head = await read_head(connection)
    wanted = Notice(Way.IN, 4, NoticeWhen.BEFORE_RING, "trunkline/recorded", 2, "9")
    assert head.lines["+74951234567"].notices == (wanted,)


async def test_the_directory_hears_of_it(line: Browser, token: dict[str, str], pool: Pool) -> None:
    await pool.execute("delete from directory_changes")

    await line.put(f"{LINE}/out", json=SENT | {"when": "after_answer"}, headers=token)

    assert await pool.fetchval("select count(*) from directory_changes where kind = 'head'") >= 1


@pytest.mark.parametrize(("path", "status"), [("in", 400), ("up", 404)])
async def test_wrong_notices_are_told(line: Browser, token: dict[str, str], path: str, status: int) -> None:
    answer = await line.put(f"{LINE}/{path}", json=SENT | {"seconds": 14}, headers=token)

    assert answer.status == status
    assert path == "up" or "seconds" in await answer.text()


async def test_the_form_on_the_page(line: Browser, pool: Pool) -> None:
    sent = {f"notice-in-{name}": str(value) for name, value in SENT.items()}

    assert (await line.send(f"{PAGE}/notices/in", sent, page=PAGE)).status == 303
    page = await text_of(line, PAGE)
    assert "trunkline/recorded" in page
    assert "version 1" in page
    wrong = await line.send(f"{PAGE}/notices/in", sent | {"notice-in-seconds": "14"}, page=PAGE)
    assert (wrong.status, "from 1 to 3" in await wrong.text()) == (422, True)
    assert await pool.fetchval("select max(version) from line_notices") == 1
