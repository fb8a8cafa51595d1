"""Legality review 法制审核: when it is due, and whether it has passed (R12: 004-5, 002-4.2.7; 行政处罚法-58)."""

from collections.abc import Iterator
from typing import Final

from domain.engine.hearings import hearing_due
from domain.engine.matter import Given
from domain.engine.refusals import Shortfall
from domain.engine.scenes import Scene

GATE: Final = "legality_review_passed"
GROUNDS: Final = {
    "major_public_interest": "涉及重大公共利益",
    "complex_case": "案件情况疑难复杂、涉及多个法律关系",
    "review_by_law": "法律、法规规定应当进行法制审核",
}
"""行政处罚法-58(1)(1)(3)(4): facts that an officer states; (2), a case that went through a hearing, is seen by itself."""


def review_due(scene: Scene) -> str:
    """Return why the decision needs a legality review, or an empty string if it does not."""
    facts, outcome = scene.matter.facts, scene.outcome
    for code, words in GROUNDS.items():
        if code in facts and facts[code].yes_no:
            return words
    procedure = scene.book.procedure
    if procedure.hearing is not None and procedure.hearing.held in scene.matter.marks:
        return "直接关系当事人或者第三人重大权益，经过听证程序"
    if outcome is not None and hearing_due(outcome, scene.matter.party_kind, procedure):
        return "属于听证范围的较重处罚"
    return ""


def review_gaps(scene: Scene) -> Iterator[Shortfall]:
    """Yield what is missing of a review that is due: it must have agreed, lately, by a qualified other person."""
    why = review_due(scene)
    if not why:
        return
    reviews = [one for one in scene.matter.opinions if _is_review(scene, one)]
    last = reviews[-1] if reviews else None
    proposal = scene.latest_proposal
    if last is None:
        yield scene.missing(GATE, "004-5", f"{why}，未经法制审核，不得作出决定", "请先提交法制审核")
    elif last.opinion.verdict != "agree":
        yield scene.missing(GATE, "004-5", "法制审核未通过，不得作出决定", "请按审核意见处理后重新提交审核")
    elif proposal is not None and last.seq < proposal.seq:
        yield scene.missing(GATE, "004-5", "法制审核后又改变了拟作出的决定", "请就新的处理意见重新提交法制审核")


def _is_review(scene: Scene, given: Given) -> bool:
    step = scene.book.procedure.by_key.get(given.step)
    return step is not None and step.function == "legality_review"
