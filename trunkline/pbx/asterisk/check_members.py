"""What is wrong with the second AMI user, which keeps queue members: a part of `trunkline pbx check`."""

from dataclasses import replace

from trunkline.pbx.asterisk.check import DIALS, Finding
from trunkline.pbx.asterisk.keeper import NEEDED, Keeping
from trunkline.pbx.asterisk.link import open_link
from trunkline.pbx.asterisk.members import picture_of
from trunkline.pbx.asterisk.terms import Limits, LinkError, LoginRefused

_FILE = "config/asterisk/manager_members.conf.example"


async def check_members(keeping: Keeping) -> list[Finding]:
    """Look at its login, its rights and the queues it sees; changes nothing."""
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
    missing = [name for name in NEEDED if name not in commands]
    allowed = ("Originate",) if keeping.dials else ()
    missing += [name for name in allowed if name not in commands]
    too_much = [name for name in DIALS if name in commands and name not in allowed]
    right = "write = agent,originate" if keeping.dials else "write = agent"
    findings = [Finding(f"{user} may keep members; it sees {len(picture.queues)} queues")]
    if missing:
        findings = [Finding(f"{user} may not do {', '.join(missing)}", f"{right}, as in {_FILE}")]
    if too_much:
        findings.append(Finding(f"{user} may dial or cut calls: {', '.join(too_much)}", f"{right} and nothing else"))
    return findings
