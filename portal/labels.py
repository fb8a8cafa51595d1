"""Words for the codes that data carries. Profile words win where a profile has them; these are the standard ones.

Marked with ``mark`` so that the catalogue tool finds them; templates translate them with ``_``.
"""

from domain.benchmarks import FineRange
from domain.flows import Limit


def mark(text: str) -> str:
    """Mark a text for translation and return it unchanged."""
    return text


CATEGORIES: dict[str, str] = {
    "licence": mark("行政许可"),
    "penalty": mark("行政处罚"),
    "coercion": mark("行政强制"),
    "levy": mark("行政征收"),
    "benefit": mark("行政给付"),
    "inspection": mark("行政检查"),
    "confirmation": mark("行政确认"),
    "reward": mark("行政奖励"),
    "requisition": mark("行政征用"),
    "adjudication": mark("行政裁决"),
    "other_power": mark("其他行政权力"),
}
CATEGORY_HINTS: dict[str, str] = {
    "licence": mark("申请办证、审批、核准"),
    "penalty": mark("违法行为如何处罚"),
    "coercion": mark("查封、扣押、强制执行"),
    "levy": mark("收取税费和其他款项"),
    "benefit": mark("救助、补贴、优待"),
    "inspection": mark("监督检查、抽查"),
    "confirmation": mark("登记、认定、鉴定"),
    "reward": mark("表彰和奖励"),
    "requisition": mark("依法征用财产并补偿"),
    "adjudication": mark("裁决民事争议"),
    "other_power": mark("备案、复核等其他事项"),
}
LEVELS: dict[str, str] = {
    "state": mark("国家级"),
    "province": mark("省级"),
    "prefecture": mark("市级"),
    "county": mark("县级"),
    "township": mark("乡级"),
}
STATUSES: dict[str, str] = {"in_use": mark("在用"), "suspended": mark("暂停"), "cancelled": mark("取消")}
STATUS_SIGNS: dict[str, str] = {"in_use": "●", "suspended": "◐", "cancelled": "○"}
CHANGES: dict[str, str] = {
    "add": mark("新增"),
    "modify": mark("修改"),
    "suspend": mark("暂停"),
    "resume": mark("恢复"),
    "cancel": mark("取消"),
    "delegate": mark("下放"),
    "merge": mark("合并"),
    "split": mark("拆分"),
    "correct": mark("更正"),
}
CHANGE_HINTS: dict[str, str] = {
    "add": mark("这一事项列入权力清单。"),
    "modify": mark("法律依据或者实际情况发生变化，事项内容随之修改。"),
    "suspend": mark("这一事项自生效日起暂停行使。"),
    "resume": mark("这一事项自生效日起恢复行使。"),
    "cancel": mark("这一事项自生效日起不再行使。"),
    "delegate": mark("这一事项下放到下级机关行使。"),
    "merge": mark("这一事项与其他事项合并。"),
    "split": mark("这一事项拆分为几个事项。"),
    "correct": mark("公布的内容有误，予以更正；有误的版本仍可查看。"),
}
BASIS_KINDS: dict[str, str] = {
    "law": mark("法律"),
    "administrative_regulation": mark("行政法规"),
    "state_council_decision": mark("国务院决定"),
    "local_regulation": mark("地方性法规"),
    "department_rule": mark("部门规章"),
    "local_rule": mark("地方政府规章"),
    "rule": mark("规章"),
    "regulation": mark("法规"),
    "normative_document": mark("规范性文件"),
    "party_document": mark("党内法规文件"),
    "other": mark("其他依据"),
    "untagged": mark("未标明类别"),
}
BODY_KINDS: dict[str, str] = {
    "statutory": mark("法定行政机关"),
    "authorised": mark("法律法规授权组织"),
    "entrusted": mark("受委托组织"),
}
MATERIAL_FORMS: dict[str, str] = {"paper": mark("纸质"), "electronic": mark("电子"), "either": mark("纸质或者电子")}
RISK_GRADES: dict[str, str] = {"high": mark("高"), "medium": mark("中"), "low": mark("低")}
CHARTS: dict[str, str] = {
    "external": mark("外部流程图"),
    "internal": mark("内部流程图"),
    "risk": mark("廉政风险防控图"),
}
UNITS: dict[str, str] = {
    "workday": mark("个工作日"),
    "day": mark("日"),
    "month": mark("个月"),
    "year": mark("年"),
    "hour": mark("小时"),
    "immediate": mark("即时办理"),
}
STARTS: dict[str, str] = {
    "received": mark("自收到申请之日起"),
    "accepted": mark("自受理之日起"),
    "filed": mark("自立案之日起"),
    "decided": mark("自作出决定之日起"),
}
DAY_REASONS: dict[str, str] = {
    "start": mark("起算当日"),
    "workday": mark("工作日"),
    "make_up_workday": mark("调休上班日"),
    "weekend": mark("周末"),
    "holiday": mark("节假日"),
    "calendar_day": mark("按日计算"),
    "paused": mark("暂停计时"),
    "moved": mark("最后一日逢休息日，顺延"),
}
ORDERS: dict[str, str] = {
    "relevance": mark("最相关"),
    "code": mark("按权力编码"),
    "name": mark("按名称"),
    "changed": mark("最近变化"),
}
WEEKDAYS: tuple[str, ...] = (
    mark("周一"),
    mark("周二"),
    mark("周三"),
    mark("周四"),
    mark("周五"),
    mark("周六"),
    mark("周日"),
)


def limit_parts(limit: Limit | None) -> tuple[str, str]:
    """Return the number and the unit's word of a limit; an immediate one has no number."""
    if limit is None:
        return "", ""
    return ("" if limit.unit == "immediate" else str(limit.value)), UNITS[limit.unit]


def fine_parts(fine: FineRange | None) -> tuple[str, str, str, str]:
    """Return lowest, highest (empty: no bound), unit and base of a range of fines."""
    if fine is None:
        return "", "", "", ""
    highest = "" if fine.highest is None else f"{fine.highest.normalize():,f}"
    return f"{fine.lowest.normalize():,f}", highest, fine.unit, fine.base


def share(part: int, whole: int) -> str:
    """Return a share with one decimal, and a dash where there is nothing to take it of."""
    return f"{100 * part / whole:.1f}%" if whole else "—"
