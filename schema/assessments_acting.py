"""Mutations of assessment: scoring a period, publishing it, objecting to a score, deciding (003-36(5), 003-43)."""

import strawberry

from resolvers import assessments
from resolvers.errors import FieldProblem, InvalidInput
from schema.acting import Made, same_key
from schema.loading import Info
from schema.supervision_acting import KEY, mutation_of


@strawberry.input(description="评分: score the bodies of your government in a period that is over.")
class AssessmentFreezeInput:
    """Which period."""

    idempotency_key: str = strawberry.field(description=KEY)
    period: str = strawberry.field(description="考核期: such as 2026-Q3 or 2026.")


@strawberry.type(
    description="已评分: how many bodies were scored; 0 where the period was scored before, or takes longer than an answer may."
)
class AssessmentFrozen:
    """Frozen."""

    bodies: int = strawberry.field(description="机关数: how many bodies.")
    order: int | None = strawberry.field(
        description="评定任务: number of the order by which the worker scores the period; null: there was no need for one."
    )


@strawberry.input(description="公布: publish the scores of a period; the ledgers stay internal.")
class AssessmentPublishInput:
    """Which period."""

    idempotency_key: str = strawberry.field(description=KEY)
    period: str = strawberry.field(description="考核期: such as 2026-Q3 or 2026.")


@strawberry.type(description="已公布: whether it was published now, and not before.")
class AssessmentPublished:
    """Published."""

    published: bool = strawberry.field(description="是否本次公布: false: it was public before.")


@strawberry.input(description="异议: the head of a body objects to lines of its ledger, within the time.")
class ScoreObjectInput:
    """Which lines, why."""

    idempotency_key: str = strawberry.field(description=KEY)
    score: str = strawberry.field(description="得分编号: `number` of the score.")
    entries: list[int] = strawberry.field(description="扣分序号: numbers of the lines.")
    reasons: str = strawberry.field(description="理由: why.")


@strawberry.type(description="已提出异议: the objection is filed.")
class ScoreObjected:
    """Filed."""

    objection: int = strawberry.field(description="异议编号: its number.")


@strawberry.input(description="复核: decide an objection; upheld, the lines cost nothing and the score is restated.")
class ScoreDecideInput:
    """How, why."""

    idempotency_key: str = strawberry.field(description=KEY)
    score: str = strawberry.field(description="得分编号: `number` of the score that was objected to.")
    upheld: bool = strawberry.field(description="是否成立: whether the objection is upheld.")
    decision: str = strawberry.field(description="理由: why; shown with a restated score.")


@strawberry.type(description="已复核: the decision was made.")
class ScoreDecided:
    """Decided."""

    restated: int | None = strawberry.field(description="更正后的得分编号: the new edition; null: it stays as it was.")


def number_of(value: str, path: str, noun: str) -> int:
    """Return a number that is given as text. Raises ``InvalidInput`` that names the field."""
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        words = f"{noun}编号不是数字。"
        raise InvalidInput(words, f"请核对{noun}编号。", (FieldProblem(path, "NOT_A_NUMBER", words),))
    return int(value)


async def _freeze(info: Info, input_: AssessmentFreezeInput) -> AssessmentFrozen:
    same_key(info, input_.idempotency_key)
    ctx = info.context.ctx
    made = await assessments.freeze_or_order(ctx, assessments.government_of(ctx), input_.period)
    return AssessmentFrozen(bodies=made.bodies, order=made.order)


async def _publish(info: Info, input_: AssessmentPublishInput) -> AssessmentPublished:
    same_key(info, input_.idempotency_key)
    ctx = info.context.ctx
    return AssessmentPublished(published=await assessments.publish(ctx, assessments.government_of(ctx), input_.period))


async def _object(info: Info, input_: ScoreObjectInput) -> ScoreObjected:
    same_key(info, input_.idempotency_key)
    assessments.must_head(info.context.ctx)
    made = await assessments.object_to(
        info.context.ctx, number_of(input_.score, "score", "得分"), input_.entries, input_.reasons
    )
    return ScoreObjected(objection=made)


async def _decide(info: Info, input_: ScoreDecideInput) -> ScoreDecided:
    same_key(info, input_.idempotency_key)
    assessments.government_of(info.context.ctx)
    number = number_of(input_.score, "score", "得分")
    made = await assessments.decide(info.context.ctx, number, upheld=input_.upheld, decision=input_.decision)
    return ScoreDecided(restated=made)


def assessing() -> list[Made]:
    """Return the mutations of this file."""
    return [
        mutation_of(
            "assessmentFreeze",
            "评分: score a period that is over (003-36(5)).",
            _freeze,
            AssessmentFreezeInput,
            AssessmentFrozen,
        ),
        mutation_of(
            "assessmentPublish",
            "公布得分: publish the scores of a period.",
            _publish,
            AssessmentPublishInput,
            AssessmentPublished,
        ),
        mutation_of(
            "scoreObject", "提出异议: object to lines of one's own score.", _object, ScoreObjectInput, ScoreObjected
        ),
        mutation_of(
            "scoreDecide",
            "复核异议: decide an objection; restate the score where it is upheld.",
            _decide,
            ScoreDecideInput,
            ScoreDecided,
        ),
    ]
