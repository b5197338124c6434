"""A visit's page and referrer as a source: what people meet, and that nothing breaks it."""

import csv
import os
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calltracking.channels.address import LONGEST_HOST
from calltracking.channels.click_ids import CLICK_IDS
from calltracking.channels.reading import read_source
from calltracking.channels.referrers import by_name
from calltracking.channels.source import (
    LONGEST_CLICK_ID,
    LONGEST_PATH,
    LONGEST_TEXT,
    Channel,
    Evidence,
    Openstat,
    Source,
)

REFERRERS = Path(os.environ.get("TRUNKLINE_TEST_DATA", "nothing")) / "referrers.csv"
OWN = ("shop.ru", "магазин.рф")


def read(tags: str = "", referrer: str = "") -> Source:
    return read_source(f"https://www.shop.ru/каталог/?{tags}", referrer, OWN)


@pytest.mark.skipif(not REFERRERS.is_file(), reason="TRUNKLINE_TEST_DATA has no referrers.csv")
def test_every_host_of_the_russian_market_has_its_channel_and_source() -> None:
    with REFERRERS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    told = {row["host"]: read(referrer=f"https://{row['host']}/") for row in rows}

    assert len(rows) == 36
    assert {host: (source.channel, source.source) for host, source in told.items()} == {
        row["host"]: (row["channel"], row["source"]) for row in rows
    }


@pytest.mark.parametrize(
    ("referrer", "channel", "source"),
    [
        ("https://www.google.co.uk/", Channel.ORGANIC_SEARCH, "google"),
        ("https://www.google.com.tr/", Channel.ORGANIC_SEARCH, "google"),
        ("https://m.ya.ru/", Channel.ORGANIC_SEARCH, "yandex"),
        ("https://yandex.com.tr", Channel.ORGANIC_SEARCH, "yandex"),
        ("https://docs.google.com/", Channel.REFERRAL, "docs.google.com"),
        ("https://forms.yandex.ru/", Channel.REFERRAL, "forms.yandex.ru"),
        ("https://google.com.evil.ru/", Channel.REFERRAL, "google.com.evil.ru"),
        ("https://notvk.com/", Channel.REFERRAL, "notvk.com"),
        ("https://away.vk.com/away.php", Channel.ORGANIC_SOCIAL, "vk"),
        ("https://mail.yandex.kz/", Channel.EMAIL, "yandex-mail"),
        ("https://l.instagram.com/", Channel.ORGANIC_SOCIAL, "instagram"),
        ("https://moscow.cian.ru:443/", Channel.ORGANIC_SHOPPING, "cian"),
        ("https://gemini.google.com/", Channel.AI_ASSISTANT, "gemini"),
        ("android-app://com.google.android.googlequicksearchbox/", Channel.ORGANIC_SEARCH, "google"),
        ("android-app://org.telegram.messenger", Channel.ORGANIC_SOCIAL, "telegram"),
        ("https://XN--E1AFMKFD.XN--P1AI/", Channel.REFERRAL, "пример.рф"),
        ("https://user:secret@forum.example/", Channel.REFERRAL, "forum.example"),
        ("https://[2001:db8::1]:8443/", Channel.REFERRAL, "2001:db8::1"),
        ("chrome-extension://abcdef/", Channel.DIRECT, "(direct)"),
        ("about:blank", Channel.DIRECT, "(direct)"),
        ("https://", Channel.DIRECT, "(direct)"),
        ("https://bad host/", Channel.DIRECT, "(direct)"),
        ("", Channel.DIRECT, "(direct)"),
    ],
)
def test_the_host_of_a_referrer_decides(referrer: str, channel: Channel, source: str) -> None:
    told = read(referrer=referrer)

    assert (told.channel, told.source) == (channel, source)


@pytest.mark.parametrize(
    "referrer", ["https://shop.ru/a", "http://m.shop.ru/", "https://xn--80aairftm.xn--p1ai/", "https://WWW.SHOP.RU./"]
)
def test_our_own_site_is_no_source(referrer: str) -> None:
    told = read(referrer=referrer)

    assert (told.channel, told.evidence) == (Channel.DIRECT, Evidence.OWN_SITE)


@pytest.mark.parametrize(
    ("tags", "source", "medium", "campaign"),
    [
        ("utm_source=Yandex&utm_medium=CPC&utm_campaign=Spring", "yandex", "cpc", "Spring"),
        ("UTM_SOURCE=vk&Utm_Medium=cpc", "vk", "cpc", ""),
        ("utm_source=&utm_source=a&utm_source=b&utm_medium=x", "a", "x", ""),
        ("utm_source=a%20b+c&utm_medium=e%2Dmail", "a b c", "e-mail", ""),
        ("utm_source=a&amp;utm_medium=cpc&amp;utm_campaign=b", "a", "cpc", "b"),
        (f"utm_source=a&utm_medium=b&utm_campaign={quote('Москва', encoding='cp1251')}", "a", "b", "Москва"),
        (f"utm_source=a&utm_medium=b&utm_campaign={quote('Москва')}", "a", "b", "Москва"),
        ("utm_source=a&utm_medium=b&utm_campaign=Москва", "a", "b", "Москва"),
        ("utm_source=a&utm_medium=b&utm_campaign=50%", "a", "b", "50%"),
        ("utm_source=a&utm_medium=b&utm_campaign={campaign_id}&utm_id=7", "a", "b", "7"),
        ("utm_source=a&utm_medium={{placement}}", "a", "(not set)", ""),
        ("utm_campaign=spring", "(not set)", "(not set)", "spring"),
        ("#utm_source=a&utm_medium=b", "a", "b", ""),
        ("#/cart?utm_source=a&utm_medium=b", "a", "b", ""),
        ("utm_source=a%00%0Ab\u202ec&utm_medium=b", "a b c", "b", ""),
    ],
)
def test_tags_as_people_write_them(tags: str, source: str, medium: str, campaign: str) -> None:
    told = read(tags)

    assert (told.source, told.medium, told.campaign, told.evidence) == (source, medium, campaign, Evidence.TAGS)


def test_term_and_content_are_kept_as_written() -> None:
    told = read("utm_source=a&utm_medium=cpc&utm_term=Купить+окна&utm_content=Banner")

    assert (told.term, told.content, told.landing) == ("Купить окна", "Banner", "/каталог/")


@pytest.mark.parametrize(
    ("tags", "referrer", "channel", "source", "medium"),
    [
        ("yclid=1", "", Channel.PAID_SEARCH, "yandex-direct", "cpc"),
        ("yclid=1", "https://an.yandex.ru/", Channel.DISPLAY, "yandex-network", "display"),
        ("ymclid=1", "", Channel.PAID_SHOPPING, "yandex-market", "cpc"),
        ("gclid=1", "", Channel.PAID_SEARCH, "google", "cpc"),
        ("gclid=1", "https://www.youtube.com/", Channel.PAID_VIDEO, "youtube", "cpc"),
        ("gbraid=1", "https://www.google.ru/", Channel.PAID_SEARCH, "google", "cpc"),
        ("wbraid=1", "", Channel.PAID_SEARCH, "google", "cpc"),
        ("msclkid=1", "", Channel.PAID_SEARCH, "bing", "cpc"),
        ("rb_clickid=1", "https://vk.com/", Channel.PAID_SOCIAL, "vk-ads", "cpc"),
        ("fbclid=1", "", Channel.ORGANIC_SOCIAL, "facebook", "referral"),
        ("fbclid=1", "https://instagram.com/", Channel.ORGANIC_SOCIAL, "instagram", "referral"),
        ("ysclid=1", "", Channel.ORGANIC_SEARCH, "yandex", "organic"),
        ("erid=1", "https://t.me/", Channel.PAID_SOCIAL, "telegram", "paid"),
        ("erid=1", "https://forum.example/", Channel.PAID_OTHER, "forum.example", "paid"),
        ("erid=1", "", Channel.PAID_OTHER, "(not set)", "paid"),
        ("utm_source=telegram&erid=1", "", Channel.PAID_SOCIAL, "telegram", "paid"),
        ("utm_source=tg&utm_medium=email&erid=1", "", Channel.ORGANIC_SOCIAL, "tg", "email"),
        ("utm_source=ya&yclid=1", "", Channel.PAID_SEARCH, "ya", "cpc"),
        ("utm_source=letter&utm_medium=email&yclid=1", "", Channel.EMAIL, "letter", "email"),
        ("utm_medium=cpc&gclid=1", "", Channel.PAID_SEARCH, "google", "cpc"),
        ("utm_medium=cpc", "https://vk.com/", Channel.PAID_SOCIAL, "vk", "cpc"),
        ("utm_source=news", "https://yandex.ru/", Channel.UNASSIGNED, "news", "(not set)"),
        ("utm_source=chatgpt.com", "", Channel.AI_ASSISTANT, "chatgpt.com", "ai-assistant"),
        ("utm_source=vk.com", "", Channel.ORGANIC_SOCIAL, "vk.com", "(not set)"),
        ("utm_source=chatgpt.com&utm_medium=cpc", "https://chatgpt.com/", Channel.PAID_OTHER, "chatgpt.com", "cpc"),
        ("utm_term=a", "https://vk.com/", Channel.ORGANIC_SOCIAL, "vk", "referral"),
    ],
)
def test_what_is_missing_in_the_tags(tags: str, referrer: str, channel: Channel, source: str, medium: str) -> None:
    told = read(tags, referrer)

    assert (told.channel, told.source, told.medium) == (channel, source, medium)


def test_an_assistants_referrer_is_told_as_google_tells_it() -> None:
    told = read(referrer="https://alice.yandex.ru/")

    assert (told.medium, told.campaign) == ("ai-assistant", "(ai-assistant)")


def test_ids_are_kept_in_our_order_and_a_cut_one_is_left_out() -> None:
    told = read(f"gclid=G&yclid=Y&erid=E&fbclid={'f' * (LONGEST_CLICK_ID + 1)}&utm_source=a&utm_medium=b")

    assert told.click_ids == (("yclid", "Y"), ("gclid", "G"))
    assert told.erid == "E"


@pytest.mark.parametrize(
    "mark",
    [
        "direct.yandex.ru;77;88;yandex.ru:premium",
        "direct.yandex.ru%3B77%3B88%3Byandex.ru%3Apremium",
        "ZGlyZWN0LnlhbmRleC5ydTs3Nzs4ODt5YW5kZXgucnU6cHJlbWl1bQ==",
        "ZGlyZWN0LnlhbmRleC5ydTs3Nzs4ODt5YW5kZXgucnU6cHJlbWl1bQ",
    ],
)
def test_openstat_is_read_plain_and_in_base64(mark: str) -> None:
    told = read(f"_openstat={mark}")

    assert told.openstat == Openstat("direct.yandex.ru", "77", "88", "yandex.ru:premium")
    assert (told.channel, told.source, told.campaign, told.content) == (
        Channel.PAID_SEARCH,
        "yandex-direct",
        "77",
        "88",
    )


@pytest.mark.parametrize("mark", ["", "no", "%%%", "bm8=", ";;;", "_" * 3000])
def test_what_is_no_openstat_says_nothing(mark: str) -> None:
    assert read(f"_openstat={mark}").channel is Channel.DIRECT


def test_the_trace_tells_which_evidence_and_which_rule() -> None:
    told = read("utm_source=telegram&erid=1", "https://yandex.ru/")

    assert told.trace == ("source: tags utm", "medium: erid erid", "channel: rule 5")


def test_every_id_names_a_source_of_the_list() -> None:
    assert [kind.name for kind in CLICK_IDS if not (by_name(kind.source) and all(map(by_name, kind.places)))] == []


_PIECES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["https://", "//", "?", "#", "&", "=", "%", "%ff", "%d0", ";", "@", ":", "[", "xn--", ".", "\ud800"]
    ),
    st.sampled_from(["utm_source", "utm_medium", "utm_campaign", "_openstat", "yclid", "erid", "yandex.ru", "İ" * 300]),
)
_ADDRESSES = st.lists(_PIECES, max_size=12).map("".join)


@settings(max_examples=60)
@given(_ADDRESSES, _ADDRESSES, st.lists(_ADDRESSES, max_size=2))
def test_any_addresses_give_a_source_within_its_limits(landing: str, referrer: str, own: list[str]) -> None:
    for page in (landing, f"https://shop.ru/?utm_source={landing}&utm_campaign={referrer}&_openstat={landing}"):
        told = read_source(page, referrer, own)

        texts = [told.source, told.medium, told.campaign, told.term, told.content]
        texts += [told.openstat.service, told.openstat.place] if told.openstat else []
        assert all(len(text) <= LONGEST_HOST for text in texts)
        assert max(map(len, texts[1:]), default=0) <= LONGEST_TEXT
        assert len(told.landing) <= LONGEST_PATH
        assert len(told.referrer) <= LONGEST_HOST
        assert told.source
        assert told.medium
        assert told.trace
        "".join([*texts, told.landing, told.referrer, told.erid]).encode()
        assert "\0" not in "".join([*texts, told.landing, told.referrer, told.erid])
