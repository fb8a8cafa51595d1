"""What types declare is checked against their entities when the program starts: type, field and reason."""

from collections.abc import Iterable

from strawberry.types.base import StrawberryObjectDefinition

from resolvers.reading.declarations import Entity, WrongDeclaration
from schema.sources import Shows


def check(definitions: Iterable[object]) -> int:
    """Check that every column and relation a type shows is one of its entity's; returns how many there are.

    Raises ``WrongDeclaration`` with type, field and reason.
    """
    checked = 0
    for definition in definitions:
        entity = getattr(getattr(definition, "origin", None), "entity", None)
        if not isinstance(definition, StrawberryObjectDefinition) or not isinstance(entity, Entity):
            continue
        for field in definition.fields:
            shows = field.metadata.get("shows")
            if isinstance(shows, Shows) and shows.what != "content":
                _check(definition.name, field.python_name, shows, entity)
                checked += 1
    return checked


def _check(kind: str, field: str, shows: Shows, entity: Entity) -> None:
    known = entity.columns if shows.what == "column" else entity.relations
    if shows.name not in known:
        raise WrongDeclaration(kind, field, f"the entity {entity.name} has no {shows.what} {shows.name}")
