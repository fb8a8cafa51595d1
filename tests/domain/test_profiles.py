"""Profiles: what each regulation fixes, with its clause; regulations that disagree stay different."""

import csv
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from domain.powers import PowerContent
from domain.profiles import Profile, ProfileError, load_profiles, parse_profiles

PROFILES = load_profiles()
REGULATIONS = ("xuzhou-2016", "baotou-2023", "shanxi-city")


def files() -> dict[str, str]:
    folder = resources.files("domain").joinpath("profiles")
    return {one.name: one.read_text("utf-8") for one in folder.iterdir()}


def changed(file: str, old: str, new: str) -> dict[str, str]:
    texts = files()
    assert old in texts[file]
    return {**texts, file: texts[file].replace(old, new, 1)}


@pytest.mark.clause("L1")
def test_the_regulations_name_different_categories() -> None:
    codes = {name: [category.code for category in PROFILES[name].categories] for name in REGULATIONS}
    assert [len(codes[name]) for name in REGULATIONS] == [10, 10, 10]
    # 003-3 has requisition and no inspection; 001-6 and 000-2 the other way round
    assert [("requisition" in codes[name], "inspection" in codes[name]) for name in REGULATIONS] == [
        (True, False),
        (False, True),
        (False, True),
    ]
    # each in the order of its own article
    assert codes["xuzhou-2016"][:4] == ["licence", "penalty", "levy", "coercion"]
    assert codes["baotou-2023"][:4] == ["licence", "penalty", "coercion", "levy"]
    assert {code for every in codes.values() for code in every} == {
        one.code for one in PROFILES["demo-city"].categories
    }
    assert len(PROFILES["demo-city"].categories) == 11


@pytest.mark.clause("A2", "A4", "A5", "A6", "G1", "H4", "R9", "X1", "L10")
@pytest.mark.parametrize(
    ("profile", "limit", "value", "unit", "clause"),
    [
        ("xuzhou-2016", "apply_adjustment", 20, "workday", "003-17(1)"),
        ("xuzhou-2016", "review_adjustment", 10, "workday", "003-17(2)"),
        ("xuzhou-2016", "update_library", 10, "workday", "003-22"),
        ("xuzhou-2016", "update_internal", 10, "workday", "003-23"),
        ("xuzhou-2016", "report_upward", 24, "hour", "003-28"),
        ("xuzhou-2016", "online_retention", 3, "year", "003-33"),
        ("xuzhou-2016", "file_norm", 15, "workday", "003-45(1)"),
        ("xuzhou-2016", "reply_real_name", 7, "workday", "003-52"),
        ("xuzhou-2016", "temporary_licence", 1, "year", "行政许可法-15(1)"),
        ("baotou-2023", "apply_adjustment", 15, "workday", "001-12(1)"),
        ("baotou-2023", "review_adjustment", 15, "workday", "001-12(2)"),
        ("baotou-2023", "public_comment", 5, "day", "001-12(2)"),
        ("baotou-2023", "submit_to_government", 15, "workday", "001-12(3)"),
        ("baotou-2023", "apply_delegation", 15, "workday", "001-13.1"),
        ("baotou-2023", "update_library", 5, "workday", "001-13.1"),
        ("baotou-2023", "temporary_licence", 1, "year", "001-7"),
    ],
)
def test_limits_are_those_of_the_articles(profile: str, limit: str, value: int, unit: str, clause: str) -> None:
    found = PROFILES[profile].limits[limit]
    assert (found.value, found.unit, found.clause) == (value, unit, clause)


@pytest.mark.clause("N1", "N2")
def test_dates_and_frequencies_of_the_articles() -> None:
    report = PROFILES["xuzhou-2016"].dates["annual_report"]
    assert (report.month, report.day, report.clause) == (1, 5, "003-10(1)")
    bulletin = PROFILES["xuzhou-2016"].frequencies["quarterly_bulletin"]
    assert (bulletin.times, bulletin.per, bulletin.clause) == (1, "quarter", "003-6")
    assert PROFILES["baotou-2023"].frequencies["adjustment_report"].per == "year"
    # 000 sets no day limit of its own
    assert not [one for one in PROFILES["shanxi-city"].limits.values() if one.clause.startswith("000")]


# 003-53: the limits of the Xuzhou regulation are working days; 001 says 工作日 itself, except 不少于5日.
@pytest.mark.clause("N4")
def test_the_kind_of_day_follows_the_unit() -> None:
    xuzhou, baotou = PROFILES["xuzhou-2016"].limits, PROFILES["baotou-2023"].limits
    assert xuzhou["apply_adjustment"].day_kind == "working"
    assert xuzhou["apply_adjustment"].unit_clause == "003-53"
    assert xuzhou["report_upward"].day_kind == "clock"
    assert baotou["public_comment"].day_kind == "calendar"
    assert baotou["public_comment"].direction == "min"


@pytest.mark.clause("N5")
def test_each_office_of_003_7_has_its_role_and_each_task_its_office() -> None:
    offices = PROFILES["xuzhou-2016"].offices
    assert list(offices) == [
        "leading_group",
        "service_office",
        "supervision_bureau",
        "staffing_office",
        "legal_office",
        "work_style_office",
        "information_centre",
    ]
    assert [office.clause for office in offices.values()] == [f"003-7({number})" for number in range(1, 8)]
    names = {name: PROFILES[name].office_for("item_review") for name in REGULATIONS}
    assert {name: office.name for name, office in names.items() if office} == {
        "xuzhou-2016": "市机构编制委员会办公室",
        "baotou-2023": "推进政府职能转变和“放管服”改革协调小组办公室",
        "shanxi-city": "市机构编制部门",
    }
    assert PROFILES["xuzhou-2016"].office_for("audit") is None


@pytest.mark.clause("L4")
def test_only_003_knows_suspension() -> None:
    assert [PROFILES[name].status_of("暂停") for name in REGULATIONS] == ["suspended", None, None]


@pytest.mark.clause("L2")
@pytest.mark.parametrize(("name", "count"), [("xuzhou-2016", 12), ("baotou-2023", 9), ("shanxi-city", 4)])
def test_prescribed_elements_are_fields_of_an_item(name: str, count: int) -> None:
    elements = PROFILES[name].elements
    assert len(elements) == count
    assert {element.field for element in elements} <= set(PowerContent.model_fields)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_every_value_names_its_clause(profile: Profile) -> None:
    groups = (profile.limits, profile.dates, profile.frequencies, profile.offices, profile.tasks, profile.platforms)
    entries: list[Any] = [entry for group in groups for entry in group.values()]
    entries += [*profile.categories, *profile.levels, *profile.statuses, *profile.elements]
    entries += [*profile.catalogues.values(), *profile.exclusions.values(), profile.basis]
    form = re.compile(r"00[0-4]-\d+(\.\d+)?(\(\d+\))?|[一-鿿]{2,}-\d+(\(\d+\))?")
    assert [entry for entry in entries if not form.fullmatch(entry.clause)] == []


@pytest.mark.parametrize(("name", "seed"), [("xuzhou-2016", "003"), ("baotou-2023", "001"), ("shanxi-city", "000")])
def test_every_fixed_limit_of_the_seed_table_is_in_its_profile(name: str, seed: str, shared_data: Path) -> None:
    units = {"日", "工作日", "小时", "年"}
    with (shared_data / "tables" / "seed-numbers.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["seed"] == seed]
    wanted = sorted(int(row["number"]) for row in rows if row["unit"].split(" ")[0] in units)
    own = [limit for limit in PROFILES[name].limits.values() if limit.clause.startswith("0")]
    assert sorted(limit.value for limit in own) == wanted


@pytest.mark.clause("L1")
@pytest.mark.parametrize("word", ["行政处罚", "处罚", "行政\n处罚", " 行政 处罚 "])
def test_categories_are_recognised_by_the_words_of_lists(word: str) -> None:
    assert PROFILES["baotou-2023"].category_of(word) == "penalty"


@pytest.mark.parametrize(
    ("text", "one", "several"),
    [
        ("地州\n市级", "prefecture", ("prefecture",)),
        ("县（市、区）级", "county", ("county",)),
        ("自治区级、地州市级", None, ("province", "prefecture")),
        ("省级/市级/县级", None, ("province", "prefecture", "county")),
        ("负责本级该事项的处罚", None, ()),  # the sentence that lists put into this column
        ("", None, ()),
    ],
)
def test_levels_are_recognised_and_sentences_are_not(text: str, one: str | None, several: tuple[str, ...]) -> None:
    assert PROFILES["xuzhou-2016"].level_of(text) == one
    assert PROFILES["xuzhou-2016"].levels_of(text) == several


@pytest.mark.clause("L2")
@pytest.mark.parametrize(
    ("scheme", "code", "fits"),
    [
        ("hubei-16", "650200207XK01600", True),
        ("hubei-16", "650200207XK0160", False),
        ("hubei-16", "650002207XK01600", False),  # a county of no prefecture
        ("hubei-16", "/", False),
        ("beijing-12", "000915003000", True),
        ("guangan", "511A0138000000-511602000000-000-115113010833722043-1-00", True),
        ("guangan", "511A0138000000-511602000000-000-115113010833722044-1-00", False),  # wrong check digit
        ("gansu", "62052400MZ-XK-0001", True),
        ("shanxi", "01269069-4-CJ-0001", True),
        ("guizhou-10", "0100001000", True),
    ],
)
def test_codes_are_checked_by_their_own_scheme(scheme: str, code: str, *, fits: bool) -> None:
    reason = PROFILES["xuzhou-2016"].scheme(scheme).check(code)
    assert (reason is None) == fits


@pytest.mark.clause("L2")
def test_published_codes_fit_the_schemes_they_were_read_from(shared_data: Path) -> None:
    with (shared_data / "tables" / "items-guangan-service-codes.csv").open(encoding="utf-8-sig") as file:
        codes = [row["itemCode"] for row in csv.DictReader(file)]
    scheme = PROFILES["xuzhou-2016"].scheme("guangan")
    assert sum(scheme.parts(code) is not None for code in codes) >= 700  # of 1,135: the others are other schemes
    with (shared_data / "tables" / "items-karamay-fire-2025.csv").open(encoding="utf-8-sig") as file:
        codes = [row["职权编码"] for row in csv.DictReader(file) if len(row["职权编码"]) > 1]
    hubei = PROFILES["xuzhou-2016"].scheme("hubei-16")
    assert [code for code in codes if hubei.check(code)] == []


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('id = "xuzhou-2016"', 'id = "suzhou-2016"', "id", "suzhou-2016.toml"),
        ("value = 20", 'value = "twenty"', "limits.apply_adjustment.value", "integer"),
        ("value = 20", "value = 0", "limits.apply_adjustment.value", "greater"),
        ('unit = "workday"', 'unit = "weekday"', "limits.apply_adjustment.unit", "workday"),
        ('clause = "003-17(1)"', 'clause = ""', "limits.apply_adjustment.clause", "at least 1"),
        ("day = 5", "day = 32", "dates.annual_report.day", "less than"),
        ('office = "staffing_office"', 'office = "staff"', "(file)", "staff"),
        ('code = "penalty"', 'code = "licence"', "(file)", "licence"),
        ('severity = "attention"', 'gravity = "attention"', "exclusions.abstract.severity", "required"),
        ('extends = "_national"', 'extends = "_nation"', "extends", "_nation"),
        ("[limits.apply_adjustment]", "[limits.apply_adjustment", "(file)", "TOML"),
    ],
)
def test_a_wrong_file_stops_with_file_key_and_reason(old: str, new: str, key: str, reason: str) -> None:
    with pytest.raises(ProfileError) as caught:
        parse_profiles(changed("xuzhou-2016.toml", old, new))
    assert (caught.value.file, caught.value.key) == ("xuzhou-2016.toml", key)
    assert reason in caught.value.reason


def test_a_wrong_pattern_or_example_is_a_wrong_file() -> None:
    with pytest.raises(ProfileError, match=r"^_national\.toml: code_schemes\.hubei-16: the example does not fit"):
        parse_profiles(changed("_national.toml", "320300001XK00100", "320300001XK0010"))
    with pytest.raises(ProfileError, match=r"^_national\.toml: exclusions\.abstract\.exceptions\.0: not a regular"):
        parse_profiles(changed("_national.toml", "'审批'", "'审批('"))


def test_a_profile_that_extends_another_replaces_what_it_names_and_keeps_the_rest() -> None:
    text = 'extends = "baotou-2023"\nid = "ours"\nname = "ours"\n[limits.public_comment]\nvalue = 10\n'
    ours = parse_profiles({**files(), "ours.toml": text})["ours"]
    assert ours.limits["public_comment"].value == 10
    assert ours.limits["public_comment"].clause == "001-12(2)"
    assert ours.limits["apply_adjustment"] == PROFILES["baotou-2023"].limits["apply_adjustment"]


def test_profiles_that_extend_one_another_in_a_circle_are_refused() -> None:
    circle = {"a.toml": 'extends = "b"', "b.toml": 'extends = "a"'}
    with pytest.raises(ProfileError, match="no such profile to extend"):
        parse_profiles(circle)
