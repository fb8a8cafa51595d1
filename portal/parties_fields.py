"""The party in a form: found by its number, chosen among those known, or entered (R4, 003-31(1)).

One group of controls for every form in which a party is named. What was typed stays in the page that is sent back,
which nothing keeps; it never stands in an address.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from domain.identity_documents import DOCUMENT_NAMES, DOCUMENTS_OF, DocumentKind, PartyKind
from domain.parties import FIELD_NAMES, FIELDS, LONGEST, Party, PartyField
from portal.labels import mark
from portal.matters_fields import Answers, Control, Group, Options
from resolvers import parties
from resolvers.context import Context
from resolvers.errors import FieldProblem, InvalidInput
from resolvers.parties_reading import chosen
from resolvers.parties_values import AlreadyEntered, MaskedParty

PREFIX: Final = "party-"
DO, FIND, NEXT = "do", "find", "next"
ANEW: Final = ("", mark("（不在其中，按下面填写的内容登记）"))
KIND_OF: Final[dict[str, PartyKind]] = {one: kind for kind, kinds in DOCUMENTS_OF.items() for one in kinds}
DOCUMENTS: Final[Options] = tuple(
    (one, DOCUMENT_NAMES[one]) for kind in ("citizen", "organisation") for one in DOCUMENTS_OF[kind]
)
FIRST: Final[tuple[PartyField, ...]] = ("name", "phone", "address")
MORE: Final[tuple[PartyField, ...]] = ("email", "contact", "representative")
LABELS: Final[dict[PartyField, str]] = {
    "name": mark("姓名或者名称"),
    "number": mark("证件号码"),
    "phone": mark("联系电话"),
    "email": mark("电子邮箱"),
    "address": mark("地址"),
    "contact": mark("联系人"),
    "representative": mark("法定代表人或者负责人"),
}
HINTS: Final[dict[PartyField, str]] = {
    "name": mark("与证件上的一致。"),
    "number": mark("空格、短横、全角半角都可以。"),
    "phone": mark("电话、邮箱、地址至少填写一项。"),
}
TYPES: Final[dict[PartyField, str]] = {"phone": "tel", "email": "email"}


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the party in a form: those found, and the one it is. ``again`` asks for the form once more."""

    found: tuple[MaskedParty, ...] = ()
    party: MaskedParty | None = None
    again: bool = False


def described(party: MaskedParty) -> str:
    """Return a party in one masked line."""
    return f"{party.name}（{DOCUMENT_NAMES[party.document]} {party.number}）"


def field_control(name: PartyField, *, required: bool = False, hint: str | None = None) -> Control:
    """Return the control of one field of a party."""
    said = HINTS.get(name, "") if hint is None else hint
    kind = TYPES.get(name, "text")
    return Control(
        f"{PREFIX}{name}", LABELS[name], kind, said, required, most=LONGEST[name] * 2, wide=name == "address"
    )


def party_groups(found: tuple[MaskedParty, ...], *, needed: bool = False) -> Iterator[Group]:
    """Return the controls: those found to choose from, then kind and number of the document, then the rest."""
    legend = mark("当事人")
    if found:
        options = (*((one.reference, described(one)) for one in found), ANEW)
        hint = mark("本机关登记过这个号码。就是此人的，保持选中；信息有变化的，登记后办理更正。")
        first = found[0].reference
        yield Group(mark("已登记的当事人"), (Control("party", legend, "select", hint, options=options, default=first),))
    known = mark("先填写证件种类和号码并查找；没有登记过的，再填写其余各项。")
    hint = known if needed else mark("还不知道当事人的，全部留空。")
    controls = (
        Control(f"{PREFIX}document", mark("证件种类"), "select", options=DOCUMENTS),
        field_control("number"),
        Control(FIND, mark("按证件号码查找"), "submit"),
        *(field_control(name) for name in FIRST),
    )
    yield Group(legend if not found else mark("登记另一当事人"), controls, hint, folded=bool(found))
    yield Group(mark("当事人的其他信息"), tuple(field_control(name) for name in MORE), folded=True)


def typed_party(answers: Answers) -> Party | None:
    """Return the party that was typed; None if nothing was."""
    values = {str(name): answers.text(f"{PREFIX}{name}") for name in FIELDS}
    if not any(values.values()):
        return None
    document = answers.text(f"{PREFIX}document")
    known: DocumentKind = next((one for one in DOCUMENT_NAMES if one == document), "citizen_id")
    return Party(KIND_OF[known], known, **values)


def at_its_field(problem: FieldProblem) -> FieldProblem:
    """Return a problem of a party at the control that shows the field."""
    place = "document" if problem.path == "kind" else problem.path
    known = place == "document" or place in FIELD_NAMES
    return FieldProblem(f"{PREFIX}{place}" if known else "", problem.code, problem.message, problem.remedy)


async def settled(ctx: Context, body: str, answers: Answers) -> tuple[Answers, Settled]:
    """Find, take or enter the party of a form; the answers come back with the one that is chosen, and with problems."""
    if answers.text(DO) == FIND:
        return await _sought(ctx, body, answers)
    if answers.text("party"):
        shown = await chosen(ctx, body, answers.text("party"))
        return _with(answers, shown), Settled((shown,), shown)
    typed = typed_party(answers)
    if typed is None:
        return answers, Settled()
    try:
        shown = await parties.masked_party(ctx, await parties.enter(ctx, body, typed))
    except AlreadyEntered as known:
        shown = await parties.masked_party(ctx, known.party_id)
        told = FieldProblem("party", known.code, known.message, "请核对下面选中的当事人；就是此人的，再次提交即可。")
        return _with(answers, shown, told), Settled((shown,), None, again=True)
    except InvalidInput as refusal:
        return replace(answers, problems=[*answers.problems, *map(at_its_field, refusal.problems)]), Settled(again=True)
    return _with(answers, shown), Settled((shown,), shown)


async def _sought(ctx: Context, body: str, answers: Answers) -> tuple[Answers, Settled]:
    try:
        found = tuple(one for one in await parties.find(ctx, answers.text(f"{PREFIX}number")) if one.body == body)
    except InvalidInput as refusal:
        return replace(answers, problems=[*answers.problems, *map(at_its_field, refusal.problems)]), Settled(again=True)
    if found:
        return _with(answers, found[0]), Settled(found, None, again=True)
    told = FieldProblem(
        f"{PREFIX}number", "NOT_KNOWN", "本机关没有登记过这个号码。", "请填写其余各项，提交时一并登记。"
    )
    return replace(answers, values=dict(answers.values) | {"party": ""}, problems=[*answers.problems, told]), Settled(
        again=True
    )


def _with(answers: Answers, party: MaskedParty, *problems: FieldProblem) -> Answers:
    values = dict(answers.values) | {"party": party.reference, "party_kind": party.kind}
    return replace(answers, values=values, problems=[*answers.problems, *problems])
