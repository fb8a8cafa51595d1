"""Fields that say what they are once: from the domain value they show, or from the resolver's docstring.

`told(Fee, "basis", "003-13")` makes a field described by the domain's own title and description, with the clause.
`@computed` makes one whose description is the function's docstring.
"""

from collections.abc import Callable
from typing import Any

import strawberry

from domain.values import Value


def words(model: type[Value], name: str, clause: str = "") -> str:
    """Return the description of a domain field: its Chinese title, what it holds, and its clause."""
    field = model.model_fields[name]
    text = f"{field.title}: {field.description or ''}".removesuffix(": ")
    return f"{text.removesuffix('.')} ({clause})." if clause else text


def told(model: type[Value], field: str, clause: str = "", *, name: str | None = None) -> Any:
    """Return a GraphQL field read from the attribute of the same name, described by the domain's ``field``.

    ``name`` is the name in the contract where it is not the attribute's own.
    """
    return strawberry.field(description=words(model, field, clause), name=name)


def computed(
    *directives: object, name: str | None = None, description: str = ""
) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator that makes a function a GraphQL field; its docstring is the field's description."""

    def make(resolver: Callable[..., Any]) -> Any:
        text = description or " ".join((resolver.__doc__ or "").split())
        return strawberry.field(resolver=resolver, name=name, description=text, directives=directives)

    return make
