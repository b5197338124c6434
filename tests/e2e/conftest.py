"""What the tests with a real PBX share. One Asterisk and one product a module: they are told apart by their calls."""

from collections.abc import Iterator

import pytest

from tests.e2e.asterisk.answers import ScriptedRouter
from tests.e2e.asterisk.office import Office, at_work
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.site import Site
from tests.e2e.asterisk.tree import VERSION, asterisk_tree


@pytest.fixture(scope="module")
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    with Product() as product, at_work(product, getattr(request, "param", VERSION)) as office:
        yield office


@pytest.fixture(scope="module")
def pbx(request: pytest.FixtureRequest) -> Iterator[Asterisk]:
    """An Asterisk that asks a scripted router."""
    with Asterisk(Site(asterisk_tree(getattr(request, "param", VERSION)), "dialplan")) as pbx:
        yield pbx


@pytest.fixture
def router(pbx: Asterisk) -> Iterator[ScriptedRouter]:
    with ScriptedRouter(pbx.site.ports.router) as router:
        yield router
