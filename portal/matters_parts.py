"""Parts of forms that say what is wanted: grounds, reasons, ways, services, rights, extensions, corrections.

Each part shows its controls and reads what was typed in them into the data of the act (003-30).
"""
# ruff: noqa: ARG001 -- one signature for all parts

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from domain.procedure_parts import APPROVER_NAMES, Ground
from portal.labels import mark
from portal.matters_fields import LONG, NONE, PAPER, Answers, Bench, Control, Data, Group, Options, Part
from portal.matters_file_parts import required_and_missing
from portal.matters_words import METHODS
from portal.parties_fields import PREFIX, party_groups


def _grounds(bench: Bench) -> Mapping[str, Ground]:
    """Return the closed list of grounds for an act."""
    procedure, matter = bench.procedure, bench.view.matter
    lists: dict[str, Mapping[str, Ground]] = {
        "refuse_acceptance": procedure.refusals,
        "transfer": procedure.transfers,
        "terminate": procedure.terminations,
    }
    return lists.get(bench.kind) or _pauses(bench, {one.ground for one in matter.open_pauses})


def _pauses(bench: Bench, stopped: set[str]) -> dict[str, Ground]:
    # The names of two types of ground are the same; what matters here is name and clause.
    return {
        code: Ground(name=one.name, clause=one.clause, note=one.note)
        for code, one in bench.procedure.by_hand.items()
        if (code in stopped) == (bench.kind == "resume")
    }


def _show_ground(bench: Bench) -> Iterator[Group]:
    options = tuple((code, f"{one.name}（{one.clause}）") for code, one in _grounds(bench).items())
    hint = mark("只能按照流程列明的情形办理。")
    yield Group("", (Control("ground", mark("情形"), "select", hint, required=True, options=(NONE, *options)),))


def _read_ground(answers: Answers, bench: Bench) -> Data:
    return {"ground": answers.needed("ground", "情形")}


def _show_reasons(bench: Bench) -> Iterator[Group]:
    needed = bench.kind != "withdraw"
    yield Group("", (Control("reasons", mark("理由"), "textarea", required=needed, most=LONG),))


def _read_reasons(answers: Answers, bench: Bench) -> Data:
    given = answers.text("reasons") if bench.kind == "withdraw" else answers.needed("reasons", "理由")
    return {"reasons": given}


def _show_onward(bench: Bench) -> Iterator[Group]:
    """The step that follows, where the flow leads on in several ways."""
    ways = bench.procedure.forward(bench.step.key) if bench.step and not bench.step.fork else ()
    if len(ways) < 2:
        return
    options = tuple(
        (way.target, f"{bench.procedure.step(way.target).name}{'：' + way.condition if way.condition else ''}")
        for way in ways
    )
    hint = mark("流程在这里有几条路径。")
    yield Group("", (Control("to", mark("下一环节"), "select", hint, required=True, options=(NONE, *options)),))


def _read_onward(answers: Answers, bench: Bench) -> Data:
    return {"to": answers.text("to")} if answers.text("to") else {}


def _show_back(bench: Bench) -> Iterator[Group]:
    seen = [one.step for one in bench.view.matter.visits if bench.visit is None or one.step != bench.visit.step]
    steps = [bench.procedure.by_key[key] for key in dict.fromkeys(seen) if key in bench.procedure.by_key]
    options = tuple((one.key, one.name) for one in steps)
    yield Group("", (Control("to", mark("退回到"), "select", required=True, options=(NONE, *options)),))


def _read_back(answers: Answers, bench: Bench) -> Data:
    return {"to": answers.needed("to", "退回到")}


def _show_assignee(bench: Bench) -> Iterator[Group]:
    post = bench.step.post if bench.step else ""
    fitting = tuple(
        (one.id, f"{one.name}（{'、'.join(one.posts)}）") for one in bench.people if not post or post in one.posts
    )
    yield Group("", (Control("assignee", mark("承办人"), "select", required=True, options=(NONE, *fitting)),))


def _read_assignee(answers: Answers, bench: Bench) -> Data:
    return {"to": answers.needed("assignee", "承办人")}


def _show_served(bench: Bench) -> Iterator[Group]:
    codes = dict.fromkeys(one.code for one in bench.view.matter.documents)
    names = bench.documents
    papers = tuple((code, names[code].name) for code in codes if code in names)
    methods: Options = tuple(METHODS.items())
    controls = (
        Control("document", mark("送达的文书"), "select", required=True, options=(NONE, *papers)),
        Control("method", mark("送达方式"), "select", required=True, options=methods),
        Control("received", mark("当事人收到的时间"), "datetime-local", mark("与登记时间不同的，请填写。")),
        Control("confirmed", mark("当事人书面同意电子送达"), "checkbox"),
    )
    yield Group("", controls)


def _read_served(answers: Answers, bench: Bench) -> Data:
    found: Data = {"document": answers.needed("document", "送达的文书"), "method": answers.text("method")}
    received = answers.moment("received")
    return found | {"confirmed": answers.ticked("confirmed")} | ({"received": received} if received else {})


def _show_right(bench: Bench) -> Iterator[Group]:
    rights = tuple((code, f"{one.name}（{one.clause}）") for code, one in bench.procedure.rights.items())
    controls = (
        Control("right", mark("权利"), "select", required=True, options=(NONE, *rights)),
        Control("waive", mark("当事人放弃这一权利"), "checkbox", mark("不勾选即为行使。")),
    )
    yield Group("", controls)


def _read_right(answers: Answers, bench: Bench) -> Data:
    return {"right": answers.needed("right", "权利"), "waive": answers.ticked("waive")}


def _show_told(bench: Bench) -> Iterator[Group]:
    controls = (
        Control(
            "told", mark("告知的所需时间"), inputmode="numeric", hint=mark("法律要求书面告知所需时间的，必须填写。")
        ),
        Control("told_notice", mark("告知书文号"), most=200),
        Control("told_digest", mark("告知书的 SHA-256"), hint=PAPER, most=64, wide=True),
    )
    yield Group(mark("书面告知"), controls)


def _read_told(answers: Answers, bench: Bench) -> Data:
    told, notice = answers.whole("told"), answers.text("told_notice")
    if told is None:
        return {}
    found: Data = {"told": told}
    if notice or answers.text("told_digest"):
        found["told_by"] = answers.digest("told_digest", f"{bench.view.row.number}|{notice}")
    return found


def _show_extension(bench: Bench) -> Iterator[Group]:
    limits = tuple(
        (
            code,
            f"{one.name}（最多 {one.extension.value}，经{APPROVER_NAMES[one.extension.approver]}批准，{one.clause}）",
        )
        for code, one in bench.procedure.limits.items()
        if one.extension is not None
    )
    roles: Options = tuple(APPROVER_NAMES.items())
    controls = (
        Control("limit", mark("延长的期限"), "select", required=True, options=(NONE, *limits)),
        Control("value", mark("延长多少"), inputmode="numeric", required=True),
        Control("approved_by", mark("批准人"), "select", required=True, options=(NONE, *bench.colleagues)),
        Control("role", mark("批准人的身份"), "select", required=True, options=roles),
        Control("approval_document", mark("批准文书的文号"), most=200),
    )
    yield Group("", controls)


def _read_extension(answers: Answers, bench: Bench) -> Data:
    approval = {
        "by": answers.needed("approved_by", "批准人"),
        "role": answers.text("role"),
        "document": answers.text("approval_document"),
    }
    answers.needed("value", "延长多少")
    return {
        "limit": answers.needed("limit", "延长的期限"),
        "value": answers.whole("value"),
        "approval": approval,
    }


def _show_items(bench: Bench) -> Iterator[Group]:
    hint = mark("每行一项；应当一次告知全部需要补正的内容。")
    lacking = "\n".join(required_and_missing(bench))
    yield Group(
        "",
        (
            Control(
                "items", mark("需要补正的内容"), "textarea", hint, required=True, rows=6, default=lacking, most=LONG
            ),
        ),
    )


def _read_items(answers: Answers, bench: Bench) -> Data:
    answers.needed("items", "需要补正的内容")
    return {"items": answers.lines("items")}


def _show_received(bench: Bench) -> Iterator[Group]:
    hint = mark("与登记时间不同的，请填写。")
    yield Group("", (Control("received", mark("收到的时间"), "datetime-local", hint),))


def _read_received(answers: Answers, bench: Bench) -> Data:
    received = answers.moment("received")
    return {"received": received} if received else {}


def _show_party(bench: Bench) -> Iterator[Group]:
    yield from party_groups(bench.parties, needed=True)


def _read_party(answers: Answers, bench: Bench) -> Data:
    """The party was settled before; what stands here is its reference."""
    if not answers.text("party"):
        answers.wrong(f"{PREFIX}number", "没有选择或者登记当事人。", "请填写证件号码并查找，或者登记。")
    return {"party": answers.text("party"), "party_kind": answers.text("party_kind")}


def _show_correction(bench: Bench) -> Iterator[Group]:
    controls = (
        Control("event", mark("更正哪一条记录"), inputmode="numeric", hint=mark("办理记录中的序号。"), required=True),
        Control("what", mark("原来的内容"), "textarea", required=True, most=LONG),
        Control("instead", mark("更正为"), "textarea", required=True, most=LONG),
    )
    yield Group("", controls, mark("原记录保持不变，更正另记一条（003-33）。"))


def _read_correction(answers: Answers, bench: Bench) -> Data:
    event = answers.whole("event")
    if event is None and not answers.problems:
        answers.wrong("event", "没有填写更正哪一条记录。", "请填写办理记录中的序号。")
    return {
        "event": event,
        "what": answers.needed("what", "原来的内容"),
        "instead": answers.needed("instead", "更正为"),
    }


def _show_asked(bench: Bench) -> Iterator[Group]:
    controls = (
        Control("of", mark("请求哪个机关协助"), "select", required=True, options=(NONE, *bench.bodies)),
        Control("what", mark("请求协助的内容"), "textarea", required=True, most=LONG),
    )
    yield Group("", controls)


def _read_asked(answers: Answers, bench: Bench) -> Data:
    return {"of": answers.needed("of", "请求哪个机关协助"), "what": answers.needed("what", "请求协助的内容")}


def _show_answer(bench: Bench) -> Iterator[Group]:
    names = dict(bench.bodies)
    open_now = tuple(
        (str(one.number), f"{one.number}：{names.get(one.of, one.of)}")
        for one in bench.view.matter.assistances
        if one.answered is None
    )
    controls = (
        Control("request", mark("答复哪一项请求"), "select", required=True, options=open_now or (NONE,)),
        Control("answer", mark("答复"), "textarea", required=True, most=LONG),
    )
    yield Group("", controls)


def _read_answer(answers: Answers, bench: Bench) -> Data:
    answers.needed("request", "答复哪一项请求")
    return {"request": answers.whole("request"), "answer": answers.needed("answer", "答复")}


def _show_split(bench: Bench) -> Iterator[Group]:
    hint = mark("每行一件的名称；各自编号，事项和当事人不变。")
    yield Group("", (Control("off", mark("分出的案件"), "textarea", hint, required=True, rows=3, most=2000),))


def _read_split(answers: Answers, bench: Bench) -> Data:
    answers.needed("off", "分出的案件")
    return {"off": answers.lines("off")}


def _show_joined(bench: Bench) -> Iterator[Group]:
    """The party's other open cases to tick, and room for the numbers of others."""
    ticks = tuple(Control(f"case-{one.id}", f"{one.title}（{one.number}）", "checkbox") for one in bench.cases)
    if ticks:
        yield Group(mark("同一当事人的其他案件"), ticks, mark("勾选要并入本案的。"))
    hint = mark("每行一个编号；应当是本机关同一当事人的没有决定的案件。")
    others = Control("others", mark("并入本案的案件"), "textarea", hint, required=not ticks, rows=3, most=2000)
    yield Group("", (others,))


def _read_joined(answers: Answers, bench: Bench) -> Data:
    ticked = [one.number for one in bench.cases if answers.ticked(f"case-{one.id}")]
    if not ticked:
        answers.needed("others", "并入本案的案件")
    return {"others": list(dict.fromkeys((*ticked, *answers.lines("others"))))}


def _show_referral(bench: Bench) -> Iterator[Group]:
    hint = mark("应当告知申请人向哪个机关申请的，请填写。")
    yield Group("", (Control("referred_to", mark("告知向何处申请"), hint=hint, most=500, wide=True),))


def _read_referral(answers: Answers, bench: Bench) -> Data:
    return {"referred_to": answers.text("referred_to")}


PARTS: Final[Mapping[str, Part]] = MappingProxyType(
    {
        "ground": Part(_show_ground, _read_ground),
        "reasons": Part(_show_reasons, _read_reasons),
        "onward": Part(_show_onward, _read_onward),
        "back": Part(_show_back, _read_back),
        "assignee": Part(_show_assignee, _read_assignee),
        "served": Part(_show_served, _read_served),
        "right": Part(_show_right, _read_right),
        "told": Part(_show_told, _read_told),
        "extension": Part(_show_extension, _read_extension),
        "items": Part(_show_items, _read_items),
        "received": Part(_show_received, _read_received),
        "party": Part(_show_party, _read_party),
        "correction": Part(_show_correction, _read_correction),
        "asked": Part(_show_asked, _read_asked),
        "answer": Part(_show_answer, _read_answer),
        "split": Part(_show_split, _read_split),
        "joined": Part(_show_joined, _read_joined),
        "referral": Part(_show_referral, _read_referral),
    }
)
"""The parts by name."""
