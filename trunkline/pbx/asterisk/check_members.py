"""What is wrong with the second AMI user, which keeps queue members: a part of `trunkline pbx check`."""

from dataclasses import replace

from trunkline.pbx.asterisk.check import DIALS, Finding
from trunkline.pbx.asterisk.control import CALL_CLASS, CONTEXTS
from trunkline.pbx.asterisk.keeper import NEEDED, Keeping
from trunkline.pbx.asterisk.link import open_link
from trunkline.pbx.asterisk.members import picture_of
from trunkline.pbx.asterisk.terms import Address, Limits, LinkError, LoginRefused

_FILE = "config/asterisk/manager_members.conf.example"
_DIALPLAN = "config/asterisk/extensions_trunkline.conf.example (FreePBX: trunkline pbx freepbx)"
_BY_CALL = frozenset({"Redirect", "Hangup", "Bridge", "Park", "Atxfer", "BlindTransfer", "SendText"})
"""What `call` lets do besides, of what is looked for."""


async def check_members(keeping: Keeping, hears: Address) -> list[Finding]:
    """Look at its login, its rights and the queues it sees, and at the dialplan as who `hears` may; changes nothing."""
    user = keeping.address.username
    limits = replace(Limits(), ping_after=60.0)
    try:
        async with open_link(keeping.address, received=lambda _: None, wanted=frozenset(), limits=limits) as link:
            commands = (await link.ask({"Action": "ListCommands"}))[0]
            picture = picture_of(await link.ask({"Action": "QueueStatus"}))
    except LoginRefused as error:
        return [Finding(f"{user} is refused: {error}", f"copy {_FILE}; trunkline pbx members changes our secret")]
    except LinkError as error:
        return [Finding(f"{user}: {error}", "see above")]
    originates = ("Originate",) if keeping.dials or keeping.listens else ()
    wanted = (*NEEDED, *originates, *(CALL_CLASS if keeping.controls else ()))
    missing = [name for name in wanted if name not in commands]
    allowed = {*originates, *(_BY_CALL if keeping.controls else ())}
    too_much = [name for name in DIALS if name in commands and name not in allowed]
    right = f"write = {keeping.needed_rights()}"
    findings = [Finding(f"{user} may keep members; it sees {len(picture.queues)} queues")]
    if missing:
        findings = [Finding(f"{user} may not do {', '.join(missing)}", f"{right}, as in {_FILE}")]
    if too_much:
        findings.append(Finding(f"{user} may dial or cut calls: {', '.join(too_much)}", f"{right} and nothing else"))
    return [*findings, *await _look_at_dialplan(hears)] if keeping.controls else findings


async def _look_at_dialplan(hears: Address) -> list[Finding]:
    """Whether calls that are moved and passed on have a way to go."""
    limits = replace(Limits(), ping_after=60.0)
    try:
        async with open_link(hears, received=lambda _: None, wanted=frozenset(), limits=limits) as link:
            answers = {
                name: (await link.ask({"Action": "ShowDialPlan", "Context": name}))[0] for name in CONTEXTS.values()
            }
    except LinkError as error:
        return [Finding(f"the dialplan cannot be looked at: {error}", "see above")]
    missing = [name for name, answer in answers.items() if answer.get("Response") != "Success"]
    if missing:
        return [Finding(f"the dialplan lacks [{'], ['.join(missing)}]: no call is moved or passed on", _DIALPLAN)]
    return [Finding("the dialplan has where calls go that are moved or passed on")]
