"""The snippets: each form leads to the script with the site's key, pinned or not."""

import re

import pytest

from calltracking.script.snippet import WHERE, Form, Snippet

_PINNED = Snippet("https://calls.example.ru/", "demo12345678", "0123456789ab", "sha384-abc+/=")


@pytest.mark.parametrize("form", Form)
def test_every_form_says_which_site_and_where(form: Form) -> None:
    text = Snippet("https://calls.example.ru", "demo12345678").of(form)

    assert "https://calls.example.ru/t.js" in text
    assert "demo12345678" in text
    assert "integrity" not in text
    assert WHERE[form]


@pytest.mark.parametrize("form", Form)
def test_every_form_can_be_pinned(form: Form) -> None:
    text = _PINNED.of(form)

    assert "https://calls.example.ru/t/0123456789ab.js" in text
    assert "sha384-abc+/=" in text
    assert "anonymous" in text


def test_the_plain_tag_is_one_line() -> None:
    assert _PINNED.of(Form.PLAIN) == (
        '<script async src="https://calls.example.ru/t/0123456789ab.js" data-site="demo12345678"'
        ' integrity="sha384-abc+/=" crossorigin="anonymous"></script>'
    )


def test_bitrix_neither_moves_nor_combines_it() -> None:
    assert _PINNED.of(Form.BITRIX).startswith('<script data-skip-moving="true" async src=')


def test_a_tag_manager_gets_a_script_that_makes_the_tag() -> None:
    assert "setAttribute('data-site','demo12345678')" in _PINNED.of(Form.GTM)


@pytest.mark.parametrize("form", Form)
def test_every_form_can_measure_only(form: Form) -> None:
    told = re.sub("[^a-z]+", " ", Snippet("https://calls.example.ru", "demo12345678", measure=True).of(form))

    assert "data mode measure" in told
    assert "measure" not in _PINNED.of(form)


@pytest.mark.parametrize("form", Form)
def test_every_form_can_say_the_city(form: Form) -> None:
    text = Snippet("https://calls.example.ru", "demo12345678", city="Ростов-на-Дону").of(form)

    assert re.search("data-city(?:=\"|',')Ростов-на-Дону", text)
    assert "city" not in _PINNED.of(form)


@pytest.mark.parametrize("form", Form)
def test_nothing_ends_the_tag_early(form: Form) -> None:
    text = Snippet("https://calls.example.ru", "\"'</script><b>", city="\"'</script><b>").of(form)

    assert text.count("</script>") == 1
    assert "<b>" not in text


@pytest.mark.parametrize("host", ["calls.example.ru", "ftp://calls.example.ru", "https://", "https://a.ru/path"])
def test_an_address_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r"https://calls\.example\.ru"):
        Snippet(host, "demo12345678")
