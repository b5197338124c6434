"""The demo company as `trunkline demo` serves it, its websites too, with a real Asterisk for a PBX."""

import re
from functools import partial

from tests.e2e.asterisk import company
from tests.e2e.asterisk.office import STRANGER, Office
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.site import Site
from tests.e2e.asterisk.waiting import until
from trunkline.db.types import Connection
from trunkline.demo.traffic import PBX

_WEBSITES = re.compile(r"^Websites that swap their number: (\S+)$", re.MULTILINE)
_QUEUE = "[{0}](trunkline-queue)\nringinuse = yes\nmember => PJSIP/104\n"


class Demo(Product):
    """`python -m trunkline demo`, where nobody calls by itself."""

    command = "demo"

    def settle(self, site: Site, ami_port: int) -> None:
        """Tell it that its PBX is this Asterisk, no longer the simulated one, and wait until a question is answered."""
        attach = partial(company.attach, settings=self.settings, site=site, ami_port=ami_port, pbx=PBX)
        company.in_database(self.settings, attach)
        line = self.billboard
        until(lambda: self.answer(site, STRANGER, line).get("action") == "queue", "a stranger to be routed", 15)

    @property
    def billboard(self) -> str:
        """The number of the websites' company that stands on none of their pages."""
        return company.in_database(self.settings, _billboard)

    @property
    def websites(self) -> str:
        """Where it says that they are."""
        return until(lambda: _WEBSITES.search(self.log.read_text()), "the websites' address")[1]

    def ring_one_telephone(self, office: Office) -> None:
        """Whatever queue the plan names at this hour, 104 rings, for several calls at once too."""
        file = office.pbx.site.folder / "etc/queues_trunkline.conf"
        template = file.read_text().partition("[sales]")[0]
        queues = company.in_database(self.settings, _queues)
        file.write_text(template + "".join(map(_QUEUE.format, queues)))
        office.pbx.run_cli("queue reload all")


async def _billboard(connection: Connection) -> str:
    number: str = await connection.fetchval("select number from tracking_numbers where channel = 'Offline'")
    return number


async def _queues(connection: Connection) -> list[str]:
    return [row["target"] for row in await connection.fetch("select target from queues")]
