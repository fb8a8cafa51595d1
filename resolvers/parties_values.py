"""What the use-cases of parties are given and answer: the masked view, and their refusals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from domain.identity_documents import DocumentKind, PartyKind
from domain.parties import FIELD_NAMES, FIELDS, Party, PartyField, PartyProblem, reference
from resolvers.errors import Conflict, FieldProblem, InvalidInput

CHOICES: Final = "请从列出的选项中选择。"


@dataclass(frozen=True, slots=True)
class MaskedParty:
    """A party as lists show it: `王*`, `3203**********1234`. ``no`` is its version in force."""

    id: UUID
    no: int
    body: str
    kind: PartyKind
    document: DocumentKind
    name: str
    number: str
    phone: str
    email: str
    address: str
    contact: str
    representative: str

    @property
    def reference(self) -> str:
        """The text by which a matter names this party (``Opening.party``)."""
        return reference(self.id)


@dataclass(frozen=True, slots=True)
class Revealed:
    """What was opened, field by field in plain text: to be shown, never to be kept. ``event`` is its place in the record."""

    id: UUID
    no: int
    kind: PartyKind
    document: DocumentKind
    event: int
    values: Mapping[PartyField, str] = field(repr=False)


class AlreadyEntered(Conflict):
    """The body knows a party of this number already; ``party_id`` says which."""

    code = "PARTY_KNOWN"

    def __init__(self, party_id: UUID) -> None:
        super().__init__("本单位已经登记过这个证件号码的当事人。", "请直接使用已有登记；内容有变化的，请办理更正。")
        self.party_id = party_id


def refuse(problems: tuple[PartyProblem, ...]) -> None:
    """Raise ``InvalidInput`` with every problem, if there is any; no text repeats what was written."""
    if problems:
        found = tuple(FieldProblem(*one) for one in problems)
        raise InvalidInput("当事人信息填写有误。", "请按提示改正后重新提交。", found)


def choice(field_name: str, code: str, message: str) -> InvalidInput:
    """Return the refusal of a choice that is not on its closed list."""
    return InvalidInput(message, CHOICES, (FieldProblem(field_name, code, message, CHOICES),))


def chosen_fields(wanted: tuple[str, ...]) -> tuple[PartyField, ...]:
    """Return the fields to open, in their order. Raises ``InvalidInput`` for none and for one that there is not."""
    if not wanted or set(wanted) - set(FIELDS):
        names = "、".join(FIELD_NAMES.values())
        raise choice("fields", "UNKNOWN", f"没有选择要查看的内容，或者选择有误；可以选择：{names}。")
    return tuple(one for one in FIELDS if one in wanted)


def masked_view(party_id: UUID, no: int, body: str, shown: Party) -> MaskedParty:
    """Return the view of a party that `domain.parties.masked` has masked."""
    return MaskedParty(party_id, no, body, shown.kind, shown.document, **{name: shown.value(name) for name in FIELDS})
