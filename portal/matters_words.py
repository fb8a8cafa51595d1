"""Words of running matters: phases, endings, kinds, urgency, and how an act's parts are called on a page."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from domain.engine.acts import ACT_NAMES
from domain.engine.parts import Fact
from domain.procedures import Procedure
from portal.labels import mark
from portal.rendering import LOCAL

PHASES: Final[Mapping[str, str]] = {
    "received": mark("已收件"),
    "running": mark("办理中"),
    "closed": mark("已办结"),
    "archived": mark("已归档"),
}
ENDINGS: Final[Mapping[str, str]] = {
    "": "",
    "finished": mark("办结"),
    "not_accepted": mark("不予受理"),
    "withdrawn": mark("撤回"),
    "terminated": mark("终止"),
    "transferred": mark("移送"),
    "merged": mark("并案"),
    "abandoned": mark("视为放弃"),
}
KINDS: Final[Mapping[str, str]] = {
    "case": mark("办件"),
    "penalty_case": mark("案件"),
    "adjustment": mark("权力调整"),
    "complaint": mark("投诉举报"),
    "supervision_case": mark("督办件"),
    "filing": mark("备案"),
    "dossier_review": mark("案卷评查"),
    "reconsideration": mark("行政复议"),
    "accountability": mark("责任追究"),
    "decision": mark("重大行政决策"),
    "rating_review": mark("差评核查"),
}
# R10: colour never stands alone; each grade has a sign and its words beside it.
URGENCY_SIGNS: Final[Mapping[str, str]] = {
    "overdue": "■",
    "today": "▲",
    "soon": "△",
    "normal": "●",
    "paused": "‖",
    "none": "○",
}
VERDICTS: Final[Mapping[str, str]] = {"agree": mark("同意"), "disagree": mark("不同意"), "neutral": mark("其他意见")}
METHODS: Final[Mapping[str, str]] = {
    "direct": mark("直接送达"),
    "mail": mark("邮寄送达"),
    "electronic": mark("电子送达"),
    "left": mark("留置送达"),
    "entrusted": mark("委托送达"),
    "announcement": mark("公告送达"),
}
PARTIES: Final[Mapping[str, str]] = {"citizen": mark("公民"), "organisation": mark("法人或者其他组织")}
STATES: Final[Mapping[str, str]] = {
    "running": mark("计时中"),
    "paused": mark("计时暂停"),
    "overdue": mark("已超期"),
    "met": mark("按期"),
    "missed": mark("超期办结"),
}
HOWS: Final[Mapping[str, str]] = {
    "": mark("办理中"),
    "completed": mark("已办结"),
    "returned": mark("已退回"),
    "cancelled": mark("已取消"),
}

# 行政处罚法-54(2): a penalty case is filed and concluded; what is applied for is accepted and completed.
OF_PENALTIES: Final[Mapping[str, str]] = {
    "accept": mark("立案"),
    "refuse_acceptance": mark("不予立案"),
    "close": mark("结案"),
}


def act_name(kind: str, of: str) -> str:
    """Return the name of an act as it is called in matters of a kind."""
    return OF_PENALTIES.get(kind, ACT_NAMES[kind]) if of == "penalty_case" else ACT_NAMES[kind]


def fact_name(procedure: Procedure, code: str) -> str:
    """Return the name of a fact: that of the procedure, or the words of a benchmark, which are its code."""
    rule = procedure.facts.get(code)
    return rule.name if rule else code


def fact_text(procedure: Procedure, fact: Fact) -> str:
    """Return the value of a fact as people read it, with its unit."""
    rule = procedure.facts.get(fact.code)
    if fact.yes_no is not None:
        return "是" if fact.yes_no else "否"
    if fact.moment is not None:
        return fact.moment.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M")
    if isinstance(fact.value, date):
        return fact.value.isoformat()
    if fact.code == "violation":
        # Its code comes first, for whoever counts; people read its name.
        return str(fact.value).partition(" ")[2] or str(fact.value)
    return f"{fact.value}{rule.unit if rule else ''}"
