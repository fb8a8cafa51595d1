"""Facets: how many items there are of each body, category, status and level (003-26)."""

from collections.abc import Callable

import strawberry
from strawberry import UNSET

from domain.profiles import Profile
from resolvers import facets as counting
from resolvers.power_views import AsOf, FacetCount
from schema.cost import ListSize
from schema.loading import Info
from schema.paging import given
from schema.powers import Filter, RecordedAt, Search, ValidOn, conditions


@strawberry.type(description="分面: a value and how many items have it.")
class Facet:
    """A value with its count."""

    value: str = strawberry.field(description="值: code of the value.")
    title: str = strawberry.field(description="名称: the value in Chinese.")
    count: int = strawberry.field(description="条数: items with this value.")


LISTED = ListSize(assumed_size=20)


@strawberry.type(description="分面统计: counts by field; each field leaves its own condition out (003-26).")
class Facets:
    """Counts by field."""

    body: list[Facet] = strawberry.field(description="责任主体: by responsible body.", directives=[LISTED])
    category: list[Facet] = strawberry.field(description="权力类别: by category (003-3).", directives=[LISTED])
    status: list[Facet] = strawberry.field(description="权力状态: by status (003-21).", directives=[LISTED])
    level: list[Facet] = strawberry.field(description="行使层级: by level.", directives=[LISTED])
    total: int = strawberry.field(description="总数: items that meet all conditions.")
    is_lower_bound: bool = strawberry.field(description="是否下限: whether the counts are lower bounds.")


async def power_facets(
    info: Info,
    filter_: Filter = UNSET,
    search: Search = "",
    as_of: ValidOn = UNSET,
    recorded_as_of: RecordedAt = UNSET,
) -> Facets:
    """分面统计: how many items there are of each body, category, status and level (003-26)."""
    ctx, at = info.context.ctx, AsOf(given(as_of), given(recorded_as_of))
    found = await counting.facets(ctx, conditions(filter_, search), at)
    names = _names(ctx.profile)
    return Facets(
        body=[_facet(one, lambda one: one.title or one.value) for one in found.body],
        category=[_facet(one, names) for one in found.category],
        status=[_facet(one, names) for one in found.status],
        level=[_facet(one, names) for one in found.level],
        total=found.total,
        is_lower_bound=found.is_lower_bound,
    )


def _names(profile: Profile) -> Callable[[FacetCount], str]:
    """Return what names the codes of categories, levels and statuses in the regulation's words."""
    worded = (*profile.categories, *profile.levels, *profile.statuses)
    names = {str(one.code): one.name for one in worded}
    return lambda one: names.get(one.value, one.value)


def _facet(one: FacetCount, name: Callable[[FacetCount], str]) -> Facet:
    return Facet(value=one.value, title=name(one), count=one.count)
