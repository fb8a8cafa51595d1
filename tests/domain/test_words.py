"""Every code that an item's document can hold has one Chinese word."""

from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from domain.difference import difference
from domain.powers import LegalBasis, PowerContent
from domain.words import CODES
from tests import factories


def _codes(annotation: Any, seen: set[type]) -> set[str]:
    if get_origin(annotation) is Literal:
        return set(get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation in seen:
            return set()
        seen.add(annotation)
        return {code for field in annotation.model_fields.values() for code in _codes(field.annotation, seen)}
    return {code for one in get_args(annotation) for code in _codes(one, seen)}


def test_every_code_of_an_item_has_its_word() -> None:
    """A new code without a word would be shown to citizens as English."""
    assert _codes(PowerContent, set()) - CODES.keys() == set()


def test_a_difference_speaks_in_words_not_in_codes() -> None:
    """A changed state and a changed kind of basis read as Chinese."""
    before = factories.power(bases=(LegalBasis(kind="rule", title="某办法"),))
    after = before.model_copy(update={"status": "suspended", "bases": (LegalBasis(kind="law", title="某办法"),)})
    told = {(one.title, one.before, one.after) for one in difference(before, after)}
    assert told == {("权力状态", "", "暂停"), ("实施依据[1] · 依据类型", "规章", "法律")}
