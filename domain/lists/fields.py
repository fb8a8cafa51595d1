"""From the text of a cell to the value of a field of `PowerContent`, one reader per field."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from domain.flows import Flow
from domain.lists.bases import split_bases
from domain.lists.duties import split_names, split_paragraphs, split_persons, split_responsibilities, split_situations
from domain.lists.headers import HeaderMapping
from domain.lists.texts import clean, code_text, compact, is_empty, mend, units
from domain.powers import Material, PowerContent

# Cells of these fields are taken even if they say 无 or /: the word itself informs.
_SAYING = frozenset(("fee_note", "name"))
_FREE_OF_CHARGE = re.compile(r"^[/\\—-]*$")

Reader = Callable[[str, HeaderMapping], Any]


def _materials(text: str, _: HeaderMapping) -> tuple[Material, ...]:
    return tuple(Material.model_validate({"name": name}) for name in split_names(text))


def _flow(text: str, _: HeaderMapping) -> Flow | None:
    """Steps joined by arrows: 申请→受理→审查→决定."""
    names = [compact(part) for part in re.split(r"→|⟶|➔|➜|->|—>|-->", text)]
    names = [name for name in names if name]
    if len(names) < 2:
        return None
    return Flow.model_validate({"steps": [{"key": f"step{n}", "name": name} for n, name in enumerate(names, 1)]})


def _fee_note(text: str, _: HeaderMapping) -> str:
    return "" if _FREE_OF_CHARGE.match(compact(text)) else mend(text)


# Every reader takes the text of a cell that is not empty; what it returns validates as the field's type.
READERS: Mapping[str, Reader] = {
    "name": lambda text, _: compact(text),
    "sub_item": lambda text, _: compact(text),
    "body_name": lambda text, _: compact(text),
    "handling_unit": lambda text, _: units(text),
    "authority": lambda text, _: mend(text),
    "status_reason": lambda text, _: mend(text),
    "status_basis": lambda text, _: mend(text),
    "duties": lambda text, _: split_paragraphs(text),
    "bases": lambda text, mapping: split_bases(text, mapping.tags),
    "responsibility_bases": lambda text, mapping: split_bases(text, mapping.tags),
    "accountability_bases": lambda text, mapping: split_bases(text, mapping.tags),
    "responsibilities": lambda text, _: split_responsibilities(text),
    "accountable_persons": lambda text, _: split_persons(text),
    "accountability": lambda text, _: split_situations(text),
    "remedies": lambda text, _: split_paragraphs(text),
    "fee_note": _fee_note,
    "place": lambda text, _: compact(text),
    "contact_phone": lambda text, _: compact(text),
    "supervision_phone": lambda text, _: compact(text),
    "external_chart": lambda text, _: code_text(text),
    "internal_chart": lambda text, _: code_text(text),
    "risk_chart": lambda text, _: code_text(text),
    "external_flow": _flow,
    "remarks": lambda text, _: mend(text),
    # Parts of the service guide.
    "conditions": lambda text, _: split_names(text),
    "materials": _materials,
    "steps": lambda text, _: split_names(text.replace("→", "\n")),
    "review_points": lambda text, _: split_names(text),
    "results": lambda text, _: split_names(text),
    "hours": lambda text, _: compact(text),
}
GUIDE_FIELDS = frozenset(("conditions", "materials", "steps", "review_points", "results", "hours"))
# Text fields of the content: structured ones may also stand in a cell as JSON, as our own export writes them.
TEXT_FIELDS = frozenset(name for name, info in PowerContent.model_fields.items() if info.annotation is str)


@cache
def adapter(field: str) -> TypeAdapter[Any]:
    """The validator of one field of the content."""
    annotation: Any = PowerContent.model_fields[field].annotation
    return TypeAdapter(annotation)


def read_json(field: str, text: str) -> Any | None:
    """A structured value written as JSON by our own export; None when the cell holds words."""
    text = clean(text)
    if field in TEXT_FIELDS or field not in PowerContent.model_fields or text[:1] not in ("[", "{"):
        return None
    try:
        return adapter(field).validate_json(text)
    except ValidationError:
        return None


def read_field(field: str, text: str, mapping: HeaderMapping) -> Any | None:
    """The value of a field from the text of its cell; None when the cell says nothing or is not understood."""
    if not clean(text) or (is_empty(text) and field not in _SAYING):
        return None
    structured = read_json(field, text)
    if structured is not None:
        return structured
    reader = READERS.get(field)
    value = reader(text, mapping) if reader is not None else None
    return None if value in ((), "", None) else value
