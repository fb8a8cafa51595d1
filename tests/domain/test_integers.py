"""Integers of published content fit into 32 bits, which is all that an interface's integer and a database's hold."""

from typing import Any, get_args

import pytest
from annotated_types import Ge, Le
from pydantic import BaseModel, ValidationError

from domain.benchmarks import CountCondition
from domain.powers import PowerContent

BIGGEST = 2**31 - 1


def _models(model: type[BaseModel], found: dict[str, type[BaseModel]]) -> dict[str, type[BaseModel]]:
    """Collect a model and every model that its fields hold."""
    if model.__name__ not in found:
        found[model.__name__] = model
        for field in model.model_fields.values():
            for kind in _kinds(field.annotation):
                if isinstance(kind, type) and issubclass(kind, BaseModel):
                    _models(kind, found)
    return found


def _kinds(annotation: Any) -> list[Any]:
    inner = [kind for one in get_args(annotation) for kind in _kinds(one)]
    return inner or [annotation]


MODELS = _models(PowerContent, {})


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (model, name)
        for model in MODELS.values()
        for name, field in model.model_fields.items()
        if int in _kinds(field.annotation)
    ],
)
def test_every_integer_has_bounds_within_32_bits(model: type[BaseModel], name: str) -> None:
    bounds = model.model_fields[name].metadata
    assert any(isinstance(one, Le) and isinstance(one.le, int) and one.le <= BIGGEST for one in bounds)
    assert any(isinstance(one, Ge) and isinstance(one.ge, int) and one.ge >= -BIGGEST for one in bounds)


def test_a_larger_count_is_refused() -> None:
    assert CountCondition(kind="count", fact="次数", at_most=BIGGEST).at_most == BIGGEST
    with pytest.raises(ValidationError, match="at_most"):
        CountCondition(kind="count", fact="次数", at_most=BIGGEST + 1)
