"""The browser's word for a landing's channel is the reports' word: both classifiers over the same landings."""

import itertools
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from calltracking.channels.browser import browser_lists
from calltracking.channels.reading import read_source
from tests.calltracking.script.wire import table

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

SOURCE = Path(__file__).parents[2] / "calltracking/script/source/source.js"
OWN = ("www.shop.ru", "*.okna.example")
SITE = "https://www.shop.ru/okna"
QUERIES = (
    "", "?a=1", "?ysclid=lw1", "?yclid=1", "?clid=7", "?fbclid=1", "?ymclid=1", "?gclid=1", "?a=1&gbraid=2", "?wbraid=",
    "?dclid=3", "?msclkid=4", "?rb_clickid=5", "?ttclid=6", "?srsltid=7", "?erid=2VtzqvUe", "?erid=1&yclid=2",
    "?utm_source=yandex&utm_medium=cpc", "?utm_source=yandex", "?UTM_Source=Google&utm_medium=CPC&utm_campaign=Brand",
    "?utm_source=vk&utm_medium=paid", "?utm_source=vk", "?utm_medium=cpc", "?utm_medium=social", "?utm_medium=cpm",
    "?utm_source=rutube&utm_medium=cpc", "?utm_source=rutube", "?utm_source=avito&utm_medium=cpc", "?utm_source=avito",
    "?utm_source=2gis", "?utm_source=leaflet", "?utm_source=leaflet&utm_medium=qr",
    "?utm_source=newsletter&utm_medium=email",
    "?utm_source=telegram&utm_medium=organic&erid=1", "?utm_campaign=eshop", "?utm_id=bishop&utm_medium=ppc",
    "?utm_term=1",
    "?utm_source=chatgpt.com", "?utm_source=sms", "?utm_source=x&utm_medium=webpush", "?utm_source=direct",
    "?utm_source=yandex-direct", "?utm_source=rsya&yclid=4", "?utm_source=a&utm_campaign=my+cross-network",
    "#utm_source=vk&utm_medium=cpc", "/#/page?utm_source=ok&utm_medium=cpc", "?_openstat=direct.yandex.ru;123;456;t",
    "?_openstat=direct.yandex.ru%3B123%3B456%3Bt", "?_openstat=begun.ru;1;2;3",
    "?utm_source=yandex&utm_medium=cpc&_openstat=x",
)  # fmt: skip
UNREADABLE = "?_openstat=ZGlyZWN0LnlhbmRleC5ydTsxMjM7NDU2O3Q"
"""In Base64: a browser says no channel then."""
REFERRERS = (
    "", "https://yandex.ru/", "https://ya.ru/", "https://www.google.com/", "https://www.google.co.uk/",
    "https://docs.google.com/", "https://go.mail.ru/", "https://e.mail.ru/", "https://my.mail.ru/",
    "https://www.bing.com/",
    "https://duckduckgo.com/", "https://away.vk.com/", "https://vk.com/", "https://ok.ru/", "https://t.me/", "https://max.ru/",
    "https://dzen.ru/", "https://www.youtube.com/", "https://rutube.ru/", "https://vkvideo.ru/", "https://www.avito.ru/",
    "https://market.yandex.ru/",
    "https://2gis.ru/", "https://an.yandex.ru/", "https://yabs.yandex.ru/",
    "https://chatgpt.com/", "https://alice.yandex.ru/", "https://forum.example/", "https://notvk.com/", "http://10.0.0.1:8080/",
    "android-app://com.google.android.googlequicksearchbox/", "android-app://org.telegram.messenger/",
    "https://okna.example/", "https://m.okna.example/",
    "https://googleads.g.doubleclick.net/", "https://m.pikabu.ru/", "https://habr.com/", "https://zen.yandex.kz/",
)  # fmt: skip


def test_browser_and_reports_agree_on_every_landing(chromium: Browser) -> None:
    landings = [
        {"page": SITE + query, "referrer": referrer}
        for query, referrer in itertools.product((*QUERIES, UNREADABLE), REFERRERS)
    ]
    with chromium.new_context() as context:
        found = context.new_page().evaluate(
            "([code, table, landings]) => landings"
            "  .map(Function('table', 'options', code + '; return classify')(table, {})).map((one) => one.channel)",
            [SOURCE.read_text(encoding="utf-8"), table({}, channels=browser_lists(frozenset(OWN))), landings],
        )
    ours = [read_source(one["page"], one["referrer"], OWN).channel for one in landings]

    assert len(set(ours)) >= 15
    assert [
        (*one.values(), said, right)
        for one, said, right in zip(landings, found, ours, strict=True)
        if said not in {right, ""}
    ] == []
    assert {one["page"] for one, said in zip(landings, found, strict=True) if not said} == {SITE + UNREADABLE}
