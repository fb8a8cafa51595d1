"""The part for a proposal or a decision: result, measures, fines by benchmark and tier, confiscation, fees (R11)."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from domain.engine.parts import Outcome
from portal.labels import mark
from portal.matters_fields import LONG, NONE, Answers, Bench, Control, Data, Group, Part

FINES, FEES = 3, 2
JUDGING: Final = ("investigation", "review", "discussion", "notice", "hearing", "legality_review", "handling")
"""What a step is for in which something may be proposed."""


def _last(bench: Bench) -> Outcome | None:
    """Return the last proposal: a decision begins from it."""
    return bench.view.matter.proposals[-1].outcome if bench.view.matter.proposals else None


def _show_outcome(bench: Bench) -> Iterator[Group]:
    if not _must(bench) and not _proposing(bench) and (bench.step is None or bench.step.function not in JUDGING):
        return
    last = _last(bench)
    results = tuple((code, f"{one.name}（{one.clause}）") for code, one in bench.procedure.results.items())
    given = last.result if last else ""
    reasons = last.reasons if last else ""
    controls = (
        Control("result", mark("结果"), "select", required=_must(bench), options=(NONE, *results), default=given),
        Control(
            "outcome_reasons", mark("理由"), "textarea", mark("否定的结果必须说明理由。"), default=reasons, most=LONG
        ),
    )
    name = mark("决定") if bench.kind == "decide" else mark("拟作出的决定")
    yield Group(name, controls, folded=not _must(bench) and not _proposing(bench))
    if bench.procedure.measures:
        yield from _penalty(bench, last)
    yield from _fees(bench)


def _must(bench: Bench) -> bool:
    return bench.kind == "decide"


def _proposing(bench: Bench) -> bool:
    return bench.step is not None and bench.step.needs.proposal


def _penalty(bench: Bench, last: Outcome | None) -> Iterator[Group]:
    measures = tuple(
        Control(
            f"measure-{code}",
            one.name,
            "checkbox",
            f"依据 {one.clause}",
            default="on" if last and code in last.measures else "",
        )
        for code, one in bench.procedure.measures.items()
    )
    folded = not _must(bench) and not _proposing(bench)
    if not bench.of_item:
        yield Group(mark("处理意见"), measures, folded=folded)
        return
    amount = Control("confiscated", mark("没收数额（元）"), inputmode="decimal")
    yield Group(mark("处罚种类"), (*measures, amount), folded=folded)
    for number in range(1, FINES + 1):
        yield Group(f"第{number}项罚款", _fine(bench, last, number), _ranges(bench), folded=folded or number > 1)


def _ranges(bench: Bench) -> str:
    """Tell the law's range and every tier, so that nobody has to look them up."""
    found = []
    for one in bench.view.book.benchmarks:
        tiers = "；".join(f"{tier.name}：{tier.text}" if getattr(tier, "text", "") else tier.name for tier in one.tiers)
        found.append(f"{one.violation}（{one.basis}）：{one.range_text or '见裁量基准'}；阶次：{tiers}。")
    return "".join(found)


def _fine(bench: Bench, last: Outcome | None, number: int) -> tuple[Control, ...]:
    benchmarks = bench.view.book.benchmarks
    old = last.fines[number - 1] if last and len(last.fines) >= number else None
    violations = tuple((one.violation, one.violation) for one in benchmarks)
    tiers = tuple(dict.fromkeys((tier.name, tier.name) for one in benchmarks for tier in one.tiers))
    papers = tuple((code, one.name) for code, one in bench.procedure.documents.items())
    here = f"fine{number}"
    return (
        Control(
            f"{here}-violation",
            mark("违法行为"),
            "select",
            options=(NONE, *violations),
            default=old.violation if old else "",
        ),
        Control(f"{here}-tier", mark("裁量阶次"), "select", options=(NONE, *tiers), default=old.tier if old else ""),
        Control(
            f"{here}-amount", mark("罚款数额（元）"), inputmode="decimal", default=f"{old.amount:f}" if old else ""
        ),
        Control(
            f"{here}-base", mark("计算基数的名称"), hint=mark("按倍数或者比例罚款的，请填写，例如货值金额。"), most=100
        ),
        Control(f"{here}-base-amount", mark("计算基数的数额（元）"), inputmode="decimal"),
        Control(
            f"{here}-lighter",
            mark("减轻处罚的情形"),
            hint=mark("低于法定最低罚款的，请填写（行政处罚法-32）。"),
            wide=True,
        ),
        Control(
            f"{here}-reasons",
            mark("偏离裁量基准的理由"),
            "textarea",
            mark("超出裁量阶次的，须说明理由并经批准；超出法定幅度的不能提交。"),
            rows=3,
            most=LONG,
        ),
        Control(f"{here}-approved", mark("批准偏离的负责人"), "select", options=(NONE, *bench.colleagues)),
        Control(f"{here}-document", mark("批准文书"), "select", options=(NONE, *papers)),
    )


def _fees(bench: Bench) -> Iterator[Group]:
    standards = tuple((one.name, f"{one.name}（不超过{one.most}元，{one.clause}）") for one in bench.view.book.fees)
    if not standards:
        return
    controls: list[Control] = []
    for number in range(1, FEES + 1):
        controls.append(Control(f"fee{number}", f"收费项目{number}", "select", options=(NONE, *standards)))
        controls.append(Control(f"fee{number}-amount", f"收费项目{number}的数额（元）", inputmode="decimal"))
    yield Group(mark("收费"), tuple(controls), folded=True)


def _read_outcome(answers: Answers, bench: Bench) -> Data:
    name = "outcome" if bench.kind == "decide" else "proposal"
    result = answers.text("result")
    measures = [code for code in bench.procedure.measures if answers.ticked(f"measure-{code}")]
    fines = [one for number in range(1, FINES + 1) for one in _fine_read(answers, number)]
    fees = [
        {"name": answers.text(f"fee{number}"), "amount": answers.amount(f"fee{number}-amount")}
        for number in range(1, FEES + 1)
        if answers.text(f"fee{number}")
    ]
    confiscated = answers.amount("confiscated")
    if not result:
        # A decision without a result, and measures without one, are told; an untouched proposal is left out.
        if name == "outcome" or measures or fines or answers.text("outcome_reasons"):
            answers.wrong("result", "没有选择结果。", "请选择结果。")
        return {}
    found: Data = {"result": result, "reasons": answers.text("outcome_reasons"), "measures": measures, "fines": fines}
    return {name: found | {"fees": fees} | ({"confiscated": confiscated} if confiscated else {})}


def _fine_read(answers: Answers, number: int) -> Iterator[dict[str, Any]]:
    here = f"fine{number}"
    violation, amount = answers.text(f"{here}-violation"), answers.amount(f"{here}-amount")
    if not violation and amount is None:
        return
    if not violation or amount is None:
        answers.wrong(f"{here}-amount", f"第{number}项罚款没有填写完整。", "请选择违法行为并填写数额。")
        return
    found: dict[str, Any] = {"violation": violation, "tier": answers.text(f"{here}-tier"), "amount": amount}
    found["lighter"] = answers.text(f"{here}-lighter")
    base = answers.amount(f"{here}-base-amount")
    if base is not None:
        found["bases"] = {answers.needed(f"{here}-base", "计算基数的名称"): base}
    reasons, approved = answers.text(f"{here}-reasons"), answers.text(f"{here}-approved")
    if reasons or approved:
        if not (reasons and approved):
            answers.wrong(f"{here}-reasons", "偏离裁量基准没有填写完整。", "请同时填写理由和批准的负责人。")
        document = answers.text(f"{here}-document")
        found["deviation"] = {"reasons": reasons, "approved_by": approved} | (
            {"document": document} if document else {}
        )
    yield found


PARTS: Final[Mapping[str, Part]] = MappingProxyType({"outcome": Part(_show_outcome, _read_outcome)})
"""The parts by name."""
