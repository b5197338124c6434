"""The doctor of a portal's set-up: each thing that can be wrong, in words, with its remedy."""

from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from crm_sync.bitrix24.check import Addresses, check
from crm_sync.store import find_connector
from tests.crm_sync.scene import Scene
from tests.fakes.bitrix24.portal import Portal
from trunkline.app.command import application

HANDLER = "https://calls.example.com/crm/hooks/x/y"
CARD = "https://calls.example.com/crm/card/x/y"


async def findings(scene: Scene, handler: str | None = HANDLER, card: str | None = CARD) -> tuple[list[str], list[str]]:
    """What is good, and what is bad."""
    async with scene.pool.acquire() as connection, scene.portals() as portals:
        found = await check(
            scene.pool, portals, await find_connector(connection, scene.connector), Addresses(handler, card)
        )
    return [one.text for one in found if one.good], [one.text for one in found if not one.good]


async def people(scene: Scene, *extensions: str) -> None:
    """Ours."""
    for extension in extensions:
        await scene.pool.execute(
            "insert into people (id, name, extension) values (gen_random_uuid(), $1, $1)", extension
        )


async def test_a_portal_that_is_as_it_should_be(scene: Scene) -> None:
    await people(scene, "101", "102")
    good, bad = await findings(scene)
    assert good == [
        f"{scene.portal.url.removeprefix('http://').rstrip('/')} answers, and takes our sign-in; its plan is ru_pro100",
        "the application has the permissions it needs",
        "who connected it administers the portal",
        "2 extensions of ours are known there",
        "clicks on numbers and forms in the portal come to us from now on",
        "the portal has a queue of what changed: what is deleted there is gone here within minutes",
        "our caller card is a tab of the portal's card of a call from now on",
        "its contacts, companies, leads and deals are being read",
        "0 deliveries wait",
    ]
    assert bad == ["its address begins with http://: whoever listens on the way can read clients' numbers"]
    assert scene.portal.violations == []


async def test_events_are_bound_to_the_address_of_today_once(scene: Scene) -> None:
    own = f"/crm/hooks/{scene.connector}/"
    await findings(scene, f"https://old.example.com{own}secret")
    good, _ = await findings(scene, f"https://new.example.com{own}secret")
    assert "clicks on numbers and forms in the portal come to us from now on" in good
    good, _ = await findings(scene, f"https://new.example.com{own}secret")
    assert "clicks on numbers and forms in the portal come to us" in good
    bound = [(one.event, one.handler) for one in scene.portal.world.events.bindings]
    assert bound == [
        ("ONEXTERNALCALLSTART", f"https://new.example.com{own}secret"),
        ("ONEXTERNALCALLBACKSTART", f"https://new.example.com{own}secret"),
    ]
    _, bad = await findings(scene, None)
    assert any("our address in the world is not known" in one for one in bad)
    assert scene.portal.violations == []


async def test_our_tab_in_the_card_of_a_call_is_bound_to_the_address_of_today_once(scene: Scene) -> None:
    own, world = f"/crm/card/{scene.connector}/", scene.portal.world
    another = {"PLACEMENT": "CALL_CARD", "HANDLER": "https://another.example.com/"}
    world.placements.append(another)
    await findings(scene, card=f"https://old.example.com{own}secret")
    good, _ = await findings(scene, card=f"https://new.example.com{own}secret")
    assert "our caller card is a tab of the portal's card of a call from now on" in good
    good, _ = await findings(scene, card=f"https://new.example.com{own}secret")
    assert "our caller card is a tab of the portal's card of a call" in good
    mine = {"PLACEMENT": "CALL_CARD", "HANDLER": f"https://new.example.com{own}secret", "TITLE": "Trunkline"}
    assert [{name: told for name, told in one.items() if name != "auth"} for one in world.placements] == [another, mine]
    world.users[1].is_admin = False
    _, bad = await findings(scene)
    assert "the portal does not let our caller card into its card of a call" in bad
    assert scene.portal.violations == []


def _double(portal: Portal) -> None:
    portal.world.add_user("Глеб", inner="101")


def _leave(portal: Portal) -> None:
    portal.world.users[1].is_admin = False


TROUBLES: dict[str, tuple[Callable[[Portal], object], str]] = {
    "token dead": (lambda portal: portal.access.grants.clear(), "app.info: the sign-in has ended or was taken back"),
    "not paid": (lambda portal: setattr(portal.access, "has_paid", False), "the portal's plan is not paid for"),
    "plan": (lambda portal: setattr(portal.chaos, "plan_expired", True), "app.info: the portal's plan lets no"),
    "no admin": (_leave, "who connected it, Администратор, does not administer the portal"),
    "twice": (_double, "several people there have the same extension: 101"),
    "nobody": (lambda portal: setattr(portal.world.users[3], "inner", ""), "nobody there has 102"),
    "html": (lambda portal: portal.chaos.page("*", 9), "app.info: a server before the portal answered HTTP 502"),
    "moved": (lambda portal: portal.chaos.page("*", 9, status=404), "app.info: there is no portal at this address"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_what_is_wrong_is_said_in_words(scene: Scene, trouble: str) -> None:
    await people(scene, "101", "102")
    strike, words = TROUBLES[trouble]
    strike(scene.portal)
    _, bad = await findings(scene)
    assert any(one.startswith(words) for one in bad), bad


async def test_permissions_that_are_missing_are_named(scene: Scene) -> None:
    for place, grant in enumerate(scene.portal.access.grants):
        app = type(grant.app)(**{**vars(grant.app), "scopes": frozenset({"crm"})})
        scene.portal.access.grants[place] = type(grant)(app, grant.user, grant.access, grant.refresh, grant.expires_at)
    _, bad = await findings(scene)
    assert "the application lacks permissions: telephony, user" in bad
    assert any(one.startswith("user.get: the application lacks a permission") for one in bad)


async def test_what_waits_and_what_was_given_up_is_told(scene: Scene) -> None:
    await scene.happens("simple_answered")
    await scene.pool.execute("update crm_calls set phone = 'anonymous'")
    await scene.deliver()
    await scene.happens("simple_busy")
    await scene.pool.execute("update crm_connectors set default_user = 999")
    good, bad = await findings(scene)
    assert "1 delivery was given up" in bad
    assert "nobody who works there has the number 999" in bad
    assert good[-1] == "2 deliveries wait"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("check", "what keeps calls from this CRM"),
        ("chat2desk", "what keeps calls from Chat2Desk"),
        ("tracker", "what keeps issues from Yandex"),
    ],
)
def test_a_command_has_its_words(command: str, words: str) -> None:
    told = CliRunner().invoke(application, ["crm", command, "--help"])
    assert told.exit_code == 0
    assert words in told.output
