"""What a party is told in plain words: what comes next, until when and why that day, what it can do, whom it turns to (H2)."""

from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from domain.clock import DayLine
from domain.party_account import PartyRight
from portal.calendar import LONGEST_RECEIPT
from portal.labels import mark
from resolvers.matters import PublicStatus

SITUATIONS: Final = {
    "supplement": mark("材料还缺下面列出的内容。请补正；收到以后，承办机关再决定是否受理。"),
    "received": mark("材料已经收到，承办机关正在决定是否受理。材料不齐的，会一次告知需要补正的全部内容。"),
    "examined": mark("已经受理，承办机关正在审查，审查以后作出决定。"),
    "paused": mark("办理中有一项程序需要另外的时间，计时暂停；恢复以后继续计算。"),
    "disputed": mark("正在确定由哪个机关办理，您不需要做什么。"),
    "decided": mark("决定已经作出，承办机关接着送达决定文书。"),
    "served": mark("决定已经送达，承办机关接着办结归档。"),
    "finished": mark("办理已经结束。"),
    "not_accepted": mark("没有受理，理由写在不予受理的通知书中；情况变化以后，可以重新申请。"),
    "withdrawn": mark("您已经撤回，本次申请不再办理；需要时可以重新申请。"),
    "terminated": mark("办理已经终止，理由写在送达的文书中。"),
    "transferred": mark("已经移送有权办理的机关，由该机关继续办理。"),
    "merged": mark("已经并入另一案件，一并办理。"),
    "abandoned": mark("没有在期限内补正，本次申请视为放弃；需要时可以重新申请。"),
}
OF_PENALTIES: Final = {
    "received": mark("承办机关正在核实，决定是否立案。"),
    "examined": mark("已经立案，正在调查；作出处罚决定以前，会告知您事实、理由、依据和您的权利。"),
    "not_accepted": mark("没有立案。"),
}
"""The same of penalty cases, where they are called otherwise."""

REMEDIES: Final = {
    "apply_reconsideration": mark("申请行政复议"),
    "sue": mark("提起行政诉讼"),
}


@dataclass(frozen=True, slots=True)
class RemedyLine:
    """A remedy in words: what, to whom, within how long, and until when if that is known."""

    name: str
    to: str
    value: int
    unit: str
    clause: str
    until: object
    provisional: bool


@dataclass(frozen=True, slots=True)
class Account:
    """The account as the page tells it; of a long receipt the middle is left out."""

    words: str
    days: tuple[DayLine, ...]
    left_out: int
    remedies: tuple[RemedyLine, ...]


@dataclass(frozen=True, slots=True)
class Acting:
    """The forms of the party's own acts, each with its key: the withdrawal (no key: not now), and rights to use."""

    withdraw: str
    rights: tuple[tuple[PartyRight, str], ...]


def account_of(found: PublicStatus) -> Account:
    """Return the account of a matter that was found."""
    told = found.account
    days, left_out = told.receipt.days if told.receipt else (), 0
    if len(days) > LONGEST_RECEIPT:
        half = LONGEST_RECEIPT // 2
        days, left_out = days[:half] + days[-half:], len(days) - 2 * half
    remedies = tuple(
        RemedyLine(
            REMEDIES[one.limit],
            told.heard_by(one),
            one.value,
            one.unit,
            one.clause,
            one.until,
            one.provisional,
        )
        for one in told.remedies
    )
    words = OF_PENALTIES.get(told.situation, "") if told.penalty else ""
    return Account(words or SITUATIONS[told.situation], days, left_out, remedies)


def acting_of(found: PublicStatus) -> Acting | None:
    """Return the forms of what the party can do by itself beside handing in files; None for nothing."""
    withdraw = uuid4().hex if "withdraw" in found.acts else ""
    rights = tuple((one, uuid4().hex) for one in found.account.rights) if "exercise" in found.acts else ()
    return Acting(withdraw, rights) if withdraw or rights else None
