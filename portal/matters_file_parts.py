"""Parts of forms that bring something to the file: facts, materials, documents, recordings, receipts, opinions, officers.

Each part shows its controls and reads what was typed in them into the data of the act (003-31).
"""
# ruff: noqa: ARG001 -- one signature for all parts

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from portal.labels import mark
from portal.matters_fields import LONG, NONE, PAPER, Answers, Bench, Control, Data, Group, Part, digest_of, slug
from portal.matters_words import VERDICTS, fact_name, fact_text
from resolvers.materials import MaterialView


def _show_opinion(bench: Bench) -> Iterator[Group]:
    needed = bench.kind == "opine" or (bench.step is not None and bench.step.needs.opinion)
    hint = mark("不同意的，必须说明理由（003-31（4））。")
    verdicts = tuple((code, VERDICTS[code]) for code in VERDICTS)
    controls = (
        Control("verdict", mark("结论"), "select", required=bench.kind == "opine", options=(NONE, *verdicts)),
        Control("opinion", mark("意见"), "textarea", most=LONG),
        Control("opinion_reasons", mark("不同意的理由"), "textarea", most=LONG),
    )
    yield Group(mark("办理意见"), controls, hint, folded=not needed)


def _read_opinion(answers: Answers, bench: Bench) -> Data:
    verdict, text, reasons = (answers.text(name) for name in ("verdict", "opinion", "opinion_reasons"))
    if not verdict:
        if text or reasons or bench.kind == "opine":
            answers.wrong("verdict", "没有选择意见的结论。", "请选择同意、不同意或者其他意见。")
        return {}
    return {"opinion": {"verdict": verdict, "text": text, "reasons": reasons}}


class FactField(NamedTuple):
    """A fact that can be recorded: its code, its words, its type and unit, the clause that asks for it."""

    code: str
    name: str
    type: str
    unit: str
    clause: str


OF_CONDITIONS: Final = {"count": "number", "amount": "amount", "stated": "yes_no"}


def facts_of(bench: Bench) -> tuple[FactField, ...]:
    """Return all facts that the procedure declares and that the benchmarks of the item ask about."""
    found = {
        code: FactField(code, fact_name(bench.procedure, code), one.type, one.unit, one.clause)
        for code, one in bench.facts.items()
    }
    conditions = (one for each in bench.view.book.benchmarks for tier in each.tiers for one in tier.conditions)
    for one in conditions:
        unit = getattr(one, "unit", "")
        found.setdefault(one.fact, FactField(one.fact, one.fact, OF_CONDITIONS[one.kind], unit, "003-15"))
    return tuple(found.values())


YES_NO: Final = (("", mark("（未认定）")), ("yes", mark("是")), ("no", mark("否")))
CONTROLS: Final[Mapping[str, tuple[str, str]]] = {
    "text": ("text", ""),
    "number": ("text", "numeric"),
    "amount": ("text", "decimal"),
    "day": ("date", ""),
    "moment": ("datetime-local", ""),
}


def fact_control(one: FactField, known: str = "") -> Control:
    """Return the control of a fact, of its type and with its unit; ``known`` is the value that is recorded already."""
    said = (f"依据 {one.clause}" if one.clause else "", f"已登记：{known}，再次填写即为更新" if known else "")
    label = f"{one.name}（{one.unit}）" if one.unit else one.name
    name, hint = f"fact-{slug(one.code)}", "；".join(filter(None, said))
    if one.type == "yes_no":
        return Control(name, label, "select", hint, options=YES_NO)
    kind, inputmode = CONTROLS[one.type]
    return Control(name, label, kind, hint, inputmode=inputmode, wide=one.type == "text")


def _fact_control(bench: Bench, one: FactField) -> Control:
    known = bench.view.matter.facts.get(one.code)
    return fact_control(one, fact_text(bench.procedure, known) if known else "")


def _show_facts(bench: Bench) -> Iterator[Group]:
    """Facts that the step needs stand open; the others are folded."""
    wanted = bench.step.needs.facts if bench.step else ()
    known = bench.view.matter.facts
    facts = facts_of(bench)
    first = tuple(_fact_control(bench, one) for one in facts if one.code in wanted and one.code not in known)
    more = tuple(_fact_control(bench, one) for one in facts if one.code not in wanted or one.code in known)
    if first:
        yield Group(mark("本环节需要登记的事实"), first)
    if more:
        yield Group(
            mark("其他事实"), more, mark("时间、地点、规模等按数据类型填写，只填写新认定或者变化的。"), folded=True
        )


def fact_values(answers: Answers, facts: Iterable[FactField]) -> list[Data]:
    """Return the facts that were filled in, each as a value of its type."""
    found = []
    for one in facts:
        name = f"fact-{slug(one.code)}"
        if not answers.text(name):
            continue
        value: Any = answers.text(name)
        match one.type:
            case "number":
                value = answers.whole(name)
            case "amount":
                value = answers.amount(name)
            case "day":
                value = answers.day(name)
            case "moment":
                value = answers.moment(name)
            case "yes_no":
                value = value == "yes"
        found.append({"code": one.code, one.type: value})
    return found


def _read_facts(answers: Answers, bench: Bench) -> Data:
    found = fact_values(answers, facts_of(bench))
    return {"facts": found} if found else {}


OTHERS: Final = 2
SIDES: Final = (("party", mark("当事人提交")), ("organ", mark("本机关制作")))


def guide_of(bench: Bench) -> tuple[tuple[str, bool], ...]:
    """Return the materials of the guide, each with whether it is required."""
    guide = bench.view.book.item.guide if bench.view.book.item else None
    return tuple((one.name, one.required) for one in guide.materials) if guide else ()


def required_and_missing(bench: Bench) -> tuple[str, ...]:
    """Return the required materials of the guide that are not in the file (R8)."""
    held = {one.name for one in bench.view.matter.materials}
    return tuple(name for name, required in guide_of(bench) if required and name not in held)


def material_controls(
    names: tuple[tuple[str, bool], ...], held: set[str], loose: tuple[MaterialView, ...]
) -> tuple[Control, ...]:
    """Return what was handed in already, then for each material of a guide its files or papers, and rows for others."""
    found = [
        Control(f"up-{one.id}", f"归入案卷：{one.title or one.name}", "checkbox", _came(one), default="on")
        for one in loose
    ]
    for name, required in names:
        note = "；已在卷" if name in held else ""
        here = f"mat-{slug(name)}"
        found.append(Control(f"{here}-file", name, "file", f"{'必要材料' if required else '视情况提交'}{note}"))
        found.append(Control(here, f"收到“{name}”的纸质件", "checkbox"))
        found.append(Control(f"{here}-copies", f"“{name}”的份数", inputmode="numeric", default="1"))
    for number in range(1, OTHERS + 1):
        here = f"other{number}"
        found.append(Control(here, f"其他材料{number}", most=200, wide=True))
        found.append(Control(f"{here}-file", f"其他材料{number}的文件", "file", mark("没有文件的，按纸质件登记。")))
        found.append(Control(f"{here}-copies", f"其他材料{number}的份数", inputmode="numeric", default="1"))
        found.append(Control(f"{here}-side", f"其他材料{number}的来源", "select", options=SIDES, default="party"))
    return tuple(found)


def _came(one: MaterialView) -> str:
    """Say of a file that came before what it is, who sent it, and whether it can be taken up."""
    whose = "当事人提交" if one.sender == "party" else one.uploaded_by_name
    wait = "；等待病毒检查" if one.scan == "waiting" else ""
    return f"{one.name}（{one.kind.name}，{whose}）{wait}"


def _show_materials(bench: Bench) -> Iterator[Group]:
    held = {one.name for one in bench.view.matter.materials}
    wanted = bench.kind in ("supplement", "record") or bool(bench.loose)
    controls = material_controls(guide_of(bench), held, bench.loose)
    hint = mark("按办事指南上传收到的材料，每项可以选择多个文件；纸质的，勾选并填写份数。")
    yield Group(mark("收到的材料"), controls, hint, folded=not wanted)


def _read_materials(answers: Answers, bench: Bench) -> Data:
    return {"materials": answers.materials} if answers.materials else {}


PAPERS: Final = 2
"""Rows for documents that the step does not need."""


def _needed(bench: Bench) -> tuple[str, ...]:
    """Return the documents that the step needs made or served and that are not made yet."""
    needs = bench.step.needs if bench.step else None
    wanted = (*needs.documents, *needs.served) if needs else ()
    made = {one.code for one in bench.view.matter.documents}
    return tuple(code for code in bench.documents if code in wanted and code not in made)


def _show_documents(bench: Bench) -> Iterator[Group]:
    """Documents that the step needs stand open by name; any other one is chosen from the list."""
    rules, needed = bench.documents, _needed(bench)
    if needed:
        yield Group(mark("本环节需要制作的文书"), tuple(_paper_controls(bench, needed)), PAPER)
    names = tuple((code, f"{rule.name}（{rule.clause}）") for code, rule in rules.items())
    rows: list[Control] = []
    for number in range(1, PAPERS + 1):
        here = f"paper{number}"
        rows.append(Control(here, f"其他文书{number}", "select", options=(NONE, *names)))
        rows.append(Control(f"{here}-number", f"其他文书{number}的文号", most=200))
        rows.append(Control(f"{here}-digest", f"其他文书{number}的 SHA-256", most=64, wide=True))
        rows.append(_persons(here, f"其他文书{number}的参加人"))
    if names:
        yield Group(mark("其他文书"), tuple(rows), PAPER, folded=bench.kind != "record")


def _persons(name: str, label: str) -> Control:
    return Control(f"{name}-persons", label, "textarea", mark("讨论、听证等的参加人，每行一人。"), rows=2, most=2000)


def _paper_controls(bench: Bench, codes: tuple[str, ...]) -> Iterator[Control]:
    for code in codes:
        rule = bench.documents[code]
        yield Control(f"doc-{code}", f"登记《{rule.name}》", "checkbox", f"依据 {rule.clause}")
        yield Control(f"doc-{code}-number", f"《{rule.name}》的文号", most=200)
        yield Control(f"doc-{code}-digest", f"《{rule.name}》的 SHA-256", most=64, wide=True)
        if "discussion" in code or "hearing" in code:
            yield _persons(f"doc-{code}", f"《{rule.name}》的参加人")


def _read_documents(answers: Answers, bench: Bench) -> Data:
    rules = bench.documents
    named = [(code, f"doc-{code}") for code in rules if answers.ticked(f"doc-{code}")]
    chosen = [(answers.text(f"paper{number}"), f"paper{number}") for number in range(1, PAPERS + 1)]
    found = []
    for code, here in (*named, *(one for one in chosen if one[0])):
        number, persons = answers.text(f"{here}-number"), answers.lines(f"{here}-persons")
        digest = answers.digest(f"{here}-digest", f"{bench.view.row.number}|{code}|{number}")
        found.append({"code": code, "number": number, "digest": digest, "persons": persons})
    return {"documents": found} if found else {}


def _show_recordings(bench: Bench) -> Iterator[Group]:
    rules = bench.procedure.recordings
    if not rules:
        return
    wanted = set(bench.step.needs.recordings if bench.step else ())
    missing = wanted - {one.code for one in bench.view.matter.recordings}
    controls = []
    for code, rule in rules.items():
        hint = f"依据 {rule.clause}"
        controls.append(Control(f"rec-{code}", f"登记“{rule.name}”", "checkbox", hint))
        controls.append(Control(f"rec-{code}-began", f"“{rule.name}”的开始时间", "datetime-local"))
        controls.append(Control(f"rec-{code}-ended", f"“{rule.name}”的结束时间", "datetime-local"))
        controls.append(Control(f"rec-{code}-file", f"“{rule.name}”的文件", "file"))
        controls.append(Control(f"rec-{code}-digest", f"“{rule.name}”的 SHA-256", most=64, wide=True))
    hint = mark("音像资料可以上传；另行保存的，登记其摘要。")
    yield Group(mark("音像记录"), tuple(controls), hint, folded=not missing)


def _read_recordings(answers: Answers, bench: Bench) -> Data:
    found = []
    for code in bench.procedure.recordings:
        if not (answers.ticked(f"rec-{code}") or code in answers.recordings):
            continue
        began, ended = answers.moment(f"rec-{code}-began"), answers.moment(f"rec-{code}-ended")
        if not (began and ended) or datetime.fromisoformat(ended) <= datetime.fromisoformat(began):
            answers.wrong(f"rec-{code}-ended", "音像记录的起止时间没有填写或者颠倒。", "请填写开始和结束的时间。")
            continue
        entry = f"{bench.view.row.number}|{code}|{began}|{ended}"
        digest = answers.recordings.get(code) or answers.digest(f"rec-{code}-digest", entry)
        found.append({"code": code, "digest": digest, "began": began, "ended": ended})
    return {"recordings": found} if found else {}


# R15: the system never takes money; what is kept is the bank's receipt.
def _show_receipt(bench: Bench) -> Iterator[Group]:
    if not bench.of_item:
        return
    controls = (
        Control("receipt", mark("回执编号"), most=200),
        Control("receipt_amount", mark("缴款数额（元）"), inputmode="decimal"),
        Control("receipt_day", mark("缴款日期"), "date"),
    )
    paying = bench.step is not None and bench.step.function == "execution"
    yield Group(mark("银行回执"), controls, mark("本系统不收取任何款项，只登记银行的回执。"), folded=not paying)


def _read_receipt(answers: Answers, bench: Bench) -> Data:
    number, amount, day = answers.text("receipt"), answers.amount("receipt_amount"), answers.day("receipt_day")
    if not (number or amount or day):
        return {}
    if not (number and amount and day):
        answers.wrong("receipt", "银行回执没有填写完整。", "请填写编号、数额和日期。")
    return {"receipts": [{"number": number, "amount": amount, "paid_on": day}]}


def _show_officers(bench: Bench) -> Iterator[Group]:
    people = [one for one in bench.people if one.certified] or list(bench.people)
    controls = tuple(
        Control(f"officer-{one.id}", f"{one.name}（{'、'.join(one.posts)}）", "checkbox") for one in people
    )
    rule = bench.step and "certified_officers" in bench.procedure.gates_of(bench.step)
    if controls:
        hint = mark("与您一起办理的人员；执法不得少于两人，均应持有效执法证件。")
        yield Group(mark("共同办理的人员"), controls, hint, folded=not rule)


def _read_officers(answers: Answers, bench: Bench) -> Data:
    found = [one.id for one in bench.people if answers.ticked(f"officer-{one.id}")]
    return {"officers": found} if found else {}


# 003-33: the index names everything in the file; its digest seals it.
def index_of(bench: Bench) -> tuple[str, ...]:
    """Return the lines of the file's index: every material and document with its digest."""
    matter, names = bench.view.matter, bench.procedure.documents
    materials = (f"材料 {one.name} {one.digest}" for one in matter.materials)
    papers = (
        f"文书 {names[one.code].name if one.code in names else one.code} {one.number} {one.digest}"
        for one in matter.documents
    )
    records = (f"音像 {one.code} {one.digest}" for one in matter.recordings)
    return (bench.view.row.number, *materials, *papers, *records)


def _show_index(bench: Bench) -> Iterator[Group]:
    text = "\n".join(index_of(bench))
    hint = mark("案卷目录由系统列出，其摘要写入归档记录；归档后只能更正。")
    yield Group("", (Control("catalogue", mark("案卷目录"), "textarea", hint, default=text, rows=8),))


def _read_index(answers: Answers, bench: Bench) -> Data:
    return {"index": digest_of("\n".join(index_of(bench)))}


PARTS: Final[Mapping[str, Part]] = MappingProxyType(
    {
        "opinion": Part(_show_opinion, _read_opinion),
        "facts": Part(_show_facts, _read_facts),
        "materials": Part(_show_materials, _read_materials),
        "documents": Part(_show_documents, _read_documents),
        "recordings": Part(_show_recordings, _read_recordings),
        "receipt": Part(_show_receipt, _read_receipt),
        "officers": Part(_show_officers, _read_officers),
        "index": Part(_show_index, _read_index),
    }
)
"""The parts by name."""
