"""What a rule of supervision can ask: named conditions, each with what it measures. A rule sets thresholds on the measure.

The names are the contract between the rules (data) and the statements that find what is so over all matters.
"""

from dataclasses import dataclass
from typing import Final, Literal

Subject = Literal["matter", "item", "body", "rule", "system"]
Unit = Literal["level", "times", "percent", "workdays", "months", "hours", "pieces", "yes"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: what an alert of it is about, what is measured in which unit, and whether matters tell it alone.

    ``by_events``: everything it looks at is a matter's own record, so each act can be answered at once; the others are
    found by the sweep.
    """

    name: str
    title: str
    subject: Subject
    unit: Unit
    by_events: bool = False


def _matter(name: str, title: str, unit: Unit = "yes") -> Condition:
    return Condition(name, title, "matter", unit, by_events=True)


CONDITIONS: Final = {
    one.name: one
    for one in (
        _matter("limit_passed", "期限届满或者超过期限（0 届满当日，1 超过一个工作日，2 超过两个工作日以上）", "level"),
        _matter("step_limit_passed", "单个环节超过环节时限"),
        _matter("summary_missing", "案件没有摘要：名称只是事项名称，也没有登记要素"),
        _matter("materials_missing", "受理时缺少必要材料（份数）", "pieces"),
        _matter("acceptance_notice_missing", "受理以后已办结一个环节，仍没有受理通知书"),
        _matter("result_missing", "办结时没有办理结果"),
        _matter("process_missing", "办结时没有任何环节的办理记录"),
        _matter("decision_text_missing", "办结时没有决定文书"),
        _matter("order_wrong", "登记、受理、决定、送达、办结的时间先后颠倒"),
        _matter("not_accepted", "不予受理"),
        _matter("supplement_repeated", "告知补正的次数", "times"),
        _matter("supplement_late", "受理以后又要求补正的次数", "times"),
        _matter("returned_repeatedly", "同一环节退回的次数", "times"),
        _matter("suspended_repeatedly", "暂停的次数", "times"),
        _matter("fee_deviates", "实际收费偏离标准的百分比", "percent"),
        _matter("tier_deviates", "罚款偏离裁量基准的项数", "pieces"),
        _matter(
            "handling_not_started", "督办件没有按期签收（0 届满当日，1 超过一个工作日，2 超过两个工作日以上）", "level"
        ),
        _matter("handling_step_late", "督办的单个环节超过环节时限"),
        Condition(
            "handling_not_finished", "承办单位超过督办要求的完成日期或者整改期限（工作日）", "matter", "workdays"
        ),
        Condition("power_beyond_list", "行使了清单以外的权力", "matter", "yes"),
        Condition("cancelled_power_used", "行使了已取消或者已暂停的权力", "matter", "yes"),
        Condition("element_unapproved", "事项要素未经审核确认而变更", "item", "yes"),
        Condition("application_late", "法律依据失效后没有申请调整的工作日", "item", "workdays"),
        Condition("list_not_published", "行使权力而没有公布权力事项目录", "body", "yes"),
        Condition("chart_not_published", "没有公布外部流程图的事项数", "body", "pieces"),
        Condition("score_failed", "考核评分属于应当责令限期整改的等次", "body", "yes"),
        Condition("report_late", "年度报告超过报送日期的工作日", "body", "workdays"),
        Condition("objection_late", "得分异议超过复核期限的工作日", "body", "workdays"),
        Condition("item_idle", "事项没有办件的月数", "item", "months"),
        Condition("rule_silent", "监察规则没有发现过问题的月数", "rule", "months"),
        Condition("watchman_late", "到期事项没有按时处理的小时数", "system", "hours"),
        Condition("report_up_late", "上级平台没有接收的数据已等待的小时数", "system", "hours"),
        Condition("rate_not_running", "近一年没有办件的在用事项占比", "body", "percent"),
        Condition("rate_refused", "上月登记的办件中不予受理的占比", "body", "percent"),
        Condition("rate_alarmed", "上月在办的办件中发生报警的占比", "body", "percent"),
        Condition("rate_overdue", "上月在办的办件中超期的占比", "body", "percent"),
        Condition("rate_content", "上月在办的办件中内容不规范的占比", "body", "percent"),
        Condition("rate_flow", "上月在办的办件中流程不规范的占比", "body", "percent"),
        Condition("rate_discretion", "上月决定的办件中裁量偏离的占比", "body", "percent"),
        Condition("rate_handling", "上月在办的督办件中逾期的占比", "body", "percent"),
    )
}
"""All conditions, by name."""

EXPRESSED: Final = _matter("expression", "监察机构自定的表达式", "times")
"""What rules of the supervisors' own ask: an expression over the view of a matter (`expressions.py`), yes or a number."""
