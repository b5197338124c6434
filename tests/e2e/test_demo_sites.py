"""The demo company's websites in Chromium: each call to a number shown there is told under its visitor's channel."""

from collections.abc import Iterator

import pytest

from tests.e2e.asterisk.channels import Marketer, call_each
from tests.e2e.asterisk.demo import Demo
from tests.e2e.asterisk.office import Office, at_work
from tests.e2e.asterisk.visitors import Visitors, Way
from tests.e2e.asterisk.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

CHANNELS = {
    "Typed in": "Direct",
    "An advertisement at Yandex": "Paid Search",
    "A post at VK": "Organic Social",
    "A newsletter": "Email",
    "An assistant's answer": "AI Assistant",
    "A partner's link": "Referral",
}
SITES = 3


@pytest.fixture
def demo() -> Iterator[Demo]:
    with Demo() as demo:
        yield demo


@pytest.fixture
def office(demo: Demo) -> Iterator[Office]:
    with at_work(demo) as office:
        demo.ring_one_telephone(office)
        yield office


def test_each_call_to_a_demo_site_is_told_under_its_visitors_channel(demo: Demo, office: Office) -> None:
    """Every link of the pages brings a visitor, two to each site; the first clicks on one more, and calls again."""
    marketer, billboard = Marketer(demo, "marketer"), demo.billboard
    calls = dict.fromkeys([*CHANNELS.values(), "Offline"], (1, 1))
    with Visitors() as visitors:
        (sites,) = visitors.links(demo.websites, "nav a")
        own: list[str] = []
        seen: dict[str, str] = {}
        for place, address in enumerate(sites.values()):
            marketer.until_served(address.rpartition("/")[2])
            number, ways = _look(visitors, address)
            own.append(number)
            numbers = visitors.see(address, ways[place::SITES], {"phone": number})
            seen |= dict(zip(numbers, [*CHANNELS.values()][place::SITES], strict=True))
        assert (len(own), len(seen)) == (SITES, len(CHANNELS)), "a number of his own for each"
        assert {*own, billboard}.isdisjoint(seen)
        call_each(office, [*seen, billboard])
        marketer.until_told(calls)

        before = marketer.visits("Email")
        again = visitors.follow(0, "A newsletter", "phone", own[0])
        # The number he holds is shown before the server knows of his new visit.
        until(lambda: marketer.visits("Email") > before, "the visit by the newsletter", 60)
        call_each(office, [again])
        marketer.until_told(calls | {"Email": (2, 2)})
        text = visitors.read(f"{marketer.pages}/reports/channels?days=7", marketer.cookie)
    assert marketer.explained() == sorted([*seen.items(), (billboard, "Offline"), (again, "Email")])
    for words in ("Direct", "Paid search", "Organic social", "Mailing", "AI assistant", "Link on a site", "Offline"):
        assert words in text


def _look(visitors: Visitors, address: str) -> tuple[str, list[Way]]:
    """The number that a site has without the script, and the ways to it that it offers."""
    phones, links = visitors.links(address, "#phone", "li a")
    assert [*links] == [*CHANNELS]
    (phone,) = phones.values()
    return phone.removeprefix("tel:"), [Way(link.removeprefix(address), phone="phone") for link in links.values()]
