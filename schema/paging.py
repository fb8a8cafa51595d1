"""Relay connections over keyset pages: edges, nodes, cursors, and a total that is computed only when asked for."""

from collections.abc import Iterator
from typing import Annotated, Any, Generic, TypeVar

import strawberry
from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionSetNode
from strawberry import UNSET

from resolvers.reading.paging import MOST_ROWS, PAGE_ROWS, TOTAL_BOUND, Page, PageRequest
from schema.cost import Cost
from schema.fields import computed

NodeT = TypeVar("NodeT")

First = Annotated[
    int | None,
    strawberry.argument(
        description=f"前几条: entries from the start, 1 to {MOST_ROWS}; {PAGE_ROWS} if nothing is said."
    ),
]
After = Annotated[str | None, strawberry.argument(description="起始游标: entries behind this cursor; with `first`.")]
Last = Annotated[int | None, strawberry.argument(description=f"后几条: entries from the end, 1 to {MOST_ROWS}.")]
Before = Annotated[str | None, strawberry.argument(description="结束游标: entries before this cursor; with `last`.")]


@strawberry.type(description="分页信息: where a page stands in its list.")
class PageInfo:
    """Position of a page."""

    has_next_page: bool = strawberry.field(description="是否有下一页: whether entries follow this page.")
    has_previous_page: bool = strawberry.field(description="是否有上一页: whether entries precede this page.")
    start_cursor: str | None = strawberry.field(description="首条游标: cursor of the first entry.")
    end_cursor: str | None = strawberry.field(description="末条游标: cursor of the last entry.")


@strawberry.type(
    description=f"总数: how many entries there are; exact up to a bound of the list, {TOTAL_BOUND} at most."
)
class TotalCount:
    """A bounded total."""

    count: int = strawberry.field(description="条数: the number of entries, or a lower bound of it.")
    is_lower_bound: bool = strawberry.field(description="是否下限: whether there are more than `count`.")


@strawberry.type(description="边: an entry of a page with its cursor.")
class Edge(Generic[NodeT]):
    """An entry."""

    node: NodeT = strawberry.field(description="条目: the entry itself.")
    cursor: str = strawberry.field(description="游标: opaque position of the entry in this list and order.")


@strawberry.type(description="分页列表: one page of a list.")
class Connection(Generic[NodeT]):
    """One page. ``page`` holds the nodes already made."""

    page: strawberry.Private[Page[Any]]

    @computed()
    def edges(self) -> list[Edge[NodeT]]:
        """边: entries with their cursors."""
        pairs = zip(self.page.rows, self.page.cursors, strict=True)
        return [Edge(node=node, cursor=cursor) for node, cursor in pairs]

    @computed()
    def nodes(self) -> list[NodeT]:
        """条目: entries without their cursors, for those who do not page."""
        return list(self.page.rows)

    @computed()
    def page_info(self) -> PageInfo:
        """分页信息: where the page stands."""
        page = self.page
        return PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=page.start_cursor,
            end_cursor=page.end_cursor,
        )

    @computed(Cost(weight=10))
    def total_count(self) -> TotalCount:
        """总数: total of the list; counted only when this field is asked for."""
        total = self.page.total
        if total is None:
            raise RuntimeError("the total was asked for and not counted")
        return TotalCount(count=total.count, is_lower_bound=total.is_lower_bound)


def given(value: Any) -> Any:
    """Return an argument's value, or None if it was left out."""
    return None if value is UNSET else value


def page_request(
    info: strawberry.Info[Any, Any], first: Any = UNSET, after: Any = UNSET, last: Any = UNSET, before: Any = UNSET
) -> PageRequest:
    """Return the page that a connection field is asked for; the total is counted only if the document selects it."""
    return PageRequest(given(first), given(after), given(last), given(before), count=selects(info, "totalCount"))


def selects(info: strawberry.Info[Any, Any], name: str) -> bool:
    """Say whether the field being resolved selects a field by this name directly or through fragments."""
    return name in names_below(info)


def names_below(info: strawberry.Info[Any, Any], *ways: tuple[str, ...]) -> set[str]:
    """Return the fields selected below the one being resolved, at the end of any of the ways (none: directly)."""
    raw = info._raw_info  # noqa: SLF001  # strawberry's own selected_fields walks the whole tree
    found: set[str] = set()
    for way in ways or ((),):
        level: list[FieldNode] = list(raw.field_nodes)
        for step in way:
            level = [one for node in level for one in _fields(node.selection_set, raw) if one.name.value == step]
        found |= {one.name.value for node in level for one in _fields(node.selection_set, raw)}
    return found


def _fields(selected: SelectionSetNode | None, raw: GraphQLResolveInfo[Any]) -> Iterator[FieldNode]:
    for node in selected.selections if selected else ():
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, raw)
        elif isinstance(node, FragmentSpreadNode):
            yield from _fields(raw.fragments[node.name.value].selection_set, raw)
