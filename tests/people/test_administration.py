"""Administering people, tokens and reading the log, through the pages."""

import re

import pytest

from trunkline.calls.names import NameStyle
from trunkline.db.types import Pool
from trunkline.directory.head import read_head

from .company import PASSWORD
from .web import Browser, another, sign_in


async def test_a_person_is_added_given_a_link_changed_and_sent_away(
    administrator: Browser,
) -> None:
    new = {"name": "Иванов Пётр", "login": "ivanov", "role": "agent", "extension": "101", "every_line": "yes"}
    made = await administrator.send("/settings/people", new, page="/settings/people/new")
    path = made.headers["Location"]
    shown = await (await administrator.send(f"{path}/link", {}, page=path)).text()
    link = re.search(r"<code>http://[^/]+(/password/[\w-]+)</code>", shown)
    assert link is not None

    async with another(administrator) as his:
        chosen = await his.send(link.group(1), {"password": PASSWORD}, page=link.group(1))
        assert (chosen.status, chosen.headers["Location"]) == (303, "/login")
        assert (await his.look(link.group(1))).status == 410
        await sign_in(his, "ivanov")
        assert (await his.look("/settings/account")).status == 200
        assert (await his.look("/settings/people")).status == 403

        changed = await administrator.send(path, new | {"role": "supervisor"}, page=path)
        assert changed.status == 303
        assert (await his.look("/settings/account")).status == 303
        await sign_in(his, "ivanov")

        await administrator.send(f"{path}/active", {"active": "no"}, page=path)
        assert (await his.look("/settings/account")).status == 303
        assert (await his.send("/login", {"login": "ivanov", "password": PASSWORD})).status == 403
    log = await (await administrator.look("/settings/audit")).text()
    assert "Иванов Пётр" in log
    assert "supervisor" in log


async def test_mistakes_are_told_beside_their_fields_and_nothing_typed_is_lost(administrator: Browser) -> None:
    sent = {"name": "Анна", "login": "no spaces please", "mobile": "8916", "role": "agent", "grants": "money.read"}

    answer = await administrator.send("/settings/people", sent, page="/settings/people/new")
    text = await answer.text()

    assert answer.status == 422
    assert 'id="login-error"' in text
    assert 'id="mobile-error"' in text
    assert 'value="no spaces please"' in text
    assert re.search(r'value="money.read" checked', text)


async def test_a_mobile_rings_where_its_owner_allows_it(administrator: Browser, pool: Pool) -> None:
    form = {"name": "Анна", "extension": "101", "mobile": "+79161112233", "mobile_when_away": "yes"}
    allowed = "select mobile_when_away from people where name = 'Анна'"

    path = (await administrator.send("/settings/people", form, page="/settings/people/new")).headers["Location"]
    assert await pool.fetchval(allowed)
    assert re.search(r'name="mobile_when_away"[^>]*checked', await (await administrator.look(path)).text())

    del form["mobile_when_away"]
    await administrator.send(path, form, page=path)
    assert not await pool.fetchval(allowed)


async def test_who_works_on_a_mobile_has_a_number_and_a_name_for_calls(administrator: Browser, pool: Pool) -> None:
    form = {"name": "Анна", "works_on": "forwarded"}
    refused = await administrator.send("/settings/people", form, page="/settings/people/new")
    text = await refused.text()

    assert refused.status == 422
    assert 'id="extension-error"' in text
    assert 'id="mobile-error"' in text
    assert re.search(r'value="forwarded" selected', text)

    form |= {"extension": "105", "mobile": "+79161112233"}
    path = (await administrator.send("/settings/people", form, page="/settings/people/new")).headers["Location"]
    assert await pool.fetchval("select works_on from people where name = 'Анна'") == "forwarded"

    double = await administrator.send(
        "/settings/people", form | {"name": "Борис", "extension": "106"}, page="/settings/people/new"
    )
    assert double.status == 422
    assert 'id="mobile-error"' in await double.text()

    del form["mobile"]
    fmc = await administrator.send(path, form | {"works_on": "fmc"}, page=path)
    assert fmc.status == 303
    assert await pool.fetchval("select works_on from people where name = 'Анна'") == "fmc"
    assert (await administrator.send(path, form | {"works_on": "pigeon"}, page=path)).status == 422


async def test_a_telephone_takes_names_in_its_own_way(administrator: Browser, pool: Pool) -> None:
    form = {"name": "Анна", "extension": "101", "caller_names": "latin"}
    path = (await administrator.send("/settings/people", form, page="/settings/people/new")).headers["Location"]

    async def told() -> NameStyle | None:
        async with pool.acquire() as connection:
            (anna,) = [one for one in (await read_head(connection)).agents.values() if one.extension == "101"]
        return anna.names

    assert await told() is NameStyle.LATIN
    assert re.search(r'value="latin" selected', await (await administrator.look(path)).text())

    refused = await administrator.send(path, form | {"caller_names": "runes"}, page=path)
    assert refused.status == 422
    assert 'id="caller_names-error"' in await refused.text()

    await administrator.send(path, form | {"caller_names": ""}, page=path)
    assert await told() is None
    log = await (await administrator.look("/settings/audit")).text()
    assert "caller_names" in log


async def test_who_comes_back_does_not_share_a_mobile(administrator: Browser, pool: Pool) -> None:
    form = {"name": "Анна", "extension": "105", "mobile": "+79161112233", "works_on": "forwarded"}
    path = (await administrator.send("/settings/people", form, page="/settings/people/new")).headers["Location"]
    await administrator.send(f"{path}/active", {"active": "no"}, page=path)
    heir = form | {"name": "Борис", "extension": "106"}
    assert (await administrator.send("/settings/people", heir, page="/settings/people/new")).status == 303

    back = await administrator.send(f"{path}/active", {"active": "yes"}, page=path)

    assert back.status == 422
    assert not await pool.fetchval("select active from people where name = 'Анна'")


async def test_the_last_administrator_stays(administrator: Browser, pool: Pool) -> None:
    person = await pool.fetchval("select id from people where login = 'admin'")
    path = f"/settings/people/{person}"

    demoted = await administrator.send(path, {"name": "Admin", "login": "admin", "role": "agent"}, page=path)
    gone = await administrator.send(f"{path}/active", {"active": "no"}, page=path)

    assert (demoted.status, gone.status) == (422, 422)


async def test_a_token_is_shown_once_and_works_until_it_is_revoked(administrator: Browser) -> None:
    form = {"name": "CRM", "days": "30", "rights": "audit.read"}
    made = await (await administrator.send("/settings/tokens", form, page="/settings/tokens")).text()
    token = re.search(r"tl_[0-9a-f]{12}_[\w-]{43}", made)
    assert token is not None
    assert token.group() not in await (await administrator.look("/settings/tokens")).text()

    async with another(administrator) as program:
        bearer = {"Authorization": f"Bearer {token.group()}"}
        assert (await program.get("/settings/audit", headers=bearer)).status == 200
        assert (await program.get("/settings/people", headers=bearer)).status == 403
        assert (await program.get("/settings/account", headers=bearer)).status == 403
        identifier = token.group().split("_")[1]
        await administrator.send(f"/settings/tokens/{identifier}/revoke", {}, page="/settings/tokens")
        assert (await program.get("/settings/audit", headers=bearer)).status == 401


@pytest.mark.parametrize(
    "form",
    [
        {"name": "", "days": "30", "rights": "audit.read"},
        {"name": "x", "days": "0", "rights": "audit.read"},
        {"name": "x", "days": "9999", "rights": "audit.read"},
        {"name": "x", "days": "30"},
        {"name": "x", "days": "30", "rights": "people.edit"},
        {"name": "x", "days": "٣", "rights": "audit.read"},
    ],
)
async def test_a_token_needs_a_name_an_end_and_a_right(administrator: Browser, form: dict[str, str]) -> None:
    assert (await administrator.send("/settings/tokens", form, page="/settings/tokens")).status == 422


async def test_the_audit_log_is_read_in_pages(administrator: Browser, pool: Pool) -> None:
    await pool.execute(
        "insert into audit (at, person, via, action, object_kind, object_id) "
        "select now(), 'p', 'v', 'deed' || n, 'k', n::text from generate_series(1, 120) n"
    )
    seen: list[str] = []
    path: str | None = "/settings/audit"
    while path:
        text = await (await administrator.look(path)).text()
        seen += re.findall(r"deed(\d+)", text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        path = following.group(1).replace("&amp;", "&") if following else None

    assert seen == [str(number) for number in range(120, 0, -1)]
