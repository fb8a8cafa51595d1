"""Runs one operation: prepared, costed, executed, its errors labelled. HTTP is one caller, tests are another.

Loaders live exactly as long as one operation, so that nothing is shared between requests or between the operations
of one connection.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import FragmentDefinitionNode, GraphQLError, OperationDefinitionNode, OperationType
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType as AllowedType

from resolvers.context import Context
from schema.cost import Costs
from schema.documents import Documents, Prepared, bad_texts
from schema.errors import INPUT, INVALID, label_answer, labelled_error
from schema.limits import Limits
from schema.loading import Loaders, Scope


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client sent: the document, which operation of it, and the variables."""

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What it gets. ``refused`` means that nothing ran, so that the answer has no ``data`` at all."""

    data: Mapping[str, Any] | None
    errors: tuple[GraphQLError, ...] = ()
    cost: int | None = None
    maximum: int = 0
    refused: bool = False
    wrong_method: bool = False

    def body(self) -> dict[str, Any]:
        """Return the answer in the form of the GraphQL specification."""
        body: dict[str, Any] = {}
        if self.errors:
            body["errors"] = [error.formatted for error in self.errors]
        if not self.refused:
            body["data"] = self.data
        if self.cost is not None:
            # A figure beyond 2^53 would not survive a client's JSON parser.
            body["extensions"] = {"cost": {"requested": min(self.cost, 2**53 - 1), "maximum": self.maximum}}
        return body


class PreparedOperation(SchemaExtension):
    """Hands strawberry the document that is parsed and validated already."""

    def on_parse(self) -> Iterator[None]:
        """Skip parsing."""
        prepared: Prepared | None = getattr(self.execution_context.context, "prepared", None)
        if prepared is not None:
            self.execution_context.graphql_document = prepared.document
        yield

    def on_validate(self) -> Iterator[None]:
        """Skip validation: an empty list of errors means that it is done."""
        if getattr(self.execution_context.context, "prepared", None) is not None:
            self.execution_context.pre_execution_errors = []
        yield


class Runner:
    """Runs operations against one schema, with its cache of documents and its table of costs."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self._schema = schema
        self.documents = Documents(schema._schema)  # noqa: SLF001  # strawberry offers no public way to it
        self.costs = Costs(schema._schema)  # noqa: SLF001

    async def run(self, asked: Asked, ctx: Context, limits: Limits, *, read_only: bool = False) -> Answer:
        """Run what is asked; with ``read_only`` (HTTP GET) anything but a query is refused."""
        prepared = self.documents.prepare(asked.query, limits)
        if prepared.errors or prepared.document is None:
            return Answer(None, prepared.errors, refused=True)
        try:
            operation = prepared.operation(asked.operation_name)
        except GraphQLError as error:
            return Answer(None, (error,), refused=True)
        if read_only and operation.operation is not OperationType.QUERY:
            refusal = labelled_error("GET 请求只能执行查询，请改用 POST。", INVALID)
            return Answer(None, (refusal,), refused=True, wrong_method=True)
        variables = dict(asked.variables or {})
        if refusals := [_bad_text(path) for path in bad_texts(variables)]:
            return Answer(None, tuple(refusals), refused=True)
        cost = self._cost(prepared, operation, variables)
        if cost > limits.cost:
            return Answer(None, (_too_dear(cost, limits.cost),), cost, limits.cost, refused=True)
        return await self._execute(asked, variables, Scope(ctx, Loaders(ctx), prepared), (cost, limits.cost))

    def _cost(self, prepared: Prepared, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> int:
        definitions = prepared.document.definitions if prepared.document else ()
        fragments = {one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)}
        return self.costs.of(operation, fragments, variables)

    async def _execute(self, asked: Asked, variables: dict[str, Any], scope: Scope, costs: tuple[int, int]) -> Answer:
        result = await self._schema.execute(
            asked.query,
            variable_values=variables,
            context_value=scope,
            operation_name=asked.operation_name or None,
            allowed_operation_types=(AllowedType.QUERY, AllowedType.MUTATION),
        )
        found = list(result.errors or ())
        # No data and no path: a variable did not fit its type, so nothing ran.
        refused = result.data is None and bool(found) and all(error.path is None for error in found)
        errors = label_answer(found, scope.ctx.request_id)
        return Answer(result.data, tuple(errors), costs[0], costs[1], refused=refused)


def _bad_text(path: str) -> GraphQLError:
    return labelled_error(f"{path} 中含有 NUL 或不成对的代理字符，数据库无法保存，请删除。", INPUT)


def _too_dear(cost: int, maximum: int) -> GraphQLError:
    shown = min(cost, 2**31 - 1)
    message = f"查询成本为 {shown}，超过上限 {maximum}，请减小 first、减少嵌套列表或分多次查询。"
    return labelled_error(message, INVALID, reason="COST")
