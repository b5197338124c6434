"""What keeps one entity of a CRM from being read costs no other, and is told on the CRM's page."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from crm_sync.answer import CrmRefused, Later, Strange
from crm_sync.connector import Connector
from crm_sync.mirrors import SQL, Moved
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.outbox.classify import LONG_PROBE_SECONDS, ErrorClass, classify
from trunkline.web.i18n import gettext as _
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

_DOUBT_REST: Final = timedelta(hours=1)
_LONG_REST: Final = timedelta(seconds=LONG_PROBE_SECONDS)
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Care:
    """Of every CRM that one process reads; `now` is by its clock."""

    pool: Pool
    now: Callable[[], datetime]
    _rests: dict[tuple[UUID, str], datetime] = field(default_factory=dict)
    """Until when an entity is left alone that a person has to mend."""
    _doubts: dict[tuple[UUID, str], datetime] = field(default_factory=dict)
    """The same of sweeps."""

    async def guarded(self, known: Connector, entity: str, work: Callable[[Connector, str], Awaitable[bool]]) -> bool:
        """Whether there is more; what an entity is refused for is told, and the others go on. Raises Later."""
        if self.now() < self._rests.get((known.id, entity), _LONG_AGO):
            return False
        try:
            return await work(known, entity)
        except CrmRefused as refused:
            trouble = refused.bad.fault.reason
            if classify(refused.bad.fault) in {ErrorClass.AUTH, ErrorClass.BLOCKED}:
                self._rests[known.id, entity] = self.now() + _LONG_REST
        except Strange as strange:
            trouble = str(strange)
        except Moved as moved:
            log.info("crm_mirror_moved", connector=known.name, entity=entity, why=str(moved))
            return False
        except (Later, *DATABASE_TROUBLE):
            raise  # not the entity's
        except Exception:
            log.exception("crm_mirror_fault", connector=known.name, entity=entity)
            trouble = _("a fault of ours: the worker's log tells more")
            self._rests[known.id, entity] = self.now() + _LONG_REST
        log.warning("crm_mirror_waits", connector=known.name, entity=entity, error=trouble)
        await self.pool.execute(SQL["in_trouble"], known.id, entity, trouble[:500], self.now())
        return False

    def doubts(self, known: Connector, entity: str) -> bool:
        """Whether a sweep is left alone for an hour: what it shows is not believed."""
        return self.now() < self._doubts.get((known.id, entity), _LONG_AGO)

    async def doubt(self, known: Connector, entity: str, there: int, here: int) -> None:
        """The CRM shows `there` of `here` rows of ours: told, and nothing is taken out."""
        self._doubts[known.id, entity] = self.now() + _DOUBT_REST
        words = _("the portal shows %(there)s of %(here)s: does whoever connected it still see them all?")
        doubt = words % {"there": there, "here": here}
        await self.pool.execute(SQL["in_doubt"], known.id, entity, doubt, self.now())
