"""A real Asterisk asks the real product over FastAGI; the dialogue and its quoting are those of res_agi."""

from collections.abc import Iterator

import pytest

from tests.e2e.asterisk import company
from tests.e2e.asterisk.office import STRANGER, Office, at_work, client, make, phone, talk
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.site import Ports, Site
from tests.e2e.asterisk.tree import VERSIONS, asterisk_tree

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]
on_both = pytest.mark.parametrize("office", VERSIONS, indirect=True)
on_newest = pytest.mark.parametrize("office", VERSIONS[:1], indirect=True)


@pytest.fixture(scope="module")
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    with Product() as product:
        site = Site(asterisk_tree(request.param), "fastagi", Ports(router=product.question), context="trunkline-agi")
        with at_work(product, site=site) as office:
            yield office


@on_both
@pytest.mark.parametrize(
    ("number", "queue", "extension"),
    [
        pytest.param(STRANGER, "sales", 101, id="unknown to sales"),
        pytest.param(company.SUPPLIER, "production", 201, id="supplier to production"),
        pytest.param("1)%0a200%20result=1%20(2", "sales", 101, id="hostile caller ID"),
    ],
)
def test_class_chooses_the_queue(office: Office, number: str, queue: str, extension: int) -> None:
    (told,) = make(office, phone("phone_answers", extension), client(number=number))

    assert (told["call"]["outcome"], told["call"]["queues"]) == ("answered", [queue])
    assert told["call"]["answered_by"] == str(extension)
    assert [decision["rule"] for decision in told["decisions"]] == ["class"]


@on_both
def test_turns_go_on_over_the_same_channel(office: Office) -> None:
    """The responsible is busy: the second turn knows the first."""
    (told,) = make(
        office,
        phone("phone_busy", int(company.RESPONSIBLE)),
        phone("phone_answers", 101),
        client(number=company.KEY_CLIENT, pause=1500),
    )

    assert [decision["rule"] for decision in told["decisions"]] == ["responsible", "class"]
    assert told["call"]["answered_by"] == "101"


@on_newest
def test_a_name_with_everything_in_it_reaches_the_phone(office: Office) -> None:
    with talk(office.pbx) as scene:
        scene.start(phone("phone_answers", 101), client(number=company.NAMED))
        scene.finish()
        shown = {event["ConnectedLineName"] for event in scene.watcher.events("NewConnectedLine")}

    assert company.NAME in shown


@on_both
def test_a_dead_trunkline_leaves_the_call_to_the_line(office: Office) -> None:
    """The last test of each Asterisk: nobody answers afterwards."""
    office.product.kill()
    with talk(office.pbx) as scene:
        scene.start(phone("phone_answers", 101, 100), client(pause=1500))
        scene.finish()
        queues = {event["Queue"] for event in scene.watcher.events("QueueCallerJoin")}

    assert queues == {"sales"}
