"""Fields that say what they are once: from the domain value they show, or from the resolver's docstring.

`told(Fee, "basis", "003-13")` makes a field described by the domain's own title and description, with the clause.
`@computed` makes one whose description is the function's docstring.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final

import strawberry
from pydantic_core import to_jsonable_python

from domain.values import Value
from resolvers.reading.shows import METADATA, OfAttribute, Shown

READS: Final = "reads"
"""The key under which a field's metadata say how a list or a row is read (see ``schema.reads``)."""


def words(model: type[Value], name: str, clause: str = "") -> str:
    """Return the description of a domain field: its Chinese title, what it holds, and its clause."""
    field = model.model_fields[name]
    text = f"{field.title}: {field.description or ''}".removesuffix(": ")
    return f"{text.removesuffix('.')} ({clause})." if clause else text


def default_of(model: type[Value], name: str) -> Any:
    """Return what a domain field means where a document leaves it out, as JSON says it; None if it never may."""
    field = model.model_fields[name]
    default = None if field.is_required() else to_jsonable_python(field.get_default(call_default_factory=True))
    return tuple(default) if isinstance(default, list) else default


def told(model: type[Value], field: str, clause: str = "", *, name: str | None = None) -> Any:
    """Return a GraphQL field read from the attribute of the same name, described by the domain's ``field``.

    ``name`` is the name in the contract where it is not the attribute's own.
    """
    shown = OfAttribute(field, default_of(model, field))
    return strawberry.field(description=words(model, field, clause), name=name, metadata={METADATA: shown})


def plain(shown: Shown, description: str) -> Any:
    """Return a GraphQL field read from the attribute of the same name that says what it shows."""
    return strawberry.field(description=description, metadata={METADATA: shown})


def computed(
    *directives: object, description: str = "", shows: Shown | None = None, reads: object = None
) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator that makes a function a GraphQL field; its docstring is the field's description.

    With ``shows`` or ``reads`` it also says how a compiled read gets the same; without, it has to be called.
    """
    metadata = {key: value for key, value in ((METADATA, shows), (READS, reads)) if value is not None}

    def make(resolver: Callable[..., Any]) -> Any:
        text = description or " ".join((resolver.__doc__ or "").split())
        return strawberry.field(resolver=resolver, description=text, directives=directives, metadata=metadata)

    return make


def coded(name: str, names: Mapping[str, str], description: str) -> Any:
    """Return an enumeration of the domain's codes with their Chinese names; the empty code is called NONE."""
    members = {
        code.upper() or "NONE": strawberry.enum_value(code, description=f"{chinese or '无'}: {code or 'none'}.")
        for code, chinese in names.items()
    }
    made: Any = Enum(name, members)  # type: ignore[misc]
    return strawberry.enum(made, description=description)
