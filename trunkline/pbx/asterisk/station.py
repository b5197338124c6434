"""One Asterisk on this node: its session, whether we act for it, and the filling of gaps."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

from trunkline.alarms.alarm import AlarmBell
from trunkline.log import get_logger
from trunkline.pbx.asterisk.acting import Claim, Granted, Seat, Taken, acts
from trunkline.pbx.asterisk.controller import Controller
from trunkline.pbx.asterisk.dialer import Dialer
from trunkline.pbx.asterisk.framing import Frame
from trunkline.pbx.asterisk.gaps import GapFiller
from trunkline.pbx.asterisk.journalalarm import JournalAlarm
from trunkline.pbx.asterisk.keeper import Keeper, Keeping
from trunkline.pbx.asterisk.link import Link
from trunkline.pbx.asterisk.linkalarms import LinkAlarms
from trunkline.pbx.asterisk.live_state import LiveState
from trunkline.pbx.asterisk.plug import Plug
from trunkline.pbx.asterisk.recorder import Recorder
from trunkline.pbx.asterisk.remembered import Remembered
from trunkline.pbx.asterisk.resync import take_snapshot
from trunkline.pbx.asterisk.session import Session, together
from trunkline.pbx.asterisk.terms import Address, Fault, LinkDown, LinkError
from trunkline.pbx.devices import DeviceState
from trunkline.pbx.ports import LinkLost, LinkUp, Resynced
from trunkline.web.metrics import AMI_ACTING, AMI_UP

log = get_logger(__name__)

_RESTART_SECONDS = 5.0  # Uptime comes in whole seconds and the clock may be corrected


class Station:
    """Hears one PBX for as long as `run` runs, and keeps its queues' members where the company lets us."""

    def __init__(
        self, pbx: str, address: Address, cel_file: Path | None, plug: Plug, keeping: Keeping | None = None
    ) -> None:
        self._pbx = pbx
        self._plug = plug
        self._timing = plug.timing
        self._file = plug.folder / f"{pbx}.json"
        self._remembered = Remembered.read(self._file)
        self._recorder = Recorder(pbx, plug.spool, covered=self._remembered.covered, memory=plug.timing.memory)
        self._gaps = GapFiller(pbx, plug.node, self._recorder, cel_file, plug.timing.gaps)
        self._seat = Seat(plug.pool, pbx, plug.node, plug.timing.lease)
        self._state = LiveState(plug.redis, pbx)
        bell = AlarmBell(plug.pool, plug.redis)
        self._alarms = LinkAlarms(
            bell,
            pbx,
            plug.node,
            away_after=plug.timing.away_after,
            tick=plug.timing.alarm_tick,
        )
        self._journal = JournalAlarm(bell, pbx, plug.node, cel_file, every=plug.timing.journal_every)
        self._controller: Controller | None = None
        self._hands = [] if keeping is None else self._hands_of(keeping, bell)
        self._session = Session(pbx, address, self, plug.timing.patience)
        self._link: Link | None = None
        self._booted_at: float | None = None
        self._taken_at = float("-inf")
        self._offered = False
        self._stirred = asyncio.Event()
        self._catch_up = asyncio.Event()

    def _hands_of(self, keeping: Keeping, bell: AlarmBell) -> list[Keeper | Dialer | Controller]:
        """What changes something at this PBX, as far as its second user may: each over a link of its own."""
        pbx, pool, redis, timing = self._pbx, self._plug.pool, self._plug.redis, self._timing
        hands: list[Keeper | Dialer | Controller] = [Keeper(pbx, keeping, self._acts, pool, bell, timing.keeper)]
        if keeping.dials:
            hands.append(Dialer(pbx, keeping, self._acts, self._living, pool, redis, bell, timing.dialer))
        self._controller = Controller(pbx, keeping, self._acts, self._ask, pool, redis, bell, timing.controller)
        hands.append(self._controller)
        return hands

    async def run(self) -> None:
        """Hear, act, and give the seat up at the end."""
        works = [
            self._session.run(),
            self._keep_seat(),
            self._keep_up(),
            self._state.run(),
            self._alarms.run(),
            self._journal.run(),
            *(hand.run() for hand in self._hands),
        ]
        try:
            await together(*works)
        finally:
            self._remember()
            AMI_UP.labels(self._pbx).set(0)
            AMI_ACTING.labels(self._pbx).set(0)
            await asyncio.shield(self._seat.release())

    def heard(self, run: bytes) -> None:
        """See Ears, as what follows."""
        self._recorder.heard(run)

    def up(self, link: Link, booted_at: float | None) -> None:
        """We may act, if no other node does."""
        self._link, self._booted_at = link, booted_at
        AMI_UP.labels(self._pbx).set(1)
        self._alarms.up()
        self._stirred.set()

    def down(self, reason: str, *, refused: bool, fault: Fault | None = None) -> None:
        """What we knew may be wrong from now on, and somebody else may act."""
        self._alarms.down(reason, refused=refused, fault=fault)
        if self._link is not None:
            self._recorder.tell(LinkLost(pbx=self._pbx, node=self._plug.node, at=time.time(), reason=reason))
        self._link, self._offered = None, False
        AMI_UP.labels(self._pbx).set(0)
        self._state.close()
        self._recorder.interrupted()
        self._stirred.set()

    def doubted(self) -> None:
        if self._link is not None:
            log.info("pbx_link_doubted" if self._link.doubtful else "pbx_link_heard_again", pbx=self._pbx)
        if self._recorder.acting:
            self._stirred.set()

    def proved(self, at: float) -> None:
        """The states are of now."""
        self._state.proved(at)

    def devices(self, states: Mapping[str, DeviceState], *, whole: bool) -> None:
        """Published by whoever acts."""
        self._state.devices(states, whole=whole, acting=self._recorder.acting)

    def counted(self, frame: Frame) -> None:
        """A talk that somebody may wait to end, or something to count."""
        if frame["Event"] != "BridgeEnter":
            self._state.counted(frame, acting=self._recorder.acting)
        elif self._controller is not None:
            self._controller.heard_talk(str(frame.get("Linkedid", "")))

    def queues(self, frames: Sequence[Frame]) -> None:
        """What the counts are held against."""
        self._state.queues(frames)

    async def _keep_seat(self) -> NoReturn:
        """Act while the link is up and no other node does; at once when it comes up, then as often as agreed."""
        held = unanswered = False
        while True:
            self._stirred.clear()
            if self._link is None:
                if held:
                    await self._seat.release()
                held = False
            elif self._recorder.acting:
                held = await self._claim(offered=self._link.doubtful)
            else:
                before, unanswered = unanswered, self._link.unanswered
                if not (before or unanswered):  # a PBX that stood still for all finds its node first
                    held = await self._claim(offered=False)
            AMI_ACTING.labels(self._pbx).set(self._recorder.acting)
            async with _at_most(self._timing.renew if self._recorder.acting else self._timing.stand_by):
                await self._stirred.wait()

    async def _claim(self, *, offered: bool) -> bool:
        """Whether we have the seat; of a link in doubt it is `offered` to whoever hears the PBX, and kept meanwhile."""
        claim = await self._seat.claim(offered=offered)
        if isinstance(claim, Granted) and not self._recorder.acting and not self._offered:
            claim = await self._offered_first(claim)
        now = time.monotonic()
        if isinstance(claim, Taken):
            self._taken_at, self._offered = now, False
        acting = acts(claim, taken_seconds_ago=now - self._taken_at, lease=self._timing.lease)
        if self._link is None:
            pass  # lost while we asked
        elif acting and not self._recorder.acting:
            self._begin(claim.mark if isinstance(claim, Granted) else None)
        elif not acting and self._recorder.acting:
            log.warning("pbx_acting_elsewhere", pbx=self._pbx)
            self._recorder.stop_acting()
            self._state.close()
        self._remember()
        return isinstance(claim, Granted)

    async def _offered_first(self, granted: Granted) -> Claim:
        """Let a node that stood by have the seat where it heard what we did not.

        A process that was killed is back before its seat runs out, and would leave the others' memory unused.
        """
        if self._recorder.lacks(granted.mark) is None:
            return granted
        self._offered = True
        await self._seat.release()
        await asyncio.sleep(2 * self._timing.stand_by)  # each of them asks once meanwhile; what is said, we remember
        return await self._seat.claim()

    def _begin(self, mark: float | None) -> None:
        log.info("pbx_acting", pbx=self._pbx, mark=mark)
        self._recorder.begin_acting(mark)
        booted_at, known = self._booted_at, self._remembered.booted_at
        restarted = booted_at is not None and known is not None and booted_at > known + _RESTART_SECONDS
        self._remembered.booted_at = booted_at
        self._recorder.tell(
            LinkUp(pbx=self._pbx, node=self._plug.node, at=time.time(), booted_at=booted_at, restarted=restarted)
        )
        self._state.publish_all()
        self._catch_up.set()

    def _remember(self) -> None:
        """Keep how far we came: in the spool for whoever acts next, on the disk for ourselves."""
        if self._recorder.holes:
            self._catch_up.set()
        mark = self._recorder.mark()
        if mark is None or mark.stamp == self._remembered.covered:
            return
        self._recorder.spool_mark(mark)
        self._remembered.covered = mark.stamp
        self._remembered.write(self._file)

    async def _keep_up(self) -> NoReturn:
        """Fill the holes, then say what lives; again whenever a hole is found."""
        while True:
            await self._catch_up.wait()
            while self._recorder.acting and self._recorder.holes:
                await self._gaps.fill(self._recorder.holes[0])
            self._catch_up.clear()
            if self._link is not None and self._recorder.acting:
                await self._resync(self._link)

    def _acts(self) -> bool:
        return self._recorder.acting

    async def _ask(self, action: Mapping[str, str]) -> list[Frame]:
        """Over the link that hears; raises LinkError."""
        if self._link is None:
            raise LinkDown("the link is down")
        return await self._link.ask(action)

    async def _living(self) -> frozenset[str] | None:
        """The ids of all channels, None where they cannot be asked for."""
        if self._link is None:
            return None
        try:
            snapshot = await take_snapshot(self._link, 0.0)
        except LinkError:
            return None
        return None if snapshot is None else frozenset(leg.uniqueid for leg in snapshot.legs)

    async def _resync(self, link: Link) -> None:
        try:
            snapshot = await take_snapshot(link, self._recorder.newest or 0.0)
        except LinkError as error:
            log.warning("pbx_not_resynced", pbx=self._pbx, error=str(error))
            return
        if snapshot is None:
            log.error("pbx_channels_hidden", pbx=self._pbx, remedy="write = reporting")
            return
        self._recorder.tell(
            Resynced(
                pbx=self._pbx,
                node=self._plug.node,
                at=time.time(),
                stamp=snapshot.stamp,
                legs=snapshot.legs,
                waiting=snapshot.waiting,
            )
        )


@asynccontextmanager
async def _at_most(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        pass
