"""What a client that comes late hears: two calls are up, a third caller waits, and it asks for everything."""

from tests.e2e.asterisk.answers import ScriptedRouter, line
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.record import Recording, all_hung_up
from tests.e2e.asterisk.scenarios import LINE, MOBILE
from tests.e2e.asterisk.sipp import Parties, Party
from tests.e2e.asterisk.waiting import until

QUESTIONS = ("CoreShowChannels", "Status", "QueueStatus", "DeviceStateList")
PROOF = "TrunklineLoopback"


def play_resync(pbx: Asterisk, router: ScriptedRouter) -> Recording:
    """101 talks to a client, 102 to a mobile, a third waits while 103 rings; then log in and ask all."""
    router.script([line("queue", target="sales", wait=30, prio=0, next="end", state="s1")] * 2)
    start = pbx.site.cel.stat().st_size if pbx.site.cel.exists() else 0
    with pbx.tester() as watcher, Parties(pbx.site) as parties:
        for party in (
            Party("phone_answers", "101", pause=200),
            Party("phone_answers", "outside", pause=200),
            Party("caller_talks", "caller", dials=LINE, number="+79161234567", pause=4000),
            Party("caller_talks", "102", dials=MOBILE, pause=4000),
        ):
            parties.start(party)
        until(lambda: len(watcher.events("BridgeEnter")) == 4, "two calls to be up")
        parties.start(Party("phone_rings", "103"))
        parties.start(Party("caller_talks", "caller2", dials=LINE, number="+79031112233", pause=1500))
        until(lambda: watcher.wait_for("DialBegin", DialString="PJSIP/103"), "103 to be rung")
        ami = _ask_all(pbx)
        parties.wait_all()
        until(lambda: all_hung_up(watcher), "both calls to end", 15)
    return Recording(ami, pbx.site.cel.read_bytes()[start:], tuple(router.questions))


def _ask_all(pbx: Asterisk) -> bytes:
    with pbx.product_user() as late:
        assert late.wait_for("FullyBooted")
        for question in QUESTIONS:
            late.ask_list(question)
        late.send("UserEvent", UserEvent=PROOF, Nonce="1")
        assert late.wait_for("UserEvent", UserEvent=PROOF)
        assert late.ask("Ping").get("Ping") == "Pong"
        return bytes(late.received)
