"""The table of mutations: what can be done to a matter, under which name, and by which clause. One line, one mutation."""

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Doing:
    """A mutation: its name, the engine's act, what it is in words, and by whose hand it is done."""

    name: str
    kind: str
    words: str
    by: Literal["official", "party"] = "official"

    @property
    def title(self) -> str:
        """The name as the beginning of the names of its types."""
        return self.name[0].upper() + self.name[1:]


OFFICIAL: Final = (
    Doing("matterNameParty", "name_party", "确认当事人: say who the party is, once it is known (003-31(1))."),
    Doing(
        "matterAccept",
        "accept",
        "受理或者立案: from here the rulebook is fixed (行政许可法-32, 行政处罚法-54, 003-29).",
    ),
    Doing(
        "matterRefuseAcceptance",
        "refuse_acceptance",
        "不予受理: on a ground of the list, with reasons (行政许可法-32).",
    ),
    Doing(
        "matterAskSupplement",
        "ask_supplement",
        "告知补正: everything that is missing, at once (行政许可法-32, 003-30).",
    ),
    Doing("matterSupplement", "supplement", "登记补正: record that the supplement has come (003-30)."),
    Doing("matterRecord", "record", "登记材料: add materials, facts, papers or recordings to the file (003-31)."),
    Doing("matterOpine", "opine", "签署意见: give an opinion without leaving the step (003-31(4))."),
    Doing("matterAssign", "assign", "分派: give the step to one official (003-14)."),
    Doing("matterComplete", "complete", "办结环节: the step is done, the matter goes on (003-29)."),
    Doing("matterReturn", "return", "退回: back to an earlier step, with reasons (003-30)."),
    Doing("matterDecide", "decide", "作出决定: decide, and on to the next step (行政许可法-38, 行政处罚法-57)."),
    Doing("matterServe", "serve", "送达: record the service of one document (行政处罚法-61)."),
    Doing("matterExercise", "exercise", "登记行使权利: record that the party used or gave up a right (行政处罚法-63)."),
    Doing("matterSuspend", "suspend", "暂停: on a ground of the list (行政许可法-45, 003-30)."),
    Doing("matterResume", "resume", "恢复: the clock runs again (003-30)."),
    Doing("matterExtend", "extend", "延长期限: with the approval that the law asks for (行政许可法-42)."),
    Doing("matterRequestAssistance", "request_assistance", "请求协助: ask another body (行政处罚法-26, 004-6)."),
    Doing("matterAnswerAssistance", "answer_assistance", "答复协助: answer, or take the request back (004-6)."),
    Doing(
        "matterTransfer", "transfer", "移送: the matter ends here and begins at another body (行政处罚法-27, 004-6)."
    ),
    Doing(
        "matterRaiseDispute",
        "raise_dispute",
        "提出管辖争议: dispute with another body over who is competent; the superior is named by the server (行政处罚法-25).",
    ),
    Doing(
        "matterStateJurisdiction",
        "state_jurisdiction",
        "陈述管辖意见: the other body says whether it is competent; where both agree, that settles it (行政处罚法-25).",
    ),
    Doing(
        "matterDesignate",
        "designate",
        "指定管辖: the common superior says which body is competent (行政处罚法-25, 004-6).",
    ),
    Doing("matterWithdraw", "withdraw", "登记撤回: the applicant takes the application back (003-30)."),
    Doing("matterTerminate", "terminate", "终止: on a ground of the list, with reasons (003-30)."),
    Doing("matterClose", "close", "办结或者结案: the matter is over (003-31(5))."),
    Doing("matterArchive", "archive", "归档: the file is complete; what follows is correction only (003-31)."),
    Doing("matterCorrect", "correct", "更正: by a further act; what was said stays as it was said (003-33)."),
)
"""What an official does to a matter by its number."""

PARTY: Final = (
    Doing("matterPartyRecord", "record", "当事人提交材料: add materials to one's own matter (003-36(3)).", "party"),
    Doing("matterPartySupplement", "supplement", "当事人补正: hand in what was asked for (行政许可法-32).", "party"),
    Doing(
        "matterPartyExercise", "exercise", "当事人行使权利: use a right, or give it up (行政处罚法-44, 63).", "party"
    ),
    Doing("matterPartyWithdraw", "withdraw", "当事人撤回: take one's application back (003-30).", "party"),
)
"""What a party does by number and look-up code, without an account."""
