"""What the API says of a thing that is not there goes through gettext, as everything that people read."""

from uuid import UUID

import pytest

from tests.people.company import add_person, box, hasher, passwords
from tests.people.web import Browser
from tests.web.composed import browser, token_of
from trunkline.db.types import Pool

__all__ = ["add_person", "box", "browser", "hasher", "passwords"]

NOBODY = UUID(int=7)
ABSENT = {
    ("GET", f"/contacts/{NOBODY}"): "Такого контакта нет.",
    ("GET", "/contacts/x"): "Такого контакта нет.",
    ("DELETE", f"/contacts/{NOBODY}"): "Такого контакта нет.",
    ("DELETE", "/spam/+74951112233"): "Этого номера в списке нет.",
    ("DELETE", "/do-not-call/+74951112233"): "Этого номера в списке нет.",
    ("GET", "/imports/horses"): "Загружают контакты (contacts) и спам (spam).",
    ("GET", f"/calls/dials/{NOBODY}"): "Такого исходящего звонка нет.",
    ("GET", "/calls/dials/x"): "Такого исходящего звонка нет.",
    ("GET", "/missed/x"): "Такой записи нет: список тем временем изменился.",
    ("POST", "/calls/x/move"): "Такого звонка нет, или он вам не виден.",
    ("DELETE", "/calendar/overrides/x"): "Такого исключения нет.",
}


@pytest.mark.parametrize(("method", "path"), ABSENT, ids=str)
async def test_what_is_absent_is_told_in_the_readers_language(
    browser: Browser, pool: Pool, method: str, path: str
) -> None:
    person = await pool.fetchval("select id from people where login = 'root'")
    headers = await token_of(pool, person) | {"Accept-Language": "ru"}
    body = {"queue": "sales", "to": "extension:101"} if method == "POST" else None
    answer = await browser.request(method, f"/api/v1{path}", headers=headers, json=body)
    told = await answer.json()
    assert (answer.status, told["message"]) == (404, ABSENT[method, path]), told
