"""意见征集 in the interface: what offices ask, what came of it, and what was said and answered (002-4.2.8, H10)."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

import strawberry
from strawberry import UNSET

from resolvers import opinions
from resolvers.context import Context
from resolvers.reading.declarations import Entity
from resolvers.reading.listed import fetch_listing
from resolvers.reading.listings import Listing
from resolvers.reading.opinions import OPINION_ANSWER, OPINION_CALL
from resolvers.reading.paging import PageRequest
from schema.loading import Info
from schema.paging import After, Before, Connection, First, Last, given, page_request
from schema.parts import filed, part, read_list
from schema.sources import FromSource, Source, column, rows_of


@strawberry.type(description="问题: a question of the questionnaire, and how often each option was chosen.")
class OpinionQuestion:
    """A question."""

    text: str = part("text", "问题: what is asked.")
    options: list[str] = part("options", "选项: the options, in order.", read_list, ())
    chosen: list[int] = part("chosen", "份数: how often each was chosen; empty: not concluded yet.", read_list, ())


@strawberry.type(description="征求意见: what an office asks the public about, and what came of it (002-4.2.8).")
class OpinionCall(FromSource):
    """What is asked."""

    entity: ClassVar[Entity] = OPINION_CALL

    number: int = column("id", "序号: its number.")
    body_code: str = column("body_code", "征集机关代码: who asks.")
    body_name: str = column("body_name", "征集机关: name of that body.")
    title: str = column("title", "标题: its title.")
    content: str = column("content", "内容: what it is about.")
    questions: list[OpinionQuestion] = filed(
        "questionnaire", "questions", "问卷: the questionnaire, if there is one.", read_list, ()
    )
    closes_on: date = column("closes_on", "截止日期: last day.")
    is_open: bool = column("is_open", "征集中: whether something can still be said.")
    hearing_at: datetime | None = column("hearing_at", "听证时间: when the hearing is; null: none.")
    hearing_place: str = column("hearing_place", "听证地点: where the hearing is.")
    published_at: datetime = column("published_at", "公布时间: when it was published.")
    conclusion: str = column("conclusion", "采纳情况: what was taken up, and why not; empty: not concluded.")
    concluded_at: datetime | None = column("concluded_at", "公布结果时间: when that was published.")
    received: int | None = column("received", "收到份数: how much was said; null: not concluded.")


@strawberry.type(description="意见和答复: what was said, in the words that are published, with the answer.")
class OpinionAnswer(FromSource):
    """An answer."""

    entity: ClassVar[Entity] = OPINION_ANSWER

    said: str = column("shown", "意见: what was said.")
    reply: str = column("reply", "答复: the answer.")
    at: datetime = column("replied_at", "答复时间: when it was answered.")


def opinions_listing(_ctx: Context, page: PageRequest, body: str = "", is_open: Any = UNSET) -> Listing:
    """Return the listing of what is asked."""
    found = opinions.listing(page, body=body, is_open=given(is_open))
    return replace(found, read=replace(found.read, columns=rows_of(OPINION_CALL).columns))


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
    ctx, page = info.context.ctx, page_request(info, first, after, last, before)
    found = await fetch_listing(ctx, opinions_listing(ctx, page, body, is_open))
    return Connection(page=found.map(lambda row: Source("OpinionCall", row)))


def answers_listing(_ctx: Context, page: PageRequest, number: int) -> Listing:
    """Return the listing of what was said about a call and answered."""
    return opinions.answers_listing(number, page)


async def list_opinion_answers(
    info: Info,
    number: Annotated[int, strawberry.argument(description="序号: number of what is asked.")],
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
) -> Connection[OpinionAnswer]:
    """意见和答复: what was said about it and answered, the latest answer first."""
    ctx, page = info.context.ctx, page_request(info, first, after, last, before)
    found = await fetch_listing(ctx, answers_listing(ctx, page, number))
    return Connection(page=found.map(lambda row: Source("OpinionAnswer", row)))
