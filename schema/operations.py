"""Runs one operation: prepared, costed, executed, its errors labelled. HTTP is one caller, tests are another.

A query whose every field is declared is compiled and answered by one statement; everything else, and everything that
is wrong, is answered by the ordinary executor, the whole operation. Loaders live exactly as long as one operation, so
that nothing is shared between requests or between the operations of one connection.
"""

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from typing import Any, Final

import strawberry
from graphql import GraphQLError, OperationType
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType as AllowedType

from resolvers.context import Context
from resolvers.errors import Refusal, Unavailable
from resolvers.reading.plans import NotCompiled, run_plan
from schema.answers import COMPILED, ORDINARY, Answer, Asked
from schema.compiling import Compiler
from schema.compiling_values import NotCoerced
from schema.cost import Costs
from schema.declarations import Declarations
from schema.documents import Documents, Prepared, bad_texts, may_hold_bad_text
from schema.errors import INPUT, INVALID, label_answer, labelled_error, refusal_error
from schema.known import Known
from schema.limits import Limits
from schema.loading import Loaders, Renew, Scope
from schema.plan_cache import Plans, Reasons

__all__ = ["Answer", "Asked", "PreparedOperation", "Runner"]

REFUSED: Final = "refused"
"""The reason where a use-case refused the arguments: the ordinary executor says so in its words."""

_log = logging.getLogger(__name__)


class PreparedOperation(SchemaExtension):
    """Hands strawberry the document that is parsed and validated already."""

    def on_parse(self) -> Iterator[None]:
        """Skip parsing."""
        prepared: Prepared | None = getattr(self.execution_context.context, "prepared", None)
        if prepared is not None:
            self.execution_context.graphql_document = prepared.parsed()
        yield

    def on_validate(self) -> Iterator[None]:
        """Skip validation: an empty list of errors means that it is done."""
        if getattr(self.execution_context.context, "prepared", None) is not None:
            self.execution_context.pre_execution_errors = []
        yield


class Runner:
    """Runs operations against one schema, with its caches of documents and plans and its table of costs.

    Raises ``WrongDeclaration`` at construction.
    """

    def __init__(self, schema: strawberry.Schema, *, compiled: bool = True) -> None:
        self._schema = schema
        self.compiled = compiled
        self.documents = Documents(schema._schema)  # noqa: SLF001  # strawberry offers no public way to it
        self.costs = Costs(schema._schema)  # noqa: SLF001
        self.plans = Plans()
        self.declarations = Declarations(schema)
        self._compiler = Compiler(schema, self.declarations, self.plans)
        self._reasons = Reasons()
        self._answered = {COMPILED: 0, "fallback": 0}

    async def run(
        self,
        asked: Asked,
        ctx: Context,
        limits: Limits,
        *,
        read_only: bool = False,
        compiled: bool | None = None,
        key: str = "",
    ) -> Answer:
        """Run what is asked; with ``read_only`` (HTTP GET) anything but a query is refused.

        ``compiled`` says whether reads are compiled where the runner's own setting is not meant, ``key`` what the request
        says in its `Idempotency-Key`.
        """
        prepared = self.documents.prepare(asked.query, limits)
        if prepared.errors:
            return Answer(None, prepared.errors, refused=True)
        try:
            known = self._known(prepared, asked.operation_name or None)
        except GraphQLError as error:
            return Answer(None, (error,), refused=True)
        if read_only and known.kind is not OperationType.QUERY:
            refusal = labelled_error("GET 请求只能执行查询，请改用 POST。", INVALID)
            return Answer(None, (refusal,), refused=True, wrong_method=True)
        if known.kind is OperationType.SUBSCRIPTION:
            refusal = labelled_error("订阅请用 POST，并在 Accept 中写 text/event-stream。", INVALID)
            return Answer(None, (refusal,), refused=True)
        variables = asked.variables or {}
        if may_hold_bad_text(variables) and (refusals := [_bad_text(path) for path in bad_texts(variables)]):
            return Answer(None, tuple(refusals), refused=True)
        cost = known.cost(prepared, variables)
        if cost > limits.cost:
            return Answer(None, (_too_dear(cost, limits.cost),), cost, limits.cost, refused=True)
        costs, way = (cost, limits.cost), ORDINARY
        if self.compiled if compiled is None else compiled:
            answer = await self._compiled(prepared, known, ctx, variables, costs)
            if isinstance(answer, Answer):
                return answer
            way = answer
        self.documents.needed(prepared)
        return await self._execute(asked, dict(variables), Scope(ctx, Loaders(ctx), prepared, key), costs, way)

    async def stream(
        self, asked: Asked, ctx: Context, limits: Limits, renew: Renew, last_event_id: str
    ) -> Answer | AsyncIterator[tuple[str, dict[str, Any]]]:
        """Begin a subscription; returns its answers with the position after each, or why there are none."""
        prepared = self.documents.prepare(asked.query, limits)
        if prepared.errors:
            return Answer(None, prepared.errors, refused=True)
        try:
            known = self._known(prepared, asked.operation_name or None)
        except GraphQLError as error:
            return Answer(None, (error,), refused=True)
        if known.kind is not OperationType.SUBSCRIPTION:
            refusal = labelled_error("text/event-stream 只用于订阅。", INVALID)
            return Answer(None, (refusal,), refused=True)
        variables = dict(asked.variables or {})
        if refusals := [_bad_text(path) for path in bad_texts(variables)]:
            return Answer(None, tuple(refusals), refused=True)
        if (cost := known.cost(prepared, variables)) > limits.cost:
            return Answer(None, (_too_dear(cost, limits.cost),), cost, limits.cost, refused=True)
        self.documents.needed(prepared)
        scope = Scope(ctx, Loaders(ctx), prepared, renew=renew, last_event_id=last_event_id)
        found: Any = await self._schema.subscribe(
            asked.query, variables, scope, operation_name=asked.operation_name or None
        )
        if not isinstance(found, AsyncIterator):
            return Answer(None, tuple(label_answer(list(found.errors or ()), ctx.request_id)), refused=True)
        return _frames(found, scope)

    def counters(self) -> Mapping[str, int]:
        """Return how many operations were compiled and fell back, and how the cache of plans does."""
        plans = self.plans
        return {
            **self._answered,
            "plans": len(plans),
            "plan_hits": plans.hits,
            "plan_misses": plans.misses,
            "plan_evictions": plans.evictions,
            "documents": len(self.documents),
        }

    def fallback_reasons(self) -> Mapping[str, int]:
        """Return how many operations the ordinary executor answered, by reason: ``Type.field`` or a few words."""
        return self._reasons.counted()

    def _known(self, prepared: Prepared, name: str | None) -> Known:
        known: Known | None = prepared.known.get(name)
        if known is None:
            known = prepared.known[name] = Known.of(prepared, name, self.costs, self._compiler)
        return known

    async def _compiled(
        self, prepared: Prepared, known: Known, ctx: Context, variables: Mapping[str, Any], costs: tuple[int, int]
    ) -> Answer | str:
        """Answer by one statement, or return the way of a fallback."""
        reason = known.reason
        if known.compiled is not None:
            try:
                values = known.compiled.variables.coerced(variables)
                variant = known.compiled.variant(values, partial(prepared.source, known.name))
                listings = variant.listings(ctx, values)
                plan = self.plans.plan(ctx, variant.operation, listings)
                data = await run_plan(ctx, plan, listings)
                if data is not None:
                    if prepared.document is not None or known.weighed != known.compiled.bytes:
                        known.weighed = known.compiled.bytes
                        self.documents.compiled(prepared)
                    self._answered[COMPILED] += 1
                    return Answer(None, (), *costs, encoded=data, way=COMPILED)
                reason = "null where nothing may be null"
            except Unavailable as refusal:
                # A second attempt would take as long again.
                self._answered[COMPILED] += 1
                return Answer(None, (refusal_error(refusal),), *costs, way=COMPILED)
            except NotCompiled as error:
                reason = str(error)
            except (NotCoerced, Refusal, GraphQLError):
                reason = REFUSED
            except Exception:  # noqa: BLE001 - whatever it is, the ordinary executor answers, and the log tells
                _log.exception("a compiled read failed, the ordinary executor answers (request %s)", ctx.request_id)
                reason = "failed"
        self._answered["fallback"] += 1
        self._reasons.add(reason)
        return f"fallback: {reason}"

    async def _execute(
        self, asked: Asked, variables: dict[str, Any], scope: Scope, costs: tuple[int, int], way: str
    ) -> Answer:
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
        return Answer(result.data, tuple(errors), *costs, refused=refused, way=way)


async def _frames(found: AsyncIterator[Any], scope: Scope) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Yield the answers of a subscription as they are sent."""
    async for one in found:
        answer = Answer(one.data, tuple(label_answer(list(one.errors or ()), scope.ctx.request_id)))
        yield scope.position, answer.body()


def _bad_text(path: str) -> GraphQLError:
    return labelled_error(f"{path} 中含有 NUL 或不成对的代理字符，数据库无法保存，请删除。", INPUT)


def _too_dear(cost: int, maximum: int) -> GraphQLError:
    shown = min(cost, 2**31 - 1)
    message = f"查询成本为 {shown}，超过上限 {maximum}，请减小 first、减少嵌套列表或分多次查询。"
    return labelled_error(message, INVALID, reason="COST")
