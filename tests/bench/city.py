"""A city made for measuring: governments, bodies, and as many invented items as asked for, always the same ones.

Names follow the patterns of published lists: seven in ten are penalties whose names hold 处罚, codes of a body stand
together, and an item has three bases and three responsibilities on average.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.powers import LegalBasis, PowerContent, ResponsibilityMatter
from resolvers.library import Change

SEED: Final = 2026
SINCE: Final = date(2020, 1, 1)
CATEGORIES: Final = (
    ("penalty", "CF", 70), ("licence", "XK", 12), ("inspection", "JC", 6), ("coercion", "QZ", 4),
    ("confirmation", "QR", 3), ("other_power", "QT", 3), ("reward", "JL", 0.8), ("levy", "ZS", 0.5),
    ("benefit", "JF", 0.4), ("adjudication", "CJ", 0.2), ("requisition", "ZY", 0.1),
)  # fmt: skip
FIELDS: Final = ["食品", "药品", "特种设备", "道路运输", "城市供水", "燃气", "建筑施工", "安全生产", "危险化学品", "水土保持", "渔业", "种子", "农药", "兽药", "森林", "草原", "矿产资源", "土地", "测绘", "气象", "地震", "消防", "出版", "电影", "文物", "体育", "旅游", "学校", "幼儿园", "医疗机构", "传染病", "职业病", "公共场所", "生活饮用水", "劳动合同", "社会保险", "养老机构", "殡葬", "社会团体", "基金会", "统计", "审计", "价格", "计量", "标准", "认证", "广告", "商标", "专利", "电子商务", "拍卖", "典当", "印章", "保安", "民用爆炸物品", "枪支", "户口", "出入境", "机动车", "船舶", "港口", "航道", "公路", "铁路", "电力", "石油", "煤矿", "节能", "排污", "噪声", "固体废物", "放射性", "湿地", "野生动物", "植物检疫", "动物防疫", "生猪屠宰", "粮食", "盐业", "烟草", "酒类", "人防", "档案", "保密", "宗教", "民族", "房地产", "物业", "住房公积金", "招标投标", "政府采购", "会计", "彩票", "税收", "金融", "保险", "证券", "外商投资", "对外贸易", "海关", "网络安全", "个人信息", "数据"]  # fmt: skip
OBJECTS: Final = ["经营者", "生产单位", "建设单位", "施工单位", "从业人员", "经营场所", "生产设备", "许可证件", "技术档案", "检验报告", "标签标识", "原料来源", "贮存条件", "运输车辆", "安全设施", "应急预案", "培训记录", "排放口", "监测数据", "账簿凭证", "合同文本", "广告宣传", "价格标示", "收费项目", "资质证书", "资格考试", "工程质量", "验收资料", "管理制度", "作业现场", "电子数据", "备案材料", "年度报告", "变更登记", "注销手续", "公示信息", "投诉处理", "服务质量", "设施维护", "隐患整改"]  # fmt: skip
WRONGS: Final = ["未取得", "未按规定保存", "未按规定公示", "擅自变更", "擅自拆除", "伪造", "涂改", "转让", "出租", "出借", "拒绝提供", "逾期未办理", "未建立", "未执行", "违反规定使用", "超范围使用", "虚假填报", "隐瞒", "拖延整改", "拒不配合检查"]  # fmt: skip
STAGES: Final = (("受理", "公示办理条件，一次性告知补正材料"), ("审查", "核对材料，必要时现场核查并制作笔录"), ("决定", "作出书面决定，说明理由并告知救济途径"), ("送达", "按期送达文书，公开办理结果"), ("监管", "开展事中事后检查，记录处理情况"))  # fmt: skip
PLACES: Final = (("990100", "云川市"), ("990181", "青浦县"), ("990182", "梧溪县"))
OFFICES: Final = 84
"""Bodies of each government."""


@dataclass(frozen=True, slots=True)
class Office:
    """A body of the city."""

    place: int
    number: str
    code: str
    name: str


def offices() -> list[Office]:
    """Return the bodies of all governments."""
    return [
        Office(place, f"{number:03}", f"{division}{number:03}", f"{name}{FIELDS[number % len(FIELDS)]}管理局")
        for place, (division, name) in enumerate(PLACES)
        for number in range(1, OFFICES + 1)
    ]


def _name(category: str, field: str, chance: random.Random) -> str:
    """Return a name in the pattern of its category."""
    one, wrong = chance.choice(OBJECTS), chance.choice(WRONGS)
    if category == "penalty":
        second = f"且{chance.choice(WRONGS)}{chance.choice(OBJECTS)}" if chance.random() < 0.35 else ""
        return f"对{field}{chance.choice(OBJECTS)}{wrong}{one}{second}等违法行为的处罚"
    endings = {
        "licence": "许可", "inspection": "情况的监督检查", "coercion": "的查封、扣押", "confirmation": "的认定",
        "other_power": "备案", "reward": "先进单位的奖励", "levy": "费的征收", "benefit": "补助的给付",
        "adjudication": "争议的裁决", "requisition": "的征用",
    }  # fmt: skip
    return f"{field}{one}{endings[category]}"


def _bases(field: str, chance: random.Random) -> tuple[LegalBasis, ...]:
    """Return two to four bases; the laws of a field are few, their articles many."""
    laws = (
        ("law", f"中华人民共和国{field}管理法"),
        ("administrative_regulation", f"{field}管理条例"),
        ("local_regulation", f"云川市{field}条例"),
        ("department_rule", f"{field}监督管理办法"),
        ("law", "中华人民共和国行政处罚法"),
    )
    return tuple(
        LegalBasis(
            kind=kind,
            title=title,
            article=f"第{chance.randint(1, 90)}条第{chance.randint(1, 3)}款",
            text=f"违反本法规定，有下列情形之一的，由主管部门责令限期改正，处{chance.randint(1, 50)}万元以下罚款：{field}有关情形。",
        )
        for kind, title in chance.sample(laws, chance.choice((2, 3, 3, 4)))
    )


def _responsibilities(field: str, chance: random.Random) -> tuple[ResponsibilityMatter, ...]:
    """Return two to four responsibilities, in the order of the work."""
    chosen = sorted(chance.sample(range(len(STAGES)), chance.choice((2, 3, 3, 4))))
    return tuple(
        ResponsibilityMatter(heading=f"{STAGES[at][0]}责任", text=f"{field}科{STAGES[at][1]}，{days}个工作日内完成。")
        for at, days in ((at, chance.randint(1, 20)) for at in chosen)
    )


def contents(count: int) -> Iterator[PowerContent]:
    """Yield the contents of ``count`` items, body by body, as a list is ordered."""
    # A stream of its own, so that names and bases are the ones that earlier measurements had.
    chance, duties = random.Random(SEED), random.Random(SEED + 1)
    bodies = offices()
    kinds, weights = [(code, letters) for code, letters, _ in CATEGORIES], [weight for _, _, weight in CATEGORIES]
    share = -(-count // len(bodies))
    for number in range(count):
        office = bodies[number // share]
        category, letters = chance.choices(kinds, weights)[0]
        field = chance.choice(FIELDS) if chance.random() < 0.3 else office.name[3:-3]
        serial = number % share + 1
        yield PowerContent(
            scheme="bench",
            code=f"{office.code}{letters}{serial:05}",
            name=_name(category, field, chance),
            category=category,
            body=office.code,
            body_name=office.name,
            handling_unit=f"{field}科",
            level="prefecture" if office.place == 0 else "county",
            status=chance.choices(("in_use", "suspended", "cancelled"), (96, 1, 3))[0],
            bases=_bases(field, chance),
            responsibilities=_responsibilities(field, duties),
            accountability=("对应当依法查处的行为不予查处的", "违反法定程序实施的"),
            place=f"{PLACES[office.place][1]}政务服务中心{number % 40 + 1}号窗口",
        )


def changes(count: int, government_ids: list[int]) -> Iterator[Change]:
    """Yield the changes that bring the items into the library."""
    places = {division: key for (division, _), key in zip(PLACES, government_ids, strict=True)}
    for content in contents(count):
        yield Change(places[content.body[:6]], content, "add", SINCE)


def amendments(count: int, government_ids: list[int], every: int) -> Iterator[Change]:
    """Yield a later change of every so-many-th item: its name says so."""
    places = {division: key for (division, _), key in zip(PLACES, government_ids, strict=True)}
    for number, content in enumerate(contents(count)):
        if number % every == 0:
            changed = content.model_copy(update={"name": content.name + "（修订）", "remarks": "依法修订"})
            yield Change(places[content.body[:6]], changed, "modify", date(2025, 7, 1))
