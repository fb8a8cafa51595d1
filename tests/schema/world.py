"""A small city for tests of the interface: everything an item can say is said by one item."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.actors import SYSTEM
from domain.periods import quarter_of
from domain.powers import Chart
from domain.tables.bodies import Body, Government
from resolvers import assessments, matters, supervision
from resolvers.calendar import seed_calendar
from resolvers.charts import record_charts
from resolvers.context import Context, unit_of_work
from resolvers.materials import ForOpening
from resolvers.matters import Opened, Opening
from resolvers.organisation import NewPost, add_unit
from tests import factories
from tests.running import handed_in

ENTERED = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CORRECTED = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
TODAY = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)

WHOLE = "999900110XK00100"  # the item that the examples ask for
PENALTY = "990100001CF00100"


@dataclass(frozen=True)
class City:
    """What was built."""

    government: Government
    office: Body
    bureau: Body


FLOW: dict[str, Any] = {
    "name": "办理流程",
    "steps": [
        {
            "key": "accept",
            "name": "受理",
            "unit": "受理科",
            "post": "受理岗",
            "duty": "核对材料",
            "limit": {"value": 2},
        },
        {"key": "decide", "name": "决定", "post": "决定岗", "limit": {"value": 3, "unit": "day"}},
    ],
    "transitions": [{"source": "accept", "target": "decide", "condition": "材料齐全"}],
}

CHART: dict[str, Any] = {
    "code": "licence-internal",
    "kind": "internal",
    "name": "许可类通用内部流程",
    "flow": FLOW,
    "risk_points": [{"step": "accept", "risk": "压件不办", "grade": "medium", "measures": ["系统自动提醒"]}],
}


def whole() -> dict[str, Any]:
    """Say everything that an item can say."""
    return {
        "code": WHOLE,
        "name": "户外广告设施设置许可",
        "sub_item": "大型设施",
        "handling_unit": "许可科",
        "authority": "负责市区范围内的许可",
        "duties": ["管理市容环境"],
        "entrustments": [{"entrusted": "云川市政务中心", "scope": "受理", "written": True, "valid_from": "2025-01-01"}],
        "bases": [
            {"kind": "administrative_regulation", "title": "城市市容和环境卫生管理条例", "article": "第十一条"},
            {
                "kind": "law",
                "title": "中华人民共和国行政许可法",
                "article": "第十二条",
                "text": "下列事项可以设定行政许可",
            },
        ],
        "responsibilities": [{"heading": "直接实施责任", "text": "一次告知补正材料"}],
        "responsibility_bases": [{"kind": "law", "title": "中华人民共和国行政许可法", "article": "第三十条"}],
        "accountable_persons": ["直接负责的主管人员"],
        "accountability": ["不依法受理的"],
        "accountability_bases": [{"kind": "law", "title": "中华人民共和国行政许可法", "article": "第七十二条"}],
        "remedies": ["申请行政复议"],
        "fees": [{"name": "占道费", "basis": "收费文件", "standard": "每日每平方米一元"}],
        "fee_note": "按面积计收",
        "statutory_limit": {"value": 20, "clause": "行政许可法-42"},
        "promised_limit": {"value": 5},
        "place": "政务中心二楼",
        "contact_phone": "0990-1234567",
        "supervision_phone": "0990-7654321",
        "external_flow": FLOW,
        "internal_chart": "licence-internal",
        "risk_chart": "licence-internal",
        "guide": {
            "conditions": ["设施安全"],
            "materials": [{"name": "申请书", "form": "paper", "copies": 2}],
            "steps": ["提交申请"],
            "review_points": ["位置是否合规"],
            "results": ["许可证"],
            "hours": "工作日九时至十七时",
            "online": True,
            "improper_act": "责令改正",
        },
        "supervision": [{"target": "设置单位", "content": "设施维护", "method": "随机抽查"}],
        "remarks": "无",
        "further": {"公开类型": "主动公开"},
    }


def penalty() -> dict[str, Any]:
    """Say what a penalty with a benchmark says."""
    return {
        "code": PENALTY,
        "name": "对擅自设置户外广告的处罚",
        "category": "penalty",
        "internal_chart": "licence-internal",
        "bases": [
            {"kind": "administrative_regulation", "title": "城市市容和环境卫生管理条例", "article": "第三十六条"}
        ],
        "benchmarks": [
            {
                "violation": "擅自设置大型户外广告",
                "basis": "条例第三十六条",
                "range": {"lowest": "0", "highest": "5000"},
                "tiers": [
                    {
                        "name": "较轻",
                        "measure": "罚款一千元以下",
                        "fine": {"lowest": "0", "highest": "1000.50"},
                        "conditions": [
                            {
                                "kind": "count",
                                "fact": "一年内处罚次数",
                                "at_most": 0,
                                "window_value": 1,
                                "window_unit": "year",
                            },
                            {"kind": "amount", "fact": "设施面积", "unit": "平方米", "below": "10"},
                            {"kind": "stated", "fact": "主动改正"},
                        ],
                    }
                ],
            }
        ],
    }


async def build(ctx: Context) -> City:
    """Build the city: five items in March, one of them corrected in June."""
    then = ctx.at(ENTERED)
    government = await factories.government(then)
    office = await factories.body(then, government, code="990100-001", number="001", name="云川市城市管理局")
    bureau = await factories.body(then, government, code="990100-002", number="002", name="云川市公安局")
    async with unit_of_work(then) as uow:
        await seed_calendar(uow)
        for body in (office, bureau):
            posts = (NewPost("受理岗", "核对材料"), NewPost("决定岗", "作出决定"))
            await add_unit(uow, body, "许可科", posts)
    one, two = office.code, bureau.code
    contents = [
        factories.power(**whole(), body=one),
        factories.power(**penalty(), body=one),
        factories.power(code="990100002QZ00100", name="扣押违禁物品", category="coercion", body=two),
        factories.power(code="990100002QT00100", name="养犬登记", category="other_power", body=two, status="suspended"),
        factories.power(code="990100002JL00100", name="见义勇为奖励", category="reward", body=two, level=""),
    ]
    await factories.confirmed(then, government, [factories.change(government, one) for one in contents])
    await _add_chart(then, government)
    better = contents[1].model_copy(update={"name": "对擅自设置大型户外广告的处罚", "remarks": "更正名称"})
    change = factories.change(government, better, "correct", reason="名称有误", valid_from=date(2026, 3, 2))
    await factories.confirmed(ctx.at(CORRECTED), government, [change])
    return City(government, office, bureau)


async def running(ctx: Context) -> tuple[Opened, Opened]:
    """Let a case and a penalty case run, with something in every part of their files; returns both."""
    ctx = ctx.acting_as(SYSTEM)
    await supervision.keep_shipped(ctx)
    sha, found = "a1" * 32, []
    facts = [{"code": "area", "amount": "12.50"}, {"code": "时", "moment": "2026-03-02T09:30:00.120000+08:00"},
             {"code": "scale", "number": 3}, {"code": "occurred_on", "day": "2026-03-01"},
             {"code": "是", "yes_no": False}]  # fmt: skip
    brings = {
        "materials": [{"name": "申请书", "digest": sha}],
        "facts": facts,
        "documents": [{"code": "closure_report", "number": "云〔2026〕1号", "digest": sha}],
        "opinion": {"verdict": "neutral", "text": "“知悉”"},
    }
    for item in (WHOLE, PENALTY):
        given = await handed_in(ctx, ForOpening(f"running {item}", ""), brings)
        opened = await matters.open_matter(ctx, Opening(item=item, key=f"running {item}", brings=given))
        found.append(opened)
    await supervision.sweep(ctx)
    government = await ctx.db.reads.fetchval("SELECT government_id FROM matter WHERE number = $1", found[0].number)
    then = ctx.at(ctx.now + timedelta(days=120))
    await assessments.freeze(then, government, quarter_of(ctx.today).code)
    await _objected(then)
    return found[0], found[1]


async def _objected(ctx: Context) -> None:
    """Let a score be objected to, restated, and objected to again."""
    scored = (await assessments.list_scores(ctx)).rows
    views = [await assessments.score_view(ctx, one.id) for one in scored]
    (first, *_) = [one.row.id for one in views if one.entries.rows]
    await assessments.object_to(ctx, first, [1], "“系统”故障")
    restated = await assessments.decide(ctx, first, upheld=True, decision="属实")
    await assessments.object_to(ctx, restated or 0, [1], "仍有异议")


async def more_items(ctx: Context, city: City, count: int) -> None:
    """Enter further items of both bodies, each with a basis."""
    bodies = (city.office.code, city.bureau.code)
    basis = {"kind": "law", "title": "中华人民共和国行政许可法", "article": "第十二条"}
    contents = [factories.power(body=bodies[number % 2], bases=[basis]) for number in range(count)]
    changes = [factories.change(city.government, content) for content in contents]
    await factories.confirmed(ctx.at(CORRECTED + timedelta(days=1)), city.government, changes)


async def _add_chart(ctx: Context, government: Government) -> None:
    """Put a generic chart into the library, as a confirmed batch does."""
    async with unit_of_work(ctx) as uow:
        batch = await factories.batch(uow, government.id or 0)
        await record_charts(uow, batch.id or 0, government.id or 0, [Chart.model_validate(CHART)])
