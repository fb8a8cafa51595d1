"""The published form of the list 公示表: its columns, and the words in every cell.

The first columns are those of the form that departments publish; the columns after them hold every other field in
words. What words cannot carry exactly stands beside them as the item's JSON document (`EXACT_HEADER`), so that an
export read back gives the same items, while a cell that somebody edits still wins (`domain.exact_rows`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from domain.benchmarks import DiscretionBenchmark, DiscretionTier
from domain.flows import Flow, Limit, RiskPoint
from domain.lists.bases import join_bases
from domain.lists.duties import join_responsibilities
from domain.lists.limits import limit_text
from domain.powers import Entrustment, Fee, Guide, Material, PowerContent, SupervisionMeasure
from domain.profiles import Profile
from domain.words import GRADES

EXACT_HEADER = "结构化数据（JSON）"
EXACT_SHEET = "结构化数据"
EXACT_SHEET_COLUMNS = ("编码规则", "权力编码", "段", "JSON 片段")
LEVEL_GROUP = "实施层级及权限"
# A cell of a workbook holds 32,767 characters at most.
CELL_CHARACTERS = 32_767
CUT_MARK = "…（以下略，全文见“结构化数据”工作表）"
# A text that a spreadsheet program would take for a formula gets a mark in front, as spreadsheet programs do it.
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a profile for codes of categories, levels, states and schemes."""

    categories: Mapping[str, str]
    levels: Mapping[str, str]
    statuses: Mapping[str, str]

    @classmethod
    def of(cls, profile: Profile) -> "Words":
        """Take the words from a profile."""
        return cls(
            {one.code: one.name for one in profile.categories},
            {one.code: one.name for one in profile.levels},
            {one.code: one.name for one in profile.statuses},
        )


Cell = Callable[[PowerContent, Words], str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header, what stands in it, its width in characters, and the header above it, if any.

    ``told`` columns only tell what the document holds and are not read back.
    """

    header: str
    cell: Cell
    width: int = 16
    group: str = ""
    told: bool = False


def _points(texts: tuple[str, ...]) -> str:
    return "\n".join(texts)


def _lines(lines: list[str]) -> str:
    return "\n".join(line for line in lines if line)


def _limit(limit: Limit | None) -> str:
    return "" if limit is None else limit_text(limit)


def _fees(fees: tuple[Fee, ...]) -> str:
    return "\n".join(f"{fee.name}：{fee.standard}（{fee.basis}）" for fee in fees)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _entrustment(one: Entrustment) -> str:
    written = "书面委托" if one.written else "未签订书面委托"
    span = f"{_day(one.valid_from)}至{_day(one.valid_until)}" if one.valid_from or one.valid_until else ""
    return "；".join(part for part in (one.entrusted, one.scope, one.basis, written, span) if part)


def _flow(flow: Flow | None) -> str:
    if flow is None:
        return ""
    lines = [flow.name]
    for number, step in enumerate(flow.steps, 1):
        limit = f"，{limit_text(step.limit)}" if step.limit else ""
        who = "，".join(part for part in (step.unit, step.post) if part)
        lines.append(
            f"{number}.{step.name}" + (f"（{who}{limit}）" if who else limit) + (f"：{step.duty}" if step.duty else "")
        )
    return _lines(lines)


def _risks(points: tuple[RiskPoint, ...]) -> str:
    return "\n".join(f"[{GRADES[point.grade]}]{point.risk}：{'；'.join(point.measures)}" for point in points)


def _materials(materials: tuple[Material, ...]) -> str:
    return "\n".join(material.name for material in materials)


def _tier(tier: DiscretionTier) -> str:
    return f"　{tier.name}：{tier.text}——{tier.measure}" if tier.text else f"　{tier.name}：{tier.measure}"


def _benchmarks(benchmarks: tuple[DiscretionBenchmark, ...]) -> str:
    lines: list[str] = []
    for number, benchmark in enumerate(benchmarks, 1):
        lines.append(f"{number}.{benchmark.violation}（{benchmark.basis}）{benchmark.range_text}")
        lines += [_tier(tier) for tier in benchmark.tiers]
    return _lines(lines)


def _supervision(measures: tuple[SupervisionMeasure, ...]) -> str:
    return "\n".join(
        f"{one.target}：{one.content}（{one.method}）" if one.method else f"{one.target}：{one.content}"
        for one in measures
    )


def _guide(take: Callable[[Guide], str]) -> Cell:
    return lambda content, _: take(content.guide) if content.guide is not None else ""


def _named(words: Callable[[Words], Mapping[str, str]], take: Callable[[PowerContent], str]) -> Cell:
    return lambda content, given: words(given).get(take(content), take(content))


def _text(take: Callable[[PowerContent], str]) -> Cell:
    return lambda content, _: take(content)


# The form that departments publish, in its order (序号 stands before it).
PUBLISHED: tuple[Column, ...] = (
    Column("事项名称", _text(lambda item: item.name), 28),
    Column("子项名称", _text(lambda item: item.sub_item), 20),
    Column("权力类型", _named(lambda words: words.categories, lambda item: item.category), 12),
    Column("实施依据", _text(lambda item: join_bases(item.bases)), 60),
    Column("行使主体", _text(lambda item: item.body_name), 20),
    Column("承办机构", _text(lambda item: item.handling_unit), 20),
    Column("层级", _named(lambda words: words.levels, lambda item: item.level), 10, LEVEL_GROUP),
    Column("权限", _text(lambda item: item.authority), 28, LEVEL_GROUP),
    Column("部门职责", _text(lambda item: _points(item.duties)), 40),
    Column("责任事项内容", _text(lambda item: join_responsibilities(item.responsibilities)), 50),
    Column("责任事项依据", _text(lambda item: join_bases(item.responsibility_bases)), 50),
    Column("追责对象范围", _text(lambda item: _points(item.accountable_persons)), 20),
    Column("追责情形", _text(lambda item: _points(item.accountability)), 50),
    Column("备注", _text(lambda item: item.remarks), 20),
    Column("救济渠道", _text(lambda item: _points(item.remedies)), 30),
)
# Every other field in words.
OTHERS: tuple[Column, ...] = (
    Column("权力编码", _text(lambda item: item.code), 22),
    Column("编码规则", _text(lambda item: item.scheme), 12),
    Column("责任主体代码", _text(lambda item: item.body), 16),
    Column("权力状态", _named(lambda words: words.statuses, lambda item: item.status), 10),
    Column("状态原因", _text(lambda item: item.status_reason)),
    Column("状态依据", _text(lambda item: item.status_basis)),
    Column("追责依据", _text(lambda item: join_bases(item.accountability_bases)), 40),
    Column("法定期限", _text(lambda item: _limit(item.statutory_limit)), 14),
    Column("承诺期限", _text(lambda item: _limit(item.promised_limit)), 14),
    Column("收费依据和标准", _text(lambda item: item.fee_note), 20),
    Column("办理地点", _text(lambda item: item.place), 20),
    Column("联系电话", _text(lambda item: item.contact_phone), 14),
    Column("监督电话", _text(lambda item: item.supervision_phone), 14),
    Column("办理条件", _guide(lambda guide: _points(guide.conditions)), 30),
    Column("申请材料", _guide(lambda guide: _materials(guide.materials)), 30),
    Column("办理程序", _guide(lambda guide: _points(guide.steps)), 30),
    Column("审查要点", _guide(lambda guide: _points(guide.review_points)), 30),
    Column("办理结果", _guide(lambda guide: _points(guide.results)), 20),
    Column("办理时间", _guide(lambda guide: guide.hours), 20),
    Column("通用外部流程图", _text(lambda item: item.external_chart)),
    Column("通用内部流程图", _text(lambda item: item.internal_chart)),
    Column("通用廉政风险防控图", _text(lambda item: item.risk_chart)),
    Column("缴费项目说明", _text(lambda item: _fees(item.fees)), 20, told=True),
    Column("委托说明", _text(lambda item: "\n".join(map(_entrustment, item.entrustments))), 20, told=True),
    Column("外部流程说明", _text(lambda item: _flow(item.external_flow)), 30, told=True),
    Column("内部流程说明", _text(lambda item: _flow(item.internal_flow)), 30, told=True),
    Column("廉政风险说明", _text(lambda item: _risks(item.risk_points)), 30, told=True),
    Column("裁量基准说明", _text(lambda item: _benchmarks(item.benchmarks)), 40, told=True),
    Column("事中事后监管说明", _text(lambda item: _supervision(item.supervision)), 30, told=True),
    Column(
        "其他栏目说明",
        _text(lambda item: "\n".join(f"{name}：{text}" for name, text in item.further.items())),
        30,
        told=True,
    ),
)
COLUMNS: tuple[Column, ...] = (*PUBLISHED, *OTHERS)
HEADERS: tuple[str, ...] = ("序号", *(column.header for column in COLUMNS))
TOLD_HEADERS = frozenset(column.header for column in COLUMNS if column.told)


def cells(content: PowerContent, words: Words) -> list[str]:
    """Return the words of an item, one text for each of `COLUMNS`."""
    return [column.cell(content, words) for column in COLUMNS]


def cut(text: str, most: int = CELL_CHARACTERS) -> str:
    """Return a text that fits into a cell; what was cut off is said and stands in the exact data."""
    return text if len(text) <= most else text[: most - len(CUT_MARK)] + CUT_MARK


def parts(text: str, most: int = CELL_CHARACTERS) -> list[str]:
    """Return a text in parts that fit into cells."""
    return [text[start : start + most] for start in range(0, max(len(text), 1), most)]


def harmless(text: str) -> str:
    """Return a text that no spreadsheet program takes for a formula when it opens a CSV file."""
    return f"'{text}" if text.startswith(FORMULA_BEGINS) else text
