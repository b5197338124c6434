"""The same pages in Debian's Firefox: one run of firefox.mjs sees them all, the tests here judge what it saw."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.browser.places import LOOKS, PAGES

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

_DRIVER = Path(__file__).parent / "firefox.mjs"
_WIDTHS = [width for wide, narrower, _ in LOOKS for width in (wide, narrower)]
_PLAN = {"field": "[name='responsible.ring_seconds']", "value": "37"}

Report = dict[str, Any]


@pytest.fixture(scope="module")
def report(demo: str) -> Report:
    """What Firefox saw of the demo company."""
    task = {
        "executable": "/usr/bin/firefox-esr",
        "address": demo,
        "password": "trunkline demo",
        "themeCookie": "theme",
        "widths": _WIDTHS,
        # Dark is what the browser asks for, light what the reader chose: both ways are seen.
        "looks": [
            {"theme": "light", "choice": "light", "pages": PAGES[::2]},
            {"theme": "dark", "choice": "auto", "pages": PAGES[1::2]},
        ],
        "plan": _PLAN,
    }
    run = subprocess.run(
        ["node", str(_DRIVER)], input=json.dumps(task), capture_output=True, text=True, timeout=860, check=False
    )
    assert run.returncode == 0, run.stderr
    found: Report = json.loads(run.stdout)
    return found


def seen(report: Report, path: str) -> Report:
    """What was seen of one page."""
    (found,) = [look for look in report["looks"] if look["path"] == path]
    return dict(found)


def theme_of(background: str) -> str:
    """What a background colour looks like: `rgb(19, 22, 27)` is dark."""
    channels = [int(channel) for channel in re.findall(r"\d+", background)[:3]]
    return "light" if sum(channels) > 3 * 127 else "dark"


def test_it_is_a_real_firefox(report: Report) -> None:
    assert report["version"].lower().startswith("firefox/")


def test_nothing_is_complained_of(report: Report) -> None:
    assert report["complaints"] == []


def test_a_person_signs_in_with_keys_alone(report: Report) -> None:
    assert report["flows"]["keys"] == {"path": "/calls", "first": "skip"}


def test_the_page_says_where_a_call_would_go(report: Report) -> None:
    assert report["flows"]["route"]["query"].startswith("?from=8")


def test_a_change_of_the_plan_is_kept_and_thrown_away(report: Report) -> None:
    before = report["flows"]["plan"]["before"]
    assert before != _PLAN["value"]
    assert report["flows"]["plan"] == {
        "before": before,
        "after": _PLAN["value"],
        "changes": 1,
        "thrown_away": before,
    }


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_fit_for_everybody(report: Report, path: str) -> None:
    """Chromium sees every page in every look (test_pages.py); here each is seen once, by turns in the dark."""
    page = seen(report, path)

    assert page["heading"]
    assert page["language"] == "ru"
    dark = path == "/live/wall" or page["theme"] == "dark"  # a television is dark by itself
    assert theme_of(page["background"]) == ("dark" if dark else "light")
    assert page["faults"] == []
    assert page["complaints"] == []
    assert page["sideways"] == {str(width): 0 for width in _WIDTHS}
