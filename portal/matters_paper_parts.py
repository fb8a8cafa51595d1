"""The part of an act's form by which documents are made: a box and the texts of each (003-31(5))."""

from collections.abc import Iterator

from portal.labels import mark
from portal.matters_fields import LONG, Answers, Bench, Control, Data, Group, Part
from resolvers.papers import Draft, PaperOrder

MAKE = "make"
PERSONS = "persons"


def wanted(bench: Bench) -> tuple[Draft, ...]:
    """Return the documents that the form offers: asked for, needed by the step, or usual with this act."""
    needs = bench.step.needs if bench.step else None
    needed = {*needs.documents, *needs.served} if needs else set()
    made = {one.code for one in bench.view.matter.documents}
    return tuple(
        one
        for one in bench.papers
        if one.code in bench.chosen
        or (one.code in needed and one.code not in made)
        or (bench.kind != "record" and one.acts[:1] == (bench.kind,) and one.code not in made and not _of_a_step(one))
    )


def _of_a_step(draft: Draft) -> bool:
    """What goes with the end of a step is needed by that step, or asked for."""
    return draft.acts[0] in ("complete", "decide")


def further(bench: Bench) -> tuple[tuple[str, str], ...]:
    """Return the kinds of documents that the form can be asked to offer as well: code and name."""
    shown = {one.code for one in wanted(bench)}
    return tuple((one.code, one.name) for one in bench.papers if one.code not in shown)


def _show(bench: Bench) -> Iterator[Group]:
    for draft in wanted(bench):
        yield Group(
            f"制作《{draft.name}》",
            tuple(_controls(draft, ticked=draft.code in bench.chosen)),
            f"依据 {draft.clause}。勾选后由系统制作、编号并存入案卷；当事人信息由系统填入。",
            preview=draft.code,
        )


def _controls(draft: Draft, *, ticked: bool) -> Iterator[Control]:
    label = f"制作《{draft.name}》"
    yield Control(f"{MAKE}-{draft.code}", label, "checkbox", default="on" if ticked else "")
    for one in draft.fields:
        name, kind = f"{MAKE}-{draft.code}-{one.name}", "textarea" if one.rows > 1 else "text"
        hint = one.hint or (mark("留空时由系统按办件内容填写；没有内容可填的会提示。") if not one.value else "")
        yield Control(name, one.label, kind, hint, default=one.value, rows=min(one.rows, 10), most=LONG, wide=True)
    if "discussion" in draft.code or "hearing_record" in draft.code:
        hint = mark("讨论、听证等的参加人，每行一人。")
        yield Control(f"{MAKE}-{draft.code}-{PERSONS}", mark("登记参加人"), "textarea", hint, rows=2, most=2000)


def offered(answers: Answers) -> tuple[str, ...]:
    """Return the documents whose texts a posted form holds: they are offered again where it is shown again."""
    found = (name.split("-")[1] for name in answers.values if name.startswith(f"{MAKE}-"))
    return tuple(dict.fromkeys(found))


def order_of(answers: Answers, code: str) -> PaperOrder:
    """Return the document that a form asks for, with the texts that were typed."""
    head = f"{MAKE}-{code}-"
    texts = {
        name.removeprefix(head): text
        for name, text in answers.values.items()
        if name.startswith(head) and text and name != f"{head}{PERSONS}"
    }
    return PaperOrder(code, texts, tuple(answers.lines(f"{head}{PERSONS}")))


def _read(answers: Answers, bench: Bench) -> Data:
    codes = [one.code for one in bench.papers if answers.ticked(f"{MAKE}-{one.code}")]
    return {"papers": tuple(order_of(answers, code) for code in codes)} if codes else {}


PART = Part(_show, _read)
