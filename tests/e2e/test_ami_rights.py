"""The AMI user Trunkline gets may hear and ask; it may neither dial nor change anything."""

import pytest

from tests.e2e.asterisk.ami import Ami, AmiError
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.tree import VERSIONS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(60), pytest.mark.parametrize("pbx", VERSIONS, indirect=True)]

# Asterisk 22 asks no class for these, so every AMI user has them; config/asterisk/README.md names them.
_FREE_FOR_ALL = frozenset(
    """
    BridgeDestroy BridgeInfo BridgeKick BridgeList BridgeTechnologyList BridgeTechnologySuspend
    BridgeTechnologyUnsuspend Challenge Events ListCommands Login Logoff Ping QueueChangePriorityCaller
    QueueReload QueueReset QueueRule QueueStatus QueueSummary QueueWithdrawCaller WaitEvent
    """.split()  # noqa: SIM905 - a list of words
)
_REPORTING = frozenset(
    """
    CoreSettings CoreShowChannelMap CoreShowChannels CoreStatus DBGet DBGetTree DeviceStateList
    ExtensionState ExtensionStateList Getvar LoggerRotate MailboxCount MailboxStatus PJSIPQualify
    PJSIPRegister PJSIPShowMaintenance PJSIPShowRegistrationsOutbound PJSIPUnregister PresenceState
    PresenceStateList ShowDialPlan Status VoicemailBoxSummary VoicemailUsersList VoicemailUserStatus
    """.split()  # noqa: SIM905 - a list of words
)
_USER = frozenset(
    """
    UserEvent VoicemailForward VoicemailMove VoicemailRefresh VoicemailRemove
    """.split()  # noqa: SIM905 - a list of words
)


@pytest.mark.parametrize(
    "action", ["CoreShowChannels", "Status", "QueueStatus", "DeviceStateList", "UserEvent", "Ping"]
)
def test_may(pbx: Asterisk, action: str) -> None:
    with pbx.product_user() as ami:
        answer = ami.ask(action, UserEvent="Proof") if action == "UserEvent" else ami.ask(action)

    assert answer["Response"] == "Success"


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("Originate", {"Channel": "PJSIP/101", "Application": "Wait", "Data": "1", "Async": "true"}),
        ("Redirect", {"Channel": "PJSIP/101-1", "Context": "agents", "Exten": "102", "Priority": "1"}),
        ("Hangup", {"Channel": "/.*/"}),
        ("Bridge", {"Channel1": "a", "Channel2": "b"}),
        ("Atxfer", {"Channel": "a", "Exten": "102", "Context": "agents"}),
        ("BlindTransfer", {"Channel": "a", "Exten": "102", "Context": "agents"}),
        ("Command", {"Command": "core show version"}),
        ("Setvar", {"Variable": "TRUNKLINE_TOKEN", "Value": "x"}),
        ("GetConfig", {"Filename": "manager.conf"}),
        ("UpdateConfig", {"SrcFilename": "manager.conf", "DstFilename": "manager.conf"}),
        ("DialplanExtensionAdd", {"Context": "agents", "Extension": "1", "Priority": "1", "Application": "Hangup"}),
        ("Reload", {}),
        ("ModuleLoad", {"LoadType": "reload"}),
        ("QueueAdd", {"Queue": "sales", "Interface": "PJSIP/104"}),
        ("QueuePause", {"Interface": "PJSIP/101", "Paused": "true"}),
        ("MixMonitor", {"Channel": "a", "File": "/tmp/x.wav"}),
        ("DBPut", {"Family": "a", "Key": "b", "Val": "c"}),
        ("DBDel", {"Family": "a", "Key": "b"}),
        ("PlayDTMF", {"Channel": "a", "Digit": "1"}),
        ("Filter", {"Operation": "Add", "Filter": "Event: Hangup"}),
    ],
)
def test_may_not(pbx: Asterisk, action: str, fields: dict[str, str]) -> None:
    with pbx.product_user() as ami:
        answer = ami.ask(action, **fields)

    assert (answer["Response"], answer["Message"]) == ("Error", "Permission denied")


def test_nothing_else_is_open(pbx: Asterisk) -> None:
    """Every action Asterisk offers this user is one of those we know."""
    with pbx.product_user() as ami:
        offered = set(ami.ask("ListCommands")) - {"Response", "ActionID"}

    assert offered <= _FREE_FOR_ALL | _REPORTING | _USER


def test_loop_back_proof_comes_back(pbx: Asterisk) -> None:
    with pbx.product_user() as ami:
        ami.send("UserEvent", UserEvent="TrunklineProof", Nonce="42")
        event = ami.wait_for("UserEvent", UserEvent="TrunklineProof")

    assert event is not None
    assert event["Nonce"] == "42"
    assert float(event["Timestamp"]) > 0


def test_a_wrong_secret_is_refused(pbx: Asterisk) -> None:
    with pytest.raises(AmiError, match="Authentication failed"):
        Ami(pbx.site.ports.ami, "trunkline", "wrong")
