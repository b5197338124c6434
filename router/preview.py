"""What a whole dialogue would be if nobody answered: for the page, which calls nobody. No I/O here."""

import msgspec

from router.switchboard import Reply, Switchboard
from trunkline.pbx.port import MAX_TURNS, Action, Next, Question

_STATUS = {
    Action.QUEUE: "TIMEOUT",
    Action.EXTENSION: "NOANSWER",
    Action.NUMBER: "NOANSWER",
    Action.TARGETS: "NOANSWER",
}


def walk(switchboard: Switchboard, question: Question, now: float) -> list[Reply]:
    """Every turn from `question` on, each place not answering and each challenge met with the right digit."""
    replies = [switchboard.answer(question, now)]
    while replies[-1].decision.next is Next.ASK and len(replies) < MAX_TURNS:
        decision = replies[-1].decision
        question = msgspec.structs.replace(
            question,
            state=decision.state,
            status=_STATUS.get(decision.action, ""),
            digits=decision.target if decision.action is Action.CHALLENGE else "",
        )
        replies.append(switchboard.answer(question, now))
    return replies
