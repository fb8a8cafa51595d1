"""意见征集 in the interface: what offices ask, what came of it, and what was said and answered (002-4.2.8, H10)."""

from datetime import date, datetime
from typing import Annotated

import strawberry
from strawberry import UNSET

from resolvers import opinions
from resolvers.opinions_values import AnsweredComment, CallRow
from schema.loading import Info
from schema.paging import After, Before, Connection, First, Last, given, page_request


@strawberry.type(description="问题: a question of the questionnaire, and how often each option was chosen.")
class OpinionQuestion:
    """A question."""

    text: str = strawberry.field(description="问题: what is asked.")
    options: list[str] = strawberry.field(description="选项: the options, in order.")
    chosen: list[int] = strawberry.field(description="份数: how often each was chosen; empty: not concluded yet.")


@strawberry.type(description="征求意见: what an office asks the public about, and what came of it (002-4.2.8).")
class OpinionCall:
    """What is asked."""

    number: int = strawberry.field(description="序号: its number.")
    body_code: str = strawberry.field(description="征集机关代码: who asks.")
    body_name: str = strawberry.field(description="征集机关: name of that body.")
    title: str = strawberry.field(description="标题: its title.")
    content: str = strawberry.field(description="内容: what it is about.")
    questions: list[OpinionQuestion] = strawberry.field(description="问卷: the questionnaire, if there is one.")
    closes_on: date = strawberry.field(description="截止日期: last day.")
    is_open: bool = strawberry.field(description="征集中: whether something can still be said.")
    hearing_at: datetime | None = strawberry.field(description="听证时间: when the hearing is; null: none.")
    hearing_place: str = strawberry.field(description="听证地点: where the hearing is.")
    published_at: datetime = strawberry.field(description="公布时间: when it was published.")
    conclusion: str = strawberry.field(description="采纳情况: what was taken up, and why not; empty: not concluded.")
    concluded_at: datetime | None = strawberry.field(description="公布结果时间: when that was published.")
    received: int | None = strawberry.field(description="收到份数: how much was said; null: not concluded.")


@strawberry.type(description="意见和答复: what was said, in the words that are published, with the answer.")
class OpinionAnswer:
    """An answer."""

    said: str = strawberry.field(description="意见: what was said.")
    reply: str = strawberry.field(description="答复: the answer.")
    at: datetime = strawberry.field(description="答复时间: when it was answered.")


def _call(row: CallRow) -> OpinionCall:
    counted = row.results or tuple(() for _ in row.questions)
    asked = [
        OpinionQuestion(text=one.text, options=list(one.options), chosen=list(chosen))
        for one, chosen in zip(row.questions, counted, strict=True)
    ]
    names = ("body_code", "body_name", "title", "content", "closes_on", "is_open", "hearing_at", "hearing_place")
    more = ("published_at", "conclusion", "concluded_at", "received")
    values = {name: getattr(row, name) for name in (*names, *more)}
    return OpinionCall(number=row.id, questions=asked, **values)


def _answer(row: AnsweredComment) -> OpinionAnswer:
    return OpinionAnswer(said=row.shown, reply=row.reply, at=row.replied_at)


async def list_opinions(
    info: Info,
    body: Annotated[str, strawberry.argument(description="机构代码: of this body only.")] = "",
    is_open: Annotated[bool | None, strawberry.argument(description="征集中: open or closed ones only.")] = UNSET,
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[OpinionCall]:
    """征求意见: what offices ask, what closes last first (002-4.2.8)."""
    page = page_request(info, first, after, last, before)
    return Connection(
        page=(await opinions.list_calls(info.context.ctx, page, body=body, is_open=given(is_open))).map(_call)
    )


async def list_opinion_answers(
    info: Info,
    number: Annotated[int, strawberry.argument(description="序号: number of what is asked.")],
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[OpinionAnswer]:
    """意见和答复: what was said about it and answered, the latest answer first."""
    page = page_request(info, first, after, last, before)
    return Connection(page=(await opinions.list_answers(info.context.ctx, number, page)).map(_answer))
