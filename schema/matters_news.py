"""The subscription: a body's own new events, as they are committed, for as long as the subscriber may see them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, cast

import strawberry
from strawberry import UNSET

from resolvers.errors import NotSignedIn
from resolvers.matters_news import News, news, position_now, read_position
from schema.loading import Info
from schema.matters_events import EVENT_COLUMNS, MatterEvent
from schema.paging import given
from schema.sources import Source
from schema.supervision_board import AlertNews, alert_changes

FRESH_SECONDS: Final = 1.0
"""For how long what was read may be told: whoever reads slowly is asked anew what they may see."""


@strawberry.type(description="新的办理记录: an event, and the position to go on from after it (003-33).")
class MatterNews:
    """An event with its position."""

    position: str = strawberry.field(
        description="位置: opaque; give it as `after`, or as Last-Event-ID, to go on from here."
    )
    event: MatterEvent = strawberry.field(description="办理记录: the event.")


async def matter_events(
    info: Info,
    body: Annotated[str, strawberry.argument(description="机构代码: code of a body that has to do with the matters.")],
    after: Annotated[
        str | None, strawberry.argument(description="起始位置: `position` of the last event that was received.")
    ] = UNSET,
) -> AsyncIterator[MatterNews]:
    """办理记录订阅: new events of a body's matters in the order of their commit, without a gap, for who may see them."""
    scope = info.context
    if scope.ctx.actor.kind != "official":
        raise NotSignedIn("订阅办理记录需要登录。", "请先登录。")
    start = given(after) or scope.last_event_id
    position = read_position(start) if start else await position_now(scope.ctx)
    bell, loop = scope.ctx.db.bell, asyncio.get_running_loop()
    while True:
        rings = bell.rings(body)
        if (ctx := await scope.renew()) is None:
            return
        found: News = await news(ctx, body, position, EVENT_COLUMNS)
        until = loop.time() + FRESH_SECONDS
        for row in found.rows:
            if loop.time() > until:
                break
            position = int(row["place"]) + 1
            scope.position = str(position)
            yield MatterNews(position=scope.position, event=cast(Any, Source("MatterEvent", row)))
        else:
            position = found.position
            if not found.more:
                await bell.rung(body, rings)


@strawberry.type(description="订阅: over server-sent events (POST with `Accept: text/event-stream`).")
class Subscription:
    """The root of all subscriptions."""

    matter_events: AsyncIterator[MatterNews] = strawberry.subscription(
        resolver=matter_events, description=" ".join((matter_events.__doc__ or "").split())
    )
    alert_changes: AsyncIterator[AlertNews] = strawberry.subscription(
        resolver=alert_changes, description=" ".join((alert_changes.__doc__ or "").split())
    )
