"""Fields that say what their domain value says: one title and one description everywhere.

`told(Fee, "basis", "003-13")` makes a field described by the domain's own title and description, with the clause.
"""

from collections.abc import Iterable
from typing import Any

import strawberry

from domain.values import Value


def words(model: type[Value], name: str, clause: str = "") -> str:
    """Return the description of a domain field: its Chinese title, what it holds, and its clause."""
    field = model.model_fields[name]
    text = f"{field.title}: {field.description or ''}".removesuffix(": ")
    return f"{text.removesuffix('.')} ({clause})." if clause else text


def told(model: type[Value], name: str, clause: str = "", *, directives: Iterable[object] = ()) -> Any:
    """Return a GraphQL field read from the attribute of the same name, described by the domain field ``name``."""
    return strawberry.field(description=words(model, name, clause), directives=tuple(directives))
