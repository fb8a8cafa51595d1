"""What a step needs before it is left: materials, an opinion, a proposal, documents, service, facts, recordings."""

from collections.abc import Iterator

from domain.engine.acts import Complete
from domain.engine.gates import materials_complete
from domain.engine.refusals import Shortfall
from domain.engine.scenes import Scene

NEEDS = "needs"


def needs_gaps(scene: Scene) -> tuple[Shortfall, ...]:
    """Return everything that the step of a scene needs and that is not there."""
    return (*_judged(scene), *_papers(scene), *_recorded(scene))


def _judged(scene: Scene) -> Iterator[Shortfall]:
    needs = scene.step.needs
    if needs.materials:
        yield from materials_complete(scene)
    given = scene.brought.opinion or any(one.visit == scene.visit.number for one in scene.matter.opinions)
    if needs.opinion and not given:
        yield scene.missing(NEEDS, "003-30", "没有签署意见", "请填写办理意见")
    proposing = isinstance(scene.act, Complete) and scene.act.proposal is not None
    if needs.proposal and not proposing:
        yield scene.missing(NEEDS, "003-30", "没有提出处理建议", "请填写拟作出的决定")


# 003-31(5): documents are made by the platform, and those for the party are served.
def _papers(scene: Scene) -> Iterator[Shortfall]:
    documents = scene.book.procedure.documents
    for code in scene.step.needs.documents:
        if scene.document(code) is None:
            rule = documents[code]
            yield scene.missing(NEEDS, rule.clause, f"没有制作《{rule.name}》", f"请制作《{rule.name}》")
    for code in scene.step.needs.served:
        if scene.last_served(code) is None:
            rule = documents[code]
            yield scene.missing(NEEDS, rule.clause, f"《{rule.name}》尚未送达", "请登记送达")


def _recorded(scene: Scene) -> Iterator[Shortfall]:
    procedure = scene.book.procedure
    facts = {*scene.matter.facts, *(fact.code for fact in scene.brought.facts)}
    for code in scene.step.needs.facts:
        if code not in facts:
            rule = procedure.facts[code]
            yield scene.missing(NEEDS, rule.clause, f"没有登记“{rule.name}”", f"请填写“{rule.name}”")
    recordings = {one.code for one in (*scene.matter.recordings, *scene.brought.recordings)}
    for code in scene.step.needs.recordings:
        if code not in recordings:
            name = procedure.recordings[code].name
            yield scene.missing(NEEDS, "004-4", f"缺少音像记录“{name}”", "请登记音像记录")
