"""A call in the few steps that hosted PBXs tell: who called, who was rung, who talked, that it is over. No I/O here."""

from collections.abc import Iterator
from dataclasses import dataclass

from trunkline.calls import what as w
from trunkline.calls.events import Event
from trunkline.pbx.hooks.telling import Teller


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a call: its leg, its channel (`NAME/101` for an extension) and its number or extension."""

    leg: str
    channel: str
    number: str


@dataclass(frozen=True, slots=True)
class Story:
    """What one hook tells of the call that `caller` began."""

    teller: Teller
    caller: Party

    def begins(self, exten: str, at: int | None, *, ago: int = 0) -> Event:
        """He called `exten` at `at`: hooks that know when say so in the same words, which is one step. Where this one
        does not know, it was `ago` µs before it.
        """
        what = w.CallStarted(number=self.caller.number, exten=exten)
        if at is None:
            return self.teller.now(self.caller.leg, self.caller.channel, what, ago=ago)
        return self.teller.then(at, self.caller.leg, self.caller.channel, what)

    def goes_on(self, exten: str) -> Event:
        """He called `exten` some time before this hook."""
        what = w.Found(number=self.caller.number, exten=exten)
        return self.teller.now(self.caller.leg, self.caller.channel, what)

    def rings(self, party: Party) -> Iterator[Event]:
        """`party` is called, and its telephone rings."""
        yield self._dialed(party, 0)
        yield self.teller.now(party.leg, party.channel, w.Ringing())

    def talks(self, party: Party, *, ago: int = 0) -> Iterator[Event]:
        """The caller and `party` hear each other since `ago` µs before the hook; whoever else was rung is free."""
        now, caller = self.teller.now, self.caller
        yield self._dialed(party, ago)
        yield now(party.leg, party.channel, w.Answered(), ago=ago)
        yield now(caller.leg, caller.channel, w.DialEnded(to=party.leg, status="ANSWER"), ago=ago)
        yield now(caller.leg, caller.channel, w.Joined(bridge=self.teller.call), ago=ago)
        yield now(party.leg, party.channel, w.Joined(bridge=self.teller.call), ago=ago)
        yield now(party.leg, party.channel, w.Taken(), ago=ago)

    def unanswered(self, party: Party, status: str) -> Iterator[Event]:
        """`party` was called and did not answer; `status` is a DIALSTATUS of Asterisk."""
        yield self._dialed(party, 0)
        yield self.teller.now(self.caller.leg, self.caller.channel, w.DialEnded(to=party.leg, status=status))

    def gives_up(self) -> Event:
        """The caller hung up before anybody answered."""
        return self.teller.now(self.caller.leg, self.caller.channel, w.HangupAsked())

    def over(self, cause: int = 0) -> Event:
        """The whole call is over; `cause` is Q.931 where the PBX knows one."""
        return self.teller.now("", "", w.Closed(cause=cause))

    def _dialed(self, party: Party, ago: int) -> Event:
        what = w.Dialed(to=party.leg, channel=party.channel, number=party.number)
        return self.teller.now(self.caller.leg, self.caller.channel, what, ago=ago)
