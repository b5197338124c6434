"""On a CRM's page: how far it was read, and the switch."""

import pytest

from crm_sync.signing_in import PAGE
from tests.crm_sync.filled import Filled
from tests.crm_sync.scene import Scene
from tests.crm_sync.test_pages import add_person, box, hasher, passwords, root
from tests.fakes.bitrix24.entities import CONTACT
from tests.people.web import Browser
from tests.web.composed import text_of

__all__ = ["add_person", "box", "hasher", "passwords", "root"]


@pytest.fixture
def filled(scene: Scene) -> Filled:
    return Filled(scene)


async def test_the_page_tells_how_far_it_was_read_and_switches_it_off(root: Browser, filled: Filled) -> None:
    page = f"{PAGE}/{filled.scene.connector}"
    filled.add(CONTACT, "+79065550101", name="Иван")
    await filled.read()
    filled.scene.portal.chaos.refuse("insufficient_scope", "batch", times=1)
    await filled.later()
    told = " ".join((await text_of(root, page)).split())
    assert "contacts: read, and everything looked through" in told
    assert "the application lacks a permission: it needs telephony, crm and user" in told

    assert (await root.send(f"{page}/mirror", {}, page=page)).status == 303
    assert await filled.rows("select fills from crm_connectors") == [(False,)]
    assert len(await filled.contacts()) == 1
    assert await filled.rows("select count(*) from crm_mirrors") == [(4,)]
    assert (await root.send(f"{page}/mirror", {"fills": "on"}, page=page)).status == 303
    assert await filled.rows("select fills from crm_connectors") == [(True,)]
    assert await filled.rows("select count(*) from crm_mirrors where since is null and believed") == [(4,)]
    audit = "select action, after ->> 'fills' from audit where action = 'crm.mirror_chosen' order by at"
    assert await filled.rows(audit) == [("crm.mirror_chosen", "false"), ("crm.mirror_chosen", "true")]
