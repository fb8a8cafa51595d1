"""Admission: truth tables of what a list may not hold. The policy stands in the comments."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.admission import Finding, examine, missing_elements, refused
from domain.powers import PowerContent
from domain.profiles import Profile, load_profiles

PROFILES = load_profiles()
BAOTOU, XUZHOU, SHANXI = PROFILES["baotou-2023"], PROFILES["xuzhou-2016"], PROFILES["shanxi-city"]
TODAY = date(2026, 11, 21)
LAW = {"kind": "law", "title": "某法"}


def content(**changes: Any) -> PowerContent:
    fields: dict[str, Any] = {
        "scheme": "hubei-16",
        "code": "990100001XK00100",
        "name": "某项许可",
        "category": "licence",
        "body": "001",
        "level": "prefecture",
        "bases": [LAW],
    }
    return PowerContent.model_validate({**fields, **changes})


def findings(profile: Profile = BAOTOU, day: date = TODAY, **changes: Any) -> tuple[Finding, ...]:
    return examine(content(**changes), profile, day)


def codes(found: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(one.code, one.severity) for one in found]


LETTERS = {"licence": "XK", "penalty": "CF", "coercion": "QZ", "inspection": "JC", "other_power": "QT", "reward": "JL"}
LETTERS |= {"adjudication": "CJ", "confirmation": "QR", "requisition": "ZY", "benefit": "JF", "levy": "ZS"}


def named(name: str, category: str, profile: Profile = BAOTOU, **changes: Any) -> list[tuple[str, str, str]]:
    found = findings(profile, name=name, category=category, code=f"990100001{LETTERS[category]}00100", **changes)
    return [(one.code, one.severity, one.clause) for one in found]


def test_an_item_with_nothing_wrong_has_no_finding() -> None:
    assert findings() == ()
    assert not refused(findings())


def test_every_finding_says_what_where_by_which_clause_and_what_to_do() -> None:
    found = findings(category="filing", code="/", level="district", bases=[])
    assert [one.field for one in found] == ["category", "code", "level", "bases"]
    assert all(one.message_zh and one.what_to_do and one.clause for one in found)
    assert refused(found)


# L1: a category is admitted where its regulation names it, and nowhere else.
@pytest.mark.clause("L1")
@pytest.mark.parametrize(
    ("profile", "category", "admitted"),
    [
        (XUZHOU, "requisition", True),
        (XUZHOU, "inspection", False),
        (BAOTOU, "requisition", False),
        (BAOTOU, "inspection", True),
        (SHANXI, "requisition", False),
        (SHANXI, "inspection", True),
        (PROFILES["demo-city"], "requisition", True),
        (PROFILES["demo-city"], "inspection", True),
    ],
)
def test_categories_by_regulation(profile: Profile, category: str, *, admitted: bool) -> None:
    found = named("某项职权", category, profile)
    assert found == ([] if admitted else [("category_unknown", "refuse", profile.categories[0].clause)])


# L2: a code must fit its scheme. A bad credit code inside it, or another category's letters, a person looks at.
@pytest.mark.clause("L2")
@pytest.mark.parametrize(
    ("scheme", "code", "expected"),
    [
        ("hubei-16", "990100001XK00100", []),
        ("hubei-16", "990100001XK0010", [("code_unfit", "refuse")]),
        ("hubei-16", "/", [("code_unfit", "refuse")]),
        ("hubei-16", "990100001CF00100", [("code_of_other_category", "attention")]),
        ("hubei-16", "990011001XK00100", [("code_suspicious", "attention")]),
        ("unheard-of", "990100001XK00100", [("code_unfit", "refuse")]),
        ("beijing-12", "000915003000", []),
        ("guangan", "511A0138000000-511602000000-000-115113010833722044-1-00", [("code_suspicious", "attention")]),
    ],
)
def test_codes_by_scheme(scheme: str, code: str, expected: list[tuple[str, str]]) -> None:
    assert codes(findings(scheme=scheme, code=code)) == expected


@pytest.mark.clause("L2")
def test_both_letters_in_use_for_benefits_are_known() -> None:
    for letters in ("JF", "GF"):
        assert findings(category="benefit", code=f"990100001{letters}00100") == ()


# L4: 003-21 knows suspension, 001 and 000 do not.
@pytest.mark.clause("L4")
@pytest.mark.parametrize(("profile", "admitted"), [(XUZHOU, True), (BAOTOU, False), (SHANXI, False)])
def test_suspension_by_regulation(profile: Profile, *, admitted: bool) -> None:
    assert codes(findings(profile, status="suspended")) == ([] if admitted else [("status_unknown", "refuse")])


# L9 (001-8): the abstract act, internal administration and common powers stay out; a power over somebody else's plan,
# standard or personnel stays in, and a penalty is never an abstract act, whatever its name mentions.
@pytest.mark.clause("L9")
@pytest.mark.parametrize(
    ("name", "category", "clause"),
    [
        # 001-8.1 the abstract act itself
        ("城市发展政策制定", "other_power", "001-8.1"),
        ("城乡规划编制", "other_power", "001-8.1"),
        ("组织编制全市林业发展规划", "other_power", "001-8.1"),
        ("地方标准制定", "other_power", "001-8.1"),
        ("拟订行业政策并组织实施", "other_power", "001-8.1"),
        ("产业政策调研", "other_power", "001-8.1"),
        ("规划编制", "confirmation", "001-8.1"),
        # … but powers over such documents are powers
        ("城乡规划编制单位资质认定", "licence", None),
        ("控制性详细规划审批", "other_power", None),
        ("企业产品标准备案", "other_power", None),
        ("对未按规定编制规划的检查", "inspection", None),
        ("对未按规定制定应急预案、标准的处罚", "penalty", None),
        ("对违反规定组织编制规划的处罚", "penalty", None),
        ("对参与标准制定的企业给予奖励", "reward", None),
        ("公立医疗机构医疗服务价格制定", "other_power", None),  # a price binds those who pay it
        # 001-8.2 internal administration
        ("人事任免", "other_power", "001-8.2"),
        ("机关干部任免", "other_power", "001-8.2"),
        ("内部审计", "other_power", "001-8.2"),
        ("本单位财务管理", "other_power", "001-8.2"),
        ("对企业内部审计的监督检查", "inspection", None),
        ("一次性内部资料性出版物准印证核发", "licence", None),
        # 001-8.3 powers common to all bodies
        ("行政复议", "other_power", "001-8.3"),
        ("行政复议案件审理", "adjudication", None),  # an adjudication by name and category is for a person to read
        ("加处罚款", "coercion", "001-8.3"),
        ("对逾期不缴纳罚款的加处罚款", "coercion", "001-8.3"),
        ("投诉、举报受理", "other_power", "001-8.3"),
        ("投诉举报处理", "other_power", "001-8.3"),
        ("信访事项办理", "other_power", "001-8.3"),
        # … but complaints that a law gives to one body are its own power
        ("政府采购投诉处理", "adjudication", None),
        ("工程建设项目招标投标活动投诉的处理", "other_power", None),
        ("对举报违法行为有功人员的奖励", "reward", None),
    ],
)
def test_what_does_not_belong_in_a_list(name: str, category: str, clause: str | None) -> None:
    assert named(name, category) == ([("not_for_list", "refuse", clause)] if clause else [])


# L9: 001 lists what stays out; 000-2 only defines a power; 003 leaves it to the staffing office that confirms.
@pytest.mark.clause("L9")
@pytest.mark.parametrize(
    ("name", "baotou", "shanxi", "xuzhou"),
    [
        ("城乡规划编制", "refuse", "refuse", "attention"),
        ("人事任免", "refuse", "refuse", "attention"),
        ("行政复议", "refuse", "attention", "attention"),
    ],
)
def test_regulations_differ_in_what_they_keep_out(name: str, baotou: str, shanxi: str, xuzhou: str) -> None:
    severities = [named(name, "other_power", profile)[0][1] for profile in (BAOTOU, SHANXI, XUZHOU)]
    assert severities == [baotou, shanxi, xuzhou]


@pytest.mark.clause("L9")
def test_a_sub_item_is_read_like_an_item() -> None:
    assert named("行业管理", "other_power", sub_item="行业政策制定") == [("not_for_list", "refuse", "001-8.1")]


# L10: which kinds carry an item, by category: admitted → nothing, doubtful → a person looks, else refused.
# 行政许可法 17: no licence by a normative document; 行政处罚法 16, 行政强制法 10: the same for penalties and coercion.
@pytest.mark.clause("L10")
@pytest.mark.parametrize(
    ("profile", "category", "kinds", "expected"),
    [
        (BAOTOU, "licence", ["law"], []),
        (BAOTOU, "licence", ["state_council_decision"], []),
        (BAOTOU, "licence", ["department_rule"], [("basis_doubtful", "attention", "行政许可法-17")]),
        (BAOTOU, "licence", ["normative_document"], [("basis_not_admitted", "refuse", "行政许可法-17")]),
        (BAOTOU, "licence", ["normative_document", "law"], []),
        (BAOTOU, "penalty", ["department_rule"], []),
        (BAOTOU, "penalty", ["normative_document"], [("basis_not_admitted", "refuse", "行政处罚法-16")]),
        (BAOTOU, "penalty", ["untagged"], [("basis_doubtful", "attention", "行政处罚法-16")]),
        (BAOTOU, "coercion", ["local_regulation"], []),
        (BAOTOU, "coercion", ["local_rule"], [("basis_doubtful", "attention", "行政强制法-10")]),
        (BAOTOU, "coercion", ["normative_document"], [("basis_not_admitted", "refuse", "行政强制法-10")]),
        (BAOTOU, "other_power", ["local_rule"], []),
        # 001-7 does not name department rules and normative documents; 003-13 and 003-17 name the latter
        (BAOTOU, "other_power", ["department_rule"], [("basis_doubtful", "attention", "001-7")]),
        (BAOTOU, "other_power", ["normative_document"], [("basis_doubtful", "attention", "001-7")]),
        (XUZHOU, "other_power", ["normative_document"], []),
        (XUZHOU, "licence", ["normative_document"], [("basis_not_admitted", "refuse", "行政许可法-17")]),
        (BAOTOU, "other_power", ["party_document"], [("basis_not_admitted", "refuse", "001-7")]),
        (BAOTOU, "other_power", [], [("basis_missing", "refuse", "001-7")]),
        (XUZHOU, "other_power", [], [("basis_missing", "refuse", "003-13")]),
    ],
)
def test_kinds_of_bases(
    profile: Profile, category: str, kinds: list[str], expected: list[tuple[str, str, str]]
) -> None:
    bases = [{"kind": kind, "title": f"依据{number}"} for number, kind in enumerate(kinds)]
    assert named("某项职权", category, profile, bases=bases) == expected


@pytest.mark.clause("L10")
def test_legislation_under_a_wrong_tag_is_pointed_out_not_refused() -> None:
    # An order of the State Council is a regulation, whatever the list's tag says.
    bases = [{"kind": "normative_document", "title": "某特别规定", "text": "国务院令第1号公布"}]
    (finding,) = findings(category="penalty", code="990100001CF00100", bases=bases)
    assert (finding.code, finding.severity) == ("basis_doubtful", "attention")
    assert "国务院令第1号" in finding.message_zh


# L10: in force from the first day, until the day before in_force_until; unknown days count as in force.
@pytest.mark.clause("L10", "A10")
@pytest.mark.parametrize(
    ("begun", "ended", "day", "expected"),
    [
        (None, None, TODAY, []),
        (date(2020, 1, 1), None, date(2020, 1, 1), []),
        (date(2020, 1, 1), None, date(2019, 12, 31), [("basis_not_in_force", "refuse")]),
        (date(2020, 1, 1), date(2026, 11, 21), date(2026, 11, 20), []),
        (date(2020, 1, 1), date(2026, 11, 21), date(2026, 11, 21), [("basis_not_in_force", "refuse")]),
        (None, date(2026, 1, 1), TODAY, [("basis_not_in_force", "refuse")]),
    ],
)
def test_a_basis_must_be_in_force_on_the_day(
    begun: date | None, ended: date | None, day: date, expected: list[tuple[str, str]]
) -> None:
    basis = {**LAW, "in_force_from": begun, "in_force_until": ended}
    assert codes(findings(day=day, bases=[basis])) == expected


@pytest.mark.clause("L10")
def test_one_dead_basis_among_living_ones_is_pointed_out() -> None:
    dead = {"kind": "administrative_regulation", "title": "旧条例", "in_force_until": date(2025, 1, 1)}
    (finding,) = findings(bases=[LAW, dead])
    assert (finding.code, finding.severity) == ("basis_partly_not_in_force", "attention")
    assert "《旧条例》" in finding.message_zh


# L10 (001-7; 行政许可法 15(1)): a licence by nothing but a local government's rule ends after one year.
@pytest.mark.clause("L10")
@pytest.mark.parametrize(
    ("kinds", "begun", "day", "expected"),
    [
        (["local_rule"], date(2025, 11, 21), date(2026, 11, 21), []),  # the matching day is the last one
        (["local_rule"], date(2025, 11, 20), date(2026, 11, 21), [("temporary_licence_expired", "refuse")]),
        (["local_rule"], None, TODAY, [("temporary_licence_undated", "attention")]),
        (["local_rule", "local_regulation"], date(2010, 1, 1), TODAY, []),  # it stands on the regulation
        (["local_rule", "department_rule"], date(2010, 1, 1), TODAY, [("temporary_licence_expired", "refuse")]),
        (["local_regulation"], date(2010, 1, 1), TODAY, []),
    ],
)
def test_temporary_licences_end_after_a_year(
    kinds: list[str], begun: date | None, day: date, expected: list[tuple[str, str]]
) -> None:
    bases = [{"kind": kind, "title": "某规定", "in_force_from": begun} for kind in kinds]
    assert codes(findings(day=day, bases=bases)) == expected


@pytest.mark.clause("L10")
def test_a_younger_rule_keeps_a_temporary_licence_and_other_powers_are_not_temporary() -> None:
    old = {"kind": "local_rule", "title": "旧规定", "in_force_from": date(2020, 1, 1)}
    young = {"kind": "local_rule", "title": "新规定", "in_force_from": date(2026, 5, 1)}
    assert findings(bases=[old, young]) == ()
    assert named("某项检查", "inspection", bases=[old]) == []


# L13 (001-13.3; 行政许可法 24(3), 行政处罚法 20): no second entrustment of licences and penalties, penalties in
# writing, always on a basis in law; other powers may be entrusted again, but a missing basis is pointed out.
@pytest.mark.clause("L13")
@pytest.mark.parametrize(
    ("category", "again", "written", "basis", "expected"),
    [
        ("licence", False, True, True, []),
        ("licence", False, False, True, []),
        ("licence", True, True, True, [("re_entrusted", "refuse")]),
        ("licence", False, True, False, [("entrustment_without_basis", "refuse")]),
        ("penalty", False, True, True, []),
        ("penalty", False, False, True, [("entrustment_not_written", "refuse")]),
        ("penalty", True, True, True, [("re_entrusted", "refuse")]),
        ("penalty", False, True, False, [("entrustment_without_basis", "refuse")]),
        (
            "penalty",
            True,
            False,
            False,
            [
                ("re_entrusted", "refuse"),
                ("entrustment_not_written", "refuse"),
                ("entrustment_without_basis", "refuse"),
            ],
        ),
        ("inspection", True, False, True, []),
        ("inspection", True, False, False, [("entrustment_without_basis", "attention")]),
    ],
)
def test_entrustment(
    category: str, expected: list[tuple[str, str]], *, again: bool, written: bool, basis: bool
) -> None:
    entrustment = {
        "entrusted": "某执法大队",
        "scope": "日常执法",
        "basis": "《某条例》第五条" if basis else "",
        "written": written,
        "entrusted_by": "某中心" if again else "",
    }
    found = named("某项职权", category, entrustments=[entrustment])
    assert [(code, severity) for code, severity, _ in found] == expected
    assert {clause for _, _, clause in found} <= {"001-13.3"}


@pytest.mark.clause("L13")
def test_entrustment_under_a_regulation_that_is_silent_rests_on_national_law() -> None:
    entrustment = {"entrusted": "某大队", "scope": "执法", "entrusted_by": "某中心"}
    found = named("某项处罚", "penalty", XUZHOU, entrustments=[entrustment])
    assert [clause for _, _, clause in found] == ["行政处罚法-20(4)", "行政处罚法-20(1)", "行政处罚法-20(1)"]
    assert named("某项给付", "benefit", XUZHOU, entrustments=[entrustment]) == []


@pytest.mark.clause("L2", "L3", "L6", "L14")
def test_missing_elements_are_those_the_regulation_prescribes() -> None:
    item = content(fee_note="不收费", place="政务大厅", external_chart="licence-general")
    assert missing_elements(item, XUZHOU) == ("法定期限", "办理机构", "联系电话", "监督电话")
    assert missing_elements(item, BAOTOU) == ("实施机构", "责任事项", "追责情形", "追责依据")
    assert missing_elements(item, SHANXI) == ("廉政风险防控图", "事中事后监督管理细则")
    assert "裁量基准" in missing_elements(content(category="penalty"), XUZHOU)


# Published names: a list of real services and penalties must not be emptied by rules on names.
@pytest.mark.clause("L9")
def test_published_names_are_hardly_ever_kept_out(shared_data: Path) -> None:
    tables, kinds = shared_data / "tables", {"1": "licence", "5": "benefit", "7": "confirmation", "8": "reward"}
    with (tables / "items-guangan-service-codes.csv").open(encoding="utf-8-sig") as file:
        names = [(kinds.get(row["taskType"], "other_power"), row["name"]) for row in csv.DictReader(file)]
    with (tables / "items-karamay-fire-2025.csv").open(encoding="utf-8-sig") as file:
        names += [(BAOTOU.category_of(row["职权类型"]) or "other_power", row["项目"]) for row in csv.DictReader(file)]
    hits = Counter(
        name
        for category, name in names
        for exclusion in BAOTOU.exclusions.values()
        if exclusion.excludes(name, category)
    )
    assert len(names) > 1_200
    assert list(hits) == []
