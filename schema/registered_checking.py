"""What a document must be to be registered: parsed, valid, within the limits, and affordable with its defaults."""

from graphql import FragmentDefinitionNode, GraphQLError, OperationDefinitionNode

from resolvers.documents import Examine, Examined
from schema.cost import Costs
from schema.documents import Documents
from schema.limits import Limits
from schema.root import schema


def examiner(limits: Limits) -> Examine:
    """Return the examination under the limits of a deployment; it keeps nothing of what it saw."""
    graphql_schema = schema._schema  # noqa: SLF001  # strawberry offers no public way to it
    costs = Costs(graphql_schema)

    def examine(text: str) -> Examined:
        prepared = Documents(graphql_schema).prepare(text, limits)
        if prepared.errors:
            return Examined(refusal=_told(prepared.errors))
        definitions = prepared.parsed().definitions
        operations = [one for one in definitions if isinstance(one, OperationDefinitionNode)]
        if not operations:
            return Examined(refusal="文档中没有可执行的操作")
        fragments = {one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)}
        cost = max(costs.of(one, fragments, {}) for one in operations)
        if cost > limits.cost:
            return Examined(refusal=f"查询成本为 {min(cost, 2**31 - 1)}，超过上限 {limits.cost}")
        return Examined(tuple(one.name.value for one in operations if one.name), cost)

    return examine


def _told(errors: tuple[GraphQLError, ...]) -> str:
    """Return the first problem with its place in the text, and how many there are."""
    if not errors:
        return "文档不能执行"
    first, more = errors[0], len(errors) - 1
    place = f"第 {first.locations[0].line} 行第 {first.locations[0].column} 列：" if first.locations else ""
    return f"{place}{first.message}" + (f"（另有 {more} 处问题）" if more else "")
