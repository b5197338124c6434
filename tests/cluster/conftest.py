"""One cluster for all of them, one after another; what each measured stands at the end of pytest's report."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from tests.cluster.cluster import Cluster, Tell, running

_FIGURES = "figures"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cluster() -> AsyncIterator[Cluster]:
    async with running() as cluster:
        yield cluster


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Keep a figure."""
    return lambda figure: record_property(_FIGURES, figure)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    told = [
        f"{report.nodeid.rpartition('::')[2]}: {value}"
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, value in report.user_properties
        if name == _FIGURES
    ]
    if told:
        terminalreporter.section("the cluster's figures")
    for line in told:
        terminalreporter.write_line(line)
