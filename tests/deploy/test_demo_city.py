"""The demo city's data: complete, valid, consistent over time, obviously invented, and written once."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from deploy.demo.errors import DemoError
from deploy.demo_city import PROFILE, demo_files, parse_demo, read_demo
from domain.access import Role
from domain.admission import examine, missing_elements
from domain.flows import Flow
from domain.identifiers import division_level, usc_code
from domain.powers import PowerContent
from domain.profiles import load_profiles
from resolvers.workbooks import open_list

CITY = read_demo()
BODIES = {body.code: body for body in CITY.bodies}
CHARTS = {chart.code: chart for chart in CITY.charts}
VERSIONS = [version for item in CITY.items for version in item.versions]
COUNTIES = [one.division_code for one in CITY.governments if one.level == "county"]
LONG = 24
"""From how many characters on a sentence may stand in the data files only once."""


def contents() -> Iterator[PowerContent]:
    """Yield the content of every version."""
    return (version.content for version in VERSIONS)


@pytest.mark.clause("L1", "L2")
def test_the_city_is_large_enough_and_shows_every_category() -> None:
    """At least 12 departments, 150 items, two counties with 10 items each, all eleven categories."""
    profile = load_profiles()[PROFILE]
    own = Counter(item.government for item in CITY.items)
    categories = Counter(item.content.category for item in CITY.items)
    assert len({item.content.body for item in CITY.items if item.government == "999900"}) >= 12
    assert own["999900"] >= 150
    assert len(COUNTIES) == 2
    assert all(own[code] >= 10 for code in COUNTIES)
    assert set(categories) == {category.code for category in profile.categories}
    assert len(categories) == 11
    assert categories["inspection"] >= 6
    assert categories["requisition"] >= 1


@pytest.mark.clause("L2")
def test_every_code_is_valid_unique_and_says_what_the_item_is() -> None:
    """Codes follow hubei-16; division, body and category letters agree with the item."""
    profile = load_profiles()[PROFILE]
    scheme = profile.scheme("hubei-16")
    letters = {category.code: category.letters for category in profile.categories}
    assert len({item.code for item in CITY.items}) == len(CITY.items)
    for item in CITY.items:
        parts = scheme.parts(item.code)
        assert parts is not None
        assert scheme.check(item.code) is None
        assert (parts["division"], parts["body"]) == (item.government, BODIES[item.content.body].number)
        assert parts["letters"] == letters[item.content.category]
        assert {version.content.code for version in item.versions} == {item.code}


def test_bodies_and_divisions_are_well_formed_and_cannot_be_real() -> None:
    """Division codes begin with 9999, credit codes have their check character, phones an area code that is none."""
    for government in CITY.governments:
        assert government.division_code.startswith("9999")
        assert division_level(government.division_code)
    assert len({body.usc_code for body in CITY.bodies}) == len(CITY.bodies)
    for body in CITY.bodies:
        assert usc_code(body.usc_code) == body.usc_code
        assert body.usc_code[2:8] == body.government
        phones = [body.contact_phone, body.supervision_phone, *(unit.contact_phone for unit in body.units)]
        assert all(re.fullmatch(r"0000-8[0-9]{7}", phone) for phone in phones)
    assert {body.kind for body in CITY.bodies} == {"statutory", "authorised", "entrusted"}


@pytest.mark.clause("N5")
def test_every_role_has_a_person_with_an_obviously_invented_name() -> None:
    """All people are called 演示, no two alike, and together they hold every role; administrators are apart."""
    assert all(re.fullmatch(r".演示", person.name) for person in CITY.people)
    assert len({person.name for person in CITY.people}) == len(CITY.people)
    assert {role for person in CITY.people for role in person.roles} == {role.value for role in Role}
    offices = {office for body in CITY.bodies if body.government == "999900" for office in body.offices}
    assert {"service_office", "supervision_bureau", "staffing_office", "legal_office"} <= offices
    assert {"work_style_office", "information_centre"} <= offices


@pytest.mark.clause("L9", "L10", "L13")
def test_nothing_in_the_city_is_refused_or_doubted_by_its_profile() -> None:
    """Every version of every item can be admitted on its first day without anybody's decision."""
    profile = load_profiles()[PROFILE]
    found = [
        (version.content.code, version.valid_from, finding.code)
        for version in VERSIONS
        for finding in examine(version.content, profile, version.valid_from)
    ]
    assert found == []


@pytest.mark.clause("L2", "L3", "L5", "L6")
def test_prescribed_elements_are_there() -> None:
    """Only what the law itself may leave open is left empty: a statutory limit, and a benchmark without a range."""
    profile = load_profiles()[PROFILE]
    missing = Counter(name for item in CITY.items for name in missing_elements(item.content, profile))
    assert set(missing) <= {"法定期限", "裁量基准"}
    for content in contents():
        assert content.category not in {"licence", "penalty"} or content.statutory_limit or content.status != "in_use"
        assert content.category != "licence" or content.guide is not None
        assert content.accountability
        assert content.remedies
        assert content.responsibilities
        assert content.duties


@pytest.mark.clause("L5", "L6")
def test_flows_name_posts_that_exist() -> None:
    """Every post of an internal flow exists in the body, and every named unit has it."""
    for content in contents():
        body = BODIES[content.body]
        flow = content.internal_flow or CHARTS[content.internal_chart].flow
        posts = {(unit.name, post.name) for unit in body.units for post in unit.posts}
        for step in flow.steps:
            assert not step.unit or (step.unit, step.post) in posts, (content.code, step.unit, step.post)
            assert not step.post or step.post in {post for _, post in posts}, (content.code, step.post)
        assert all(code in CHARTS for code in (content.external_chart, content.risk_chart) if code)
        assert {point.step for point in content.risk_points} <= {step.key for step in flow.steps}


@pytest.mark.clause("L5")
def test_the_steps_of_an_own_flow_keep_the_promised_limit() -> None:
    """Working days of all steps together are no more than what the body promises."""
    checked = 0
    for content in contents():
        promised = content.promised_limit
        if content.internal_flow is None or promised is None or promised.unit not in {"workday", "immediate"}:
            continue
        limits = [step.limit for step in content.internal_flow.steps if step.limit is not None]
        assert sum(one.value for one in limits if one.unit == "workday") <= promised.value, content.code
        checked += 1
    assert checked >= 30


def test_charts_cover_every_category_in_all_three_kinds() -> None:
    """Each class of items has an external chart, an internal one with posts and limits, and a risk chart."""
    kinds: dict[str, set[str]] = {}
    for chart in CITY.charts:
        kinds.setdefault(chart.code.rpartition("-")[0], set()).add(chart.kind)
    assert all(kinds[prefix] == {"external", "internal", "risk"} for prefix in kinds)
    assert {"penalty-summary", "penalty-ordinary", "prompt"} <= set(kinds)
    for chart in CITY.charts:
        assert chart.kind != "internal" or _has_posts_and_limits(chart.flow)


def _has_posts_and_limits(flow: Flow) -> bool:
    return all(step.post and step.duty and step.limit for step in flow.steps)


@pytest.mark.clause("L7")
def test_benchmarks_stay_inside_the_law_and_cover_it_in_order() -> None:
    """At least twelve benchmarks with counts in a window and amounts; no tier leaves the law's range, none overlap."""
    benchmarks = [benchmark for content in contents() for benchmark in content.benchmarks]
    conditions = [one for benchmark in benchmarks for tier in benchmark.tiers for one in tier.conditions]
    assert len({benchmark.violation for benchmark in benchmarks}) >= 12
    assert {one.kind for one in conditions} == {"count", "amount", "stated"}
    for benchmark in benchmarks:
        assert benchmark.range is not None
        assert benchmark.range.highest is not None
        fines = [tier.fine for tier in benchmark.tiers if tier.fine is not None]
        mitigated = {tier.name for tier in benchmark.tiers} & {"减轻"}
        for fine in fines:
            assert (fine.unit, fine.base) == (benchmark.range.unit, benchmark.range.base)
            assert fine.highest is not None
            assert fine.highest <= benchmark.range.highest
        assert mitigated or min(fine.lowest for fine in fines) >= benchmark.range.lowest
        assert max(fine.highest or 0 for fine in fines) == benchmark.range.highest
        tops = [fine.highest or 0 for fine in fines if fine.lowest or fine.highest]
        assert tops == sorted(tops), benchmark.violation


@pytest.mark.clause("L13")
def test_entrustments_are_written_limited_in_time_and_go_to_bodies_of_the_city() -> None:
    """Licences go to organs only, penalties also to organisations; each has scope, basis and an end."""
    entrusted = [(content, one) for content in contents() for one in content.entrustments]
    codes = {body.usc_code: body for body in CITY.bodies}
    assert len({content.code for content, _ in entrusted}) >= 2
    for content, one in entrusted:
        target = codes[one.usc_code]
        assert one.written
        assert one.scope
        assert one.basis
        assert one.valid_from
        assert one.valid_until
        assert target.kind == ("statutory" if content.category == "licence" else "entrusted")


@pytest.mark.clause("L14")
def test_supervision_rules_also_cover_cancelled_and_delegated_items() -> None:
    """At least ten items have rules, among them cancelled and delegated ones (000-10)."""
    ruled = [item for item in CITY.items if item.content.supervision]
    assert len(ruled) >= 10
    assert any(item.content.status == "cancelled" for item in ruled)
    assert any(version.change == "delegate" for item in ruled for version in item.versions)


@pytest.mark.clause("L4")
def test_histories_are_consistent_and_show_every_kind_of_change() -> None:
    """Twelve items and more have several versions; times only go forward; a correction holds from the same day."""
    several = [item for item in CITY.items if len(item.versions) > 1]
    assert len([item for item in several if item.government == "999900"]) >= 12
    assert max(len(item.versions) for item in several) >= 4
    kinds = {version.change for version in VERSIONS}
    assert {"add", "modify", "suspend", "resume", "cancel", "correct", "merge", "delegate"} <= kinds
    for item in several:
        for before, after in itertools.pairwise(item.versions):
            assert before.recorded_at < after.recorded_at
            same_day = before.valid_from == after.valid_from
            assert same_day == (after.change == "correct")
            assert before.valid_from <= after.valid_from
    assert any(version.content.name != item.content.name for item in several for version in item.versions)
    days = {version.valid_from.year for version in VERSIONS}
    assert set(range(2019, 2027)) <= days


@pytest.mark.clause("L4")
def test_what_is_suspended_or_cancelled_says_why_and_on_what_basis() -> None:
    """Reason and basis are written; an item in use has neither."""
    for content in contents():
        assert bool(content.status_reason) == bool(content.status_basis) == (content.status != "in_use")


def test_no_version_rests_on_a_law_of_another_time() -> None:
    """Laws are cited by article. Bases are in force on the version's first day; only a cancelled item may rest on what has ended."""
    for version in VERSIONS:
        for basis in version.content.bases:
            assert basis.in_force_from is None or basis.in_force_from <= version.valid_from
            ended = basis.in_force_until or date.max
            assert version.valid_from < ended or version.content.status == "cancelled"
            assert basis.title
            assert basis.article or basis.kind != "law"


def test_no_long_sentence_stands_twice_in_the_files() -> None:
    """What items share is declared once in the defaults; copies of another item follow it by `like`."""
    said = re.compile(r'"((?:[^"\\]|\\.)*)"')
    found: Counter[str] = Counter()
    for name, text in demo_files().items():
        if name in {"city.toml", "laws.toml"}:
            continue
        blocks = re.split(r"(?m)^\[\[(?:item|chart)\]\]$", text)
        for block in blocks:
            sentences = {one for one in said.findall(block) if len(one) >= LONG and "|" in one}
            found.update(one.split("|", 2)[-1] for one in sentences if len(one.split("|", 2)[-1]) >= LONG)
    twice = {sentence: times for sentence, times in found.items() if times > 2}
    assert twice == {}


def test_sentences_are_our_own(shared_data: Path) -> None:
    """No basis text or responsibility matter occurs in the published lists that the project keeps as samples."""
    ours = {
        text
        for content in contents()
        for text in (
            *(basis.text for basis in content.bases),
            *(matter.text for matter in content.responsibilities),
            *content.accountability,
        )
        if len(text) >= LONG
    }
    theirs = "".join(_texts(shared_data / "lists"))
    assert len(theirs) > 100_000
    assert [text for text in ours if _bare(text) in theirs] == []


def _bare(text: str) -> str:
    return re.sub(r"[\s，,。；;：:、（）()《》“”]", "", text)


def _texts(folder: Path) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        opened = open_list(path, path.name)
        for sheet in getattr(opened, "sheets", ()):
            yield from (_bare(str(cell)) for row in sheet.rows for cell in row if cell)


@pytest.mark.parametrize(
    ("file", "old", "new", "key", "reason"),
    [
        ("999900118.toml", 'key = "XK001"', 'key = "AB001"', "item 999900118AB00100", "letters"),
        ("999900118.toml", "食品安全法|第三十五条", "无此法|第三十五条", "item", "laws.toml has no law"),
        ("999900120.toml", 'range = "0-200000元"', 'range = "0-20000元"', "item", "above the law"),
        ("city.toml", 'division_code = "999921"', 'division_code = "110101"', "government[1]", "9999"),
        ("city.toml", "|赵演示|", "|赵某某|", "people", "pattern"),
        ("charts.toml", "apply>check", "apply>nowhere", "licence-external", "unknown steps"),
        ("999900101.toml", "\n[[item]]", "\n[[item]", "(file)", "not TOML"),
    ],
)
def test_a_wrong_file_is_named_with_key_and_reason(file: str, old: str, new: str, key: str, reason: str) -> None:
    """Whoever edits the data is told where it is wrong."""
    files = demo_files()
    assert old in files[file]
    files[file] = files[file].replace(old, new, 1)
    with pytest.raises(DemoError) as caught:
        parse_demo(files)
    assert caught.value.file == file
    assert key in caught.value.key
    assert reason in caught.value.reason
