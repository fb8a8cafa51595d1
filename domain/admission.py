"""Admission: what keeps a power item out of the library under a profile on a day, each with its clause.

Pure rules over one item's content. "refuse" keeps the item out until it is mended; "attention" lets a person decide.
L9: what does not belong in a list (001-8). L10: legal bases (001-7). L13: entrustment (001-13.3).
"""

from collections.abc import Iterator
from datetime import date
from typing import Literal

from domain.clock import period_end
from domain.powers import Entrustment, LegalBasis, PowerContent
from domain.profile_parts import AdmittedKinds, BasisRules, Severity
from domain.profiles import Profile
from domain.values import Value
from domain.words import BASIS_KINDS

Code = Literal[
    "category_unknown",
    "code_unfit",
    "code_suspicious",
    "code_of_other_category",
    "level_unknown",
    "status_unknown",
    "not_for_list",
    "basis_missing",
    "basis_not_admitted",
    "basis_doubtful",
    "basis_not_in_force",
    "basis_partly_not_in_force",
    "temporary_licence_expired",
    "temporary_licence_undated",
    "re_entrusted",
    "entrustment_not_written",
    "entrustment_without_basis",
]


class Finding(Value):
    """One finding: how grave, on which field, by which clause, what is wrong and what to do."""

    code: Code
    severity: Severity
    field: str
    clause: str
    message_zh: str
    what_to_do: str


def examine(content: PowerContent, profile: Profile, day: date) -> tuple[Finding, ...]:
    """Return all findings on an item that is to be in the library on a day; empty if it can be admitted as it is."""
    return (
        *_category(content, profile),
        *_code(content, profile),
        *_level_and_status(content, profile),
        *_exclusions(content, profile),
        *_bases(content, profile, day),
        *_entrustments(content, profile),
    )


def refused(findings: tuple[Finding, ...]) -> bool:
    """Tell whether any finding keeps the item out."""
    return any(finding.severity == "refuse" for finding in findings)


# L1 (003-3, 001-6, 000-2): each regulation names its own categories.
def _category(content: PowerContent, profile: Profile) -> Iterator[Finding]:
    if profile.category(content.category) is None:
        names = "、".join(category.name for category in profile.categories)
        yield Finding(
            code="category_unknown",
            severity="refuse",
            field="category",
            clause=profile.categories[0].clause,
            message_zh=f"“{profile.name}”没有“{content.category}”这一权力类别",
            what_to_do=f"请改为下列类别之一：{names}",
        )


# L2 (003-13(1)): a code is read by its scheme; there is no code that all regions use.
def _code(content: PowerContent, profile: Profile) -> Iterator[Finding]:
    scheme = profile.code_schemes.get(content.scheme)
    if scheme is None:
        known = "、".join(profile.code_schemes)
        reason = f"没有名为“{content.scheme}”的编码规则"
        clause = profile.clause_of("code")
        yield _finding("code_unfit", "refuse", "scheme", clause, reason, f"请选用下列编码规则之一：{known}")
        return
    parts, reason_or_none = scheme.parts(content.code), scheme.check(content.code)
    if parts is None:
        todo = "请核对编码，或者留空由系统按默认规则编号"
        yield _finding("code_unfit", "refuse", "code", scheme.source, reason_or_none or "", todo)
        return
    if reason_or_none is not None:
        # Published lists do contain bad credit codes inside item codes: pointed out, not refused.
        yield _finding("code_suspicious", "attention", "code", scheme.source, reason_or_none, "请与发布单位核对编码")
    category = profile.category(content.category)
    if category is not None and parts.get("letters", category.letters) not in category.every_letters:
        reason = f"编码中的类型“{parts['letters']}”与权力类别“{category.name}”（{category.letters}）不一致"
        yield _finding("code_of_other_category", "attention", "code", category.clause, reason, "请核对编码或权力类别")


def _level_and_status(content: PowerContent, profile: Profile) -> Iterator[Finding]:
    if content.level and profile.level(content.level) is None:
        names = "、".join(level.name for level in profile.levels)
        reason = f"没有名为“{content.level}”的行使层级"
        clause = profile.levels[0].clause
        yield _finding("level_unknown", "refuse", "level", clause, reason, f"请改为下列层级之一：{names}")
    # L4 (003-21): the statuses are those of the regulation.
    if content.status not in {status.code for status in profile.statuses}:
        names = "、".join(status.name for status in profile.statuses)
        reason = f"“{profile.name}”没有“{content.status}”这一权力状态"
        clause = profile.statuses[0].clause
        yield _finding("status_unknown", "refuse", "status", clause, reason, f"请改为下列状态之一：{names}")


# L9 (001-8): abstract policy making, internal administration and powers common to all bodies stay out.
def _exclusions(content: PowerContent, profile: Profile) -> Iterator[Finding]:
    for exclusion in profile.exclusions.values():
        for name in (content.name, content.sub_item):
            if not exclusion.excludes(name, content.category):
                continue
            todo = "请从清单中删除本事项；它确实直接面向公民、法人或其他组织的，请改用依据中的职权名称"
            message = f"“{name}”：{exclusion.reason}"
            yield _finding("not_for_list", exclusion.severity, "name", exclusion.clause, message, todo)


# L10 (001-7): at least one basis of an admitted kind that is in force on the day.
def _bases(content: PowerContent, profile: Profile, day: date) -> Iterator[Finding]:
    rules = profile.basis.by_category.get(content.category, profile.basis)
    if not content.bases:
        reason = "没有列出法律依据"
        yield _finding("basis_missing", "refuse", "bases", profile.basis.clause, reason, "请补充设定这项权力的依据")
        return
    # A cancelled item claims no power any more; most are cancelled just because their basis has ended (003-17).
    if content.status == "cancelled":
        return
    living = [basis for basis in content.bases if in_force(basis, day)]
    dead = [basis for basis in content.bases if not in_force(basis, day)]
    if not living:
        reason = f"所列依据在{day}均不具有效力：{_titles(dead)}"
        todo = "请改列现行有效的依据；依据已废止的，请申请取消本事项"
        yield _finding("basis_not_in_force", "refuse", "bases", profile.basis.clause, reason, todo)
        return
    if dead:
        reason = f"部分依据在{day}不具有效力：{_titles(dead)}"
        todo = "请删除或更新失效的依据"
        yield _finding("basis_partly_not_in_force", "attention", "bases", profile.basis.clause, reason, todo)
    yield from _kinds(living, rules, profile.basis)
    if content.category == profile.basis.temporary_category:
        yield from _temporary_licence(living, rules, profile, day)


def in_force(basis: LegalBasis, day: date) -> bool:
    """Tell whether a basis is in force on a day, as far as its days are known."""
    begun = basis.in_force_from is None or basis.in_force_from <= day
    return begun and (basis.in_force_until is None or day < basis.in_force_until)


def _kinds(living: list[LegalBasis], rules: AdmittedKinds, basis_rules: BasisRules) -> Iterator[Finding]:
    kinds = {basis.kind for basis in living}
    if kinds & set(rules.admitted):
        return
    named = "、".join(BASIS_KINDS[kind] for kind in BASIS_KINDS if kind in kinds)
    wanted = "、".join(BASIS_KINDS[kind] for kind in BASIS_KINDS if kind in rules.admitted)
    note = f"（{rules.note}）" if rules.note else ""
    todo = f"请核实，并补充{wanted}中的依据"
    texts = (f"{basis.title}{basis.document_number}{basis.text}" for basis in living)
    signs = [sign for text in texts if (sign := basis_rules.sign_of_legislation(text))]
    if kinds & set(rules.doubtful):
        reason = f"所列依据只有{named}，无法确认其中有可以设定本事项的依据{note}"
        yield _finding("basis_doubtful", "attention", "bases", rules.clause, reason, todo)
    elif signs:
        reason = f"依据标为{named}，但文中写有“{signs[0]}”，依据类型可能标错"
        yield _finding("basis_doubtful", "attention", "bases", rules.clause, reason, "请核实并更正依据类型")
    else:
        reason = f"所列依据只有{named}，不能作为本事项的设定依据{note}"
        yield _finding("basis_not_admitted", "refuse", "bases", rules.clause, reason, todo)


# L10 (001-7; 行政许可法 art 15(1)): a licence that rests on nothing but a local government's rule is temporary and
# ends one year after the rule came into force.
def _temporary_licence(
    living: list[LegalBasis], rules: AdmittedKinds, profile: Profile, day: date
) -> Iterator[Finding]:
    basis_rules, limit = profile.basis, profile.limits[profile.basis.temporary_limit]
    settled = set(rules.admitted) - set(basis_rules.temporary_kinds)
    temporary = [basis for basis in living if basis.kind in basis_rules.temporary_kinds]
    if not temporary or any(basis.kind in settled for basis in living):
        return
    clause = basis_rules.temporary_clause
    ends = [period_end(basis.in_force_from, limit) for basis in temporary if basis.in_force_from is not None]
    if any(day <= end for end in ends):
        return
    todo = "请改列法律、法规等依据；没有的，请申请取消本事项"
    if len(ends) == len(temporary):
        reason = f"本许可只由地方政府规章设定，属于临时性许可，已于{max(ends)}满{limit.value}年"
        yield _finding("temporary_licence_expired", "refuse", "bases", clause, reason, todo)
    else:
        reason = f"本许可只由地方政府规章设定，属于有效期{limit.value}年的临时性许可，但规章的施行日期未填写"
        yield _finding("temporary_licence_undated", "attention", "bases", clause, reason, "请填写规章的施行日期")


# L13 (001-13.3): licences and penalties are not entrusted again, penalties only in writing, and never without basis.
def _entrustments(content: PowerContent, profile: Profile) -> Iterator[Finding]:
    rules = profile.entrustment
    for index, one in enumerate(content.entrustments):
        field = f"entrustments[{index}]"
        if one.entrusted_by and (clause := rules.no_re_entrustment.get(content.category)):
            reason = f"“{one.entrusted_by}”受委托后又将本事项委托给“{one.entrusted}”，法律不允许再委托"
            todo = "请撤销再委托；确需变更受委托组织的，由委托机关重新委托"
            yield _finding("re_entrusted", "refuse", f"{field}.entrusted_by", clause, reason, todo)
        if not one.written and (clause := rules.written.get(content.category)):
            reason = f"委托“{one.entrusted}”没有采用书面形式"
            todo = "请签订并登记书面委托书后再列入"
            yield _finding("entrustment_not_written", "refuse", f"{field}.written", clause, reason, todo)
        yield from _entrustment_basis(one, field, content.category, profile)


def _entrustment_basis(one: Entrustment, field: str, category: str, profile: Profile) -> Iterator[Finding]:
    if one.basis:
        return
    rules = profile.entrustment
    demanded, todo = rules.basis.get(category), "请填写允许委托的法律、法规或规章及其条款"
    reason = f"委托“{one.entrusted}”没有列明依据"
    if demanded:
        yield _finding("entrustment_without_basis", "refuse", f"{field}.basis", demanded, reason, todo)
    elif rules.basis_in_general:
        clause = rules.basis_in_general
        yield _finding("entrustment_without_basis", "attention", f"{field}.basis", clause, reason, todo)


def missing_elements(content: PowerContent, profile: Profile) -> tuple[str, ...]:
    """Return the names of prescribed elements (003-13(1), 001-6(3), 000-8…10) that an item leaves empty.

    Benchmarks are asked of penalties only (003-13); a note that nothing is charged fills the element of fees; a
    generic chart fills the element of the chart.
    """
    stand_ins = {
        "fees": "fee_note",
        "external_flow": "external_chart",
        "risk_points": "risk_chart",
        "body": "body_name",
    }
    missing = []
    for element in profile.elements:
        if element.field == "benchmarks" and content.category != "penalty":
            continue
        filled = getattr(content, element.field) or getattr(content, stand_ins.get(element.field, element.field))
        if not filled:
            missing.append(element.name)
    return tuple(missing)


def _titles(bases: list[LegalBasis]) -> str:
    return "、".join(f"《{basis.title}》" if basis.title else "未写名称的依据" for basis in bases)


def _finding(code: Code, severity: Severity, field: str, clause: str, message: str, todo: str) -> Finding:
    return Finding(code=code, severity=severity, field=field, clause=clause, message_zh=message, what_to_do=todo)
