"""The history of an item and the difference between any two of its versions, field by field (003-21, L4)."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.difference import JOINT, FieldDifference
from portal import asking, items, labels
from portal.publishing import published
from portal.rendering import link, render
from resolvers.errors import NotFound
from resolvers.power_views import VersionRow
from resolvers.powers import difference, versions

_NUMBERED = re.compile(r"^(?P<title>.+?)\[(?P<number>\d+)\]$")
_TOKEN = re.compile(r"[A-Za-z]+|\d+(?:\.\d+)?|.", re.DOTALL)
WHOLE_BELOW = 0.3
"""Texts less alike than this are shown whole: marks in every second place help nobody."""

CODED: dict[str, dict[str, str]] = {
    "category": labels.CATEGORIES,
    "status": labels.STATUSES,
    "level": labels.LEVELS,
    "kind": labels.BASIS_KINDS,
    "unit": labels.UNITS | {"yuan": "元", "multiple": "倍", "percent": "%"},
    "form": labels.MATERIAL_FORMS,
    "grade": labels.RISK_GRADES,
    "start": labels.STARTS,
}
TITLED_CODES: dict[str, dict[str, str]] = {
    "依据类型": labels.BASIS_KINDS,
    "单位": CODED["unit"],
    "材料形式": labels.MATERIAL_FORMS,
    "风险等级": labels.RISK_GRADES,
    "起算": labels.STARTS,
}
_TITLED = re.compile(rf"({'|'.join(TITLED_CODES)})：([a-z_]+)")


@dataclass(frozen=True, slots=True)
class TitlePart:
    """A part of a field's title: its word and, in a list, which entry (0: none)."""

    word: str
    number: int


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """One difference: where it is, what kind, and both texts with what was removed and added marked."""

    parts: tuple[TitlePart, ...]
    kind: str
    before: Markup
    after: Markup


@dataclass(frozen=True, slots=True)
class VersionsPage:
    """The history of an item, the newest first."""

    code: str
    name: str
    versions: tuple[VersionRow, ...]


@dataclass(frozen=True, slots=True)
class ComparePage:
    """The difference between two versions."""

    code: str
    name: str
    versions: tuple[VersionRow, ...]
    earlier: VersionRow
    later: VersionRow
    lines: tuple[DifferenceLine, ...]


def title_parts(title: str) -> tuple[TitlePart, ...]:
    """Split a title such as ``实施依据[2] · 条款`` into its parts."""
    found = []
    for part in title.split(JOINT):
        numbered = _NUMBERED.match(part)
        found.append(TitlePart(numbered["title"], int(numbered["number"])) if numbered else TitlePart(part, 0))
    return tuple(found)


def in_words(path: str, text: str) -> str:
    """Put words in the place of codes: a difference speaks of codes where the content has them."""
    field = path.rpartition(".")[2]
    if text in CODED.get(field, {}):
        return CODED[field][text]
    return _TITLED.sub(lambda found: f"{found[1]}：{TITLED_CODES[found[1]].get(found[2], found[2])}", text)


def marked(before: str, after: str) -> tuple[Markup, Markup]:
    """Return both texts with ``<del>`` and ``<ins>`` around what differs; very unlike ones are marked whole."""
    left, right = _TOKEN.findall(before), _TOKEN.findall(after)
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.quick_ratio() < WHOLE_BELOW or matcher.ratio() < WHOLE_BELOW:
        return Markup("<del>{}</del>").format(before), Markup("<ins>{}</ins>").format(after)
    old, new = Markup(""), Markup("")
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        gone, came = "".join(left[i1:i2]), "".join(right[j1:j2])
        if tag == "equal":
            old, new = old + escape(gone), new + escape(came)
            continue
        old += Markup("<del>{}</del>").format(gone) if gone else ""
        new += Markup("<ins>{}</ins>").format(came) if came else ""
    return old, new


def _line(one: FieldDifference) -> DifferenceLine:
    before, after = in_words(one.path, one.before), in_words(one.path, one.after)
    if one.kind == "changed":
        old, new = marked(before, after)
    else:
        old = Markup("<del>{}</del>").format(before) if before else Markup("")
        new = Markup("<ins>{}</ins>").format(after) if after else Markup("")
    return DifferenceLine(title_parts(one.title), one.kind, old, new)


@published
async def history(request: Request) -> Response:
    """Show all versions of an item."""
    code = asking.code_of(request)
    found = await versions(request.state.context, code)
    return render(request, "powers/versions.html", VersionsPage(code, found[0].name, found))


def _number(request: Request, name: str) -> int | None:
    return asking.number(request, name, 1, 1_000_000)


@published
async def compare(request: Request) -> Response:
    """Show what changed from one version to another; without numbers, the newest two."""
    code = asking.code_of(request)
    found = {one.no: one for one in await versions(request.state.context, code)}
    newest = max(found)
    later, earlier = _number(request, "to") or newest, _number(request, "from") or max(newest - 1, 1)
    if earlier not in found or later not in found:
        raise NotFound("事项版本")
    if earlier > later:
        return RedirectResponse(link("powers", code, "compare", from_=later, to=earlier), status_code=302)
    changes = await difference(request.state.context, code, earlier, later)
    page = ComparePage(
        code=code,
        name=found[later].name,
        versions=tuple(found.values()),
        earlier=found[earlier],
        later=found[later],
        lines=tuple(map(_line, changes)),
    )
    return render(request, "powers/compare.html", page)


ROUTES: list[BaseRoute] = [
    Route("/powers/{code:path}/versions", history, name="versions"),
    Route("/powers/{code:path}/compare", compare, name="compare"),
    items.ITEM,
]
