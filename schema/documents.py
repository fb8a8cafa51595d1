"""Documents: parsed, measured and validated once, then kept in a cache of bounded weight.

Weights are bytes of memory, roughly: a syntax tree takes far more than its text, what is compiled little. Long
documents are not kept.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    StringValueNode,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)

from schema.errors import INVALID, OPERATION, PARSE, label_refused_document, labelled_error
from schema.limits import Limits, too_large, too_large_a_text

MAX_ERRORS: Final = 20
MOST_BYTES: Final = 8_000_000
"""Memory for all documents together."""

EACH: Final = 3_000
TREE: Final = 170
"""Bytes of a document, and of its syntax tree for each character of its text, roughly."""


Source = tuple[OperationDefinitionNode, Mapping[str, FragmentDefinitionNode]]
"""An operation, and the fragments of its document by name."""


GONE: Final = -1
"""The weight of a document that is not kept."""


@dataclass(slots=True)
class Prepared:
    """A document that may run, or the errors why it may not; ``known`` is what is known of its operations by name.

    A syntax tree takes more than a hundred times the memory of its text: once all is compiled it is let go, and made
    again of the text should it ever be needed.
    """

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    text: str = ""
    weight: int = GONE
    known: dict[str | None, Any] = field(default_factory=dict)

    def parsed(self) -> DocumentNode:
        """Return the syntax tree of a document that may run."""
        return self.document or parse(self.text)

    def source(self, name: str | None) -> Source:
        """Return an operation with all fragments. Raises as ``operation`` does."""
        document = self.parsed()
        fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
        return _operation(document, name), fragments

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Return the operation to run; raises a labelled ``GraphQLError`` when the name does not settle it."""
        return _operation(self.parsed(), name)


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    found = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if name:
        found = [one for one in found if one.name and one.name.value == name]
    if len(found) == 1:
        return found[0]
    if name:
        raise labelled_error("operationName 指定的操作在查询文本中不存在，请核对名称。", OPERATION)
    if found:
        raise labelled_error("查询文本中有多个操作，请用 operationName 指明要执行哪一个。", OPERATION)
    raise labelled_error("查询文本中没有可执行的操作。", OPERATION)


class _Texts(Visitor):
    """Finds string values that no database text can hold."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[StringValueNode] = []

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        """Remember a bad value."""
        if is_bad_text(node.value):
            self.bad.append(node)


def is_bad_text(text: str) -> bool:
    """Say whether a text holds NUL or a lone surrogate, which UTF-8 and PostgreSQL cannot carry."""
    if text.isascii():
        return "\x00" in text
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return "\x00" in text


def may_hold_bad_text(variables: Mapping[str, Any]) -> bool:
    """Say whether variables must be looked through; flat ones, which most are, are decided here and at once."""
    for name, value in variables.items():
        if isinstance(value, dict | list) or is_bad_text(name) or (isinstance(value, str) and is_bad_text(value)):
            return True
    return False


def bad_texts(value: object, path: str = "variables") -> Iterator[str]:
    """Yield the paths of variables (or of their keys) that hold NUL or a lone surrogate."""
    if isinstance(value, str):
        if is_bad_text(value):
            yield path
    elif isinstance(value, dict):
        for key, child in value.items():
            if is_bad_text(key):
                yield path
            else:
                yield from bad_texts(child, f"{path}.{key}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from bad_texts(child, f"{path}[{index}]")


class Documents:
    """The cache of prepared documents of one schema."""

    def __init__(self, schema: GraphQLSchema, *, weight: int = MOST_BYTES, longest: int = 16_384) -> None:
        self._schema = schema
        self._weight, self._longest = weight, longest
        self._kept: OrderedDict[tuple[str, int], Prepared] = OrderedDict()
        self._held = 0
        self._numbers: dict[Limits, int] = {}
        self._last: tuple[Limits | None, int] = (None, 0)

    def prepare(self, text: str, limits: Limits) -> Prepared:
        """Return the prepared document, from the cache if it is there."""
        # A process asks under the same limits all the time: only others are looked up.
        if limits is not self._last[0]:
            self._last = limits, self._numbers.setdefault(limits, len(self._numbers))
        key = (text, self._last[1])
        if (known := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return known
        prepared = _prepare(self._schema, text, limits)
        if len(text) <= self._longest:
            self._kept[key], prepared.weight = prepared, 0
            self._weigh(prepared, len(text))
        return prepared

    def compiled(self, prepared: Prepared) -> None:
        """Let the syntax tree of a document go that no longer needs it, and weigh what was compiled."""
        prepared.document = None
        self._weigh(prepared, len(prepared.text))

    def needed(self, prepared: Prepared) -> None:
        """Keep the syntax tree of a document that needs it after all: who needs it once will need it again."""
        if prepared.document is None:
            prepared.document = prepared.parsed()
            self._weigh(prepared, len(prepared.text))

    def _weigh(self, prepared: Prepared, length: int) -> None:
        """Weigh a kept document anew, and drop the least recently used ones if all weigh too much."""
        before = prepared.weight
        if before < 0:
            return
        tree = 0 if prepared.document is None else length * TREE
        prepared.weight = EACH + length + tree + sum(one.bytes for one in prepared.known.values())
        self._held += prepared.weight - before
        while self._held > self._weight and self._kept:
            _, dropped = self._kept.popitem(last=False)
            self._held -= dropped.weight
            dropped.weight = GONE

    def __len__(self) -> int:
        return len(self._kept)


def _prepare(schema: GraphQLSchema, text: str, limits: Limits) -> Prepared:
    if (refusal := too_large_a_text(text, limits)) is not None:
        return Prepared(None, (refusal,))
    try:
        document = parse(text, no_location=False, max_tokens=limits.tokens)
        errors = _check(schema, document, limits)
    except GraphQLError as error:
        return Prepared(None, tuple(label_refused_document([error])))
    except RecursionError:
        return Prepared(None, (labelled_error("查询嵌套过深，无法解析，请减少嵌套层数。", PARSE, reason="DEPTH"),))
    return Prepared(None, tuple(map(_without_nodes, errors))) if errors else Prepared(document, text=text)


def _without_nodes(error: GraphQLError) -> GraphQLError:
    """Return an error that knows its places, and does not keep a syntax tree in memory."""
    if error.nodes is None or error.source is None:
        return error
    return GraphQLError(
        error.message, source=error.source, positions=error.positions, path=error.path, extensions=error.extensions
    )


def _check(schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    if (refusal := too_large(document, limits)) is not None:
        return [refusal]
    texts = _Texts()
    visit(document, texts)
    if texts.bad:
        message = "字符串中含有 NUL 或不成对的代理字符，数据库无法保存，请删除。"
        return [GraphQLError(message, texts.bad[:MAX_ERRORS], extensions={"code": INVALID})]
    rules = specified_rules if limits.introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)
    return label_refused_document(validate(schema, document, rules, max_errors=MAX_ERRORS))
