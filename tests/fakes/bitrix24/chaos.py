"""What can go wrong between a client and the portal, armed by a test for the next requests (crm.md §10.1).

What else goes wrong has its place where it is decided: a stolen or revoked token and a disabled webhook in `access`,
doubled and reordered events in `events`.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final, Literal

CUT_BEFORE: Final = "cut before"
CUT_AFTER: Final = "cut after"
PAGE: Final = "page"
REFUSE: Final = "refuse"
STALL: Final = "stall"

HTML: Final = "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"


@dataclass
class Fault:
    """Armed `left` more times for `method`, in any case; `*` for each, `/oauth/token/` for the token server."""

    kind: Literal["cut before", "cut after", "page", "refuse", "stall"]
    method: str
    left: int = 1
    status: int = 502
    code: str = ""
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    """A request waits, or was answered so."""
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Let what waits go on."""
        self.gate.set()


@dataclass
class Chaos:
    """`plan_expired`, `is_deleted`, `is_overloaded` hold until they are put back; `blocked` are source addresses."""

    plan_expired: bool = False
    is_deleted: bool = False
    is_overloaded: bool = False
    blocked: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)

    def _arm(self, fault: Fault) -> Fault:
        self.faults.append(fault)
        return fault

    def cut_before(self, method: str = "*", times: int = 1) -> Fault:
        """The connection ends before anything is done."""
        return self._arm(Fault(CUT_BEFORE, method, times))

    def cut_after(self, method: str = "*", times: int = 1) -> Fault:
        """It is done, the answer is lost."""
        return self._arm(Fault(CUT_AFTER, method, times))

    def page(self, method: str = "*", times: int = 1, status: int = 502) -> Fault:
        """A server before the portal answers with its page; nothing is done."""
        return self._arm(Fault(PAGE, method, times, status))

    def refuse(self, code: str, method: str = "*", times: int = 1) -> Fault:
        """An error of the vendor's table, as INTERNAL_SERVER_ERROR; nothing is done."""
        return self._arm(Fault(REFUSE, method, times, code=code))

    def stall(self, method: str = "*") -> Fault:
        """The request waits for `release()` before anything is done; `reached` tells that it does."""
        return self._arm(Fault(STALL, method))

    def strikes(self, kind: str, method: str) -> Fault | None:
        """The armed fault of a request, used up by it."""
        for fault in self.faults:
            if fault.kind == kind and fault.left > 0 and fault.method.lower() in {"*", method.lower()}:
                fault.left -= 1
                fault.reached.set()
                return fault
        return None
