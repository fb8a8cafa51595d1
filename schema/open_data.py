"""The change feed of the open data: which public rows changed, in the order of the commits (H7)."""

from typing import Annotated, Final

import strawberry

from resolvers import open_data
from schema.cost import ListSize
from schema.loading import Info

OPEN_CHANGES: Final = ListSize(assumed_size=open_data.USUAL, slicing_arguments=["first"], sized_fields=["changes"])


@strawberry.type(description="公开数据的一处变化: a row of a public table that changed, as it is now (H7).")
class OpenChange:
    """A change."""

    dataset: str = strawberry.field(description="数据表: name of the table, as in `/open-data`.")
    key: str = strawberry.field(description="主键: the row's key.")
    row: str | None = strawberry.field(
        description="内容: the row as JSON text, as in the files; null: nothing of it is public any more."
    )


@strawberry.type(description="公开数据的变化: a page of the feed, and where the next one begins (H7).")
class OpenChanges:
    """A page of the feed."""

    changes: list[OpenChange] = strawberry.field(
        description="变化: in the order of the commits; of a row that changed twice in the page once."
    )
    position: str = strawberry.field(description="位置: what to give as `after` next time.")
    more: bool = strawberry.field(description="还有: whether there is more already.")


async def list_open_changes(
    info: Info,
    after: Annotated[
        str,
        strawberry.argument(description="位置: of the answer or the dump before; from the beginning if it is empty."),
    ] = "",
    first: Annotated[int, strawberry.argument(description="条数: how many at most, up to 1,000.")] = open_data.USUAL,
) -> OpenChanges:
    """公开数据的变化: what changed after a position, never leaving a row out; for whoever keeps a copy (H7)."""
    found = await open_data.changes(info.context.ctx, open_data.position_of(after), first)
    listed = [OpenChange(dataset=one.dataset, key=one.key, row=one.row) for one in found.changes]
    return OpenChanges(changes=listed, position=str(found.position), more=found.more)
