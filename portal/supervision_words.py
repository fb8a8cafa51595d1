"""Words of supervision: grades with their signs, kinds, states, and the grounds on which an alert is lifted."""

from collections.abc import Mapping
from typing import Final

from portal.labels import mark

# Colour never stands alone: each grade has a sign and its word beside it.
GRADE_SIGNS: Final[Mapping[str, str]] = {"alarm": "■", "warning": "▲", "reminder": "●"}
GRADES: Final[Mapping[str, str]] = {"alarm": mark("报警"), "warning": mark("预警"), "reminder": mark("提醒")}
KINDS: Final[Mapping[str, str]] = {
    "time": mark("时效"),
    "flow": mark("流程"),
    "content": mark("内容"),
    "discretion": mark("裁量"),
    "risk": mark("风险防控"),
    "disclosure": mark("公开"),
    "silence": mark("静默"),
}
STATES: Final[Mapping[str, str]] = {"open": mark("未摘牌"), "lifted": mark("已摘牌")}
RULE_STATES: Final[Mapping[str, str]] = {
    "draft": mark("草案"),
    "on_trial": mark("试运行"),
    "active": mark("启用"),
    "retired": mark("停用"),
}
GROUNDS: Final[Mapping[str, str]] = {
    "unfounded": mark("不属实：数据或者判断有误"),
    "objective": mark("有客观原因，机关没有过错"),
    "corrected": mark("已经整改到位"),
    "handled": mark("已作出督办认定"),
}
HAPPENINGS: Final[Mapping[str, str]] = {
    "alert.opened": mark("发现"),
    "alert.risen": mark("升级"),
    "alert.lifted": mark("摘牌"),
    "alert.taken_up": mark("转督办"),
    "alert.applied": mark("申请暂停"),
}
SUBJECTS: Final[Mapping[str, str]] = {
    "matter": mark("办件"),
    "item": mark("事项"),
    "body": mark("机关"),
    "rule": mark("规则"),
    "system": mark("系统"),
}
SOURCES: Final[Mapping[str, str]] = {
    "alert": mark("监察预警"),
    "complaint": mark("投诉举报"),
    "own": mark("监督检查中发现"),
    "upper": mark("上级交办"),
}
WATCHED: Final[Mapping[str, str]] = {
    "": mark("办件和督办件"),
    "case": mark("办件"),
    "penalty_case": mark("行政处罚案件"),
    "supervision_case": mark("督办件"),
}
INSPECTION_STATES: Final[Mapping[str, str]] = {
    "planned": mark("已计划"),
    "drawn": mark("检查中"),
    "closed": mark("已结束"),
}
RISKS: Final[Mapping[str, str]] = {"high": mark("高风险"), "medium": mark("中风险"), "low": mark("低风险")}

TRENDS: Final[Mapping[str, str]] = {
    "governments": mark("按地区"),
    "units": mark("按机构"),
    "posts": mark("按岗位"),
    "powers": mark("按事项"),
}
# What an address asks of alerts beside the fields of the form, as a page tells it.
NARROWED: Final[Mapping[str, str]] = {
    "government": mark("地区编号"),
    "unit": mark("机构"),
    "post": mark("岗位"),
    "power": mark("事项编码"),
    "item": mark("事项编码"),
    "step": mark("环节代码"),
    "matter": mark("办件编号"),
    "week": mark("从哪天起的一周"),
    "from": mark("从哪天起"),
    "nobody": mark("没有负责机关"),
    "counted": mark("不计不属实和没有过错的"),
}


def narrowed(query: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return label and value of what an address asks beside the form; of a yes the label alone."""
    return tuple(
        (NARROWED[key], "" if value == "on" else value) for key, value in query.items() if key in NARROWED and value
    )
