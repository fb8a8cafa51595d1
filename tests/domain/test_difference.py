"""Differences between versions: field by field, lists as lists, in readable words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.difference import FieldDifference, difference
from domain.flows import Limit
from domain.powers import Guide, LegalBasis, Material, PowerContent


def content(**changes: object) -> PowerContent:
    return PowerContent.model_validate(
        {"scheme": "s", "code": "C", "name": "名称", "category": "licence", "body": "B"} | changes
    )


def basis(title: str, article: str = "第一条") -> LegalBasis:
    return LegalBasis(kind="law", title=title, article=article)


@pytest.mark.clause("L4")
def test_a_changed_text_is_named_by_its_title() -> None:
    assert difference(content(), content(name="新名称")) == (
        FieldDifference("name", "事项名称", "名称", "新名称", "changed"),
    )


@pytest.mark.clause("L4")
def test_an_entry_that_stays_is_compared_inside() -> None:
    before = content(bases=(basis("甲法"), basis("乙法")))
    after = content(bases=(basis("甲法"), basis("乙法", "第二条")))
    assert difference(before, after) == (
        FieldDifference("bases[2].article", "实施依据[2] · 条款", "第一条", "第二条", "changed"),
    )


def test_an_inserted_entry_does_not_disturb_those_behind_it() -> None:
    before = content(accountability=("甲情形", "乙情形"))
    after = content(accountability=("甲情形", "完全另外的一种责任", "乙情形"))
    assert difference(before, after) == (
        FieldDifference("accountability[2]", "追责情形[2]", "", "完全另外的一种责任", "added"),
    )
    assert difference(after, before) == (
        FieldDifference("accountability[2]", "追责情形[2]", "完全另外的一种责任", "", "removed"),
    )


def test_objects_that_come_and_go_are_said_whole() -> None:
    limited = content(promised_limit=Limit(value=20, unit="workday"))
    found = difference(content(), limited)
    assert [(one.path, one.kind) for one in found] == [("promised_limit", "added")]
    assert found[0].title == "承诺期限"
    assert found[0].after == "期限：20"
    changed = difference(limited, content(promised_limit=Limit(value=15, unit="workday")))
    assert changed == (FieldDifference("promised_limit.value", "承诺期限 · 期限", "20", "15", "changed"),)


def test_nested_lists_are_compared_where_they_differ() -> None:
    def guided(*names: str) -> PowerContent:
        return content(guide=Guide(materials=tuple(Material(name=name) for name in names), online=True))

    found = difference(guided("申请书"), guided("申请书", "营业执照复印件"))
    assert found == (
        FieldDifference("guide.materials[2]", "办事指南 · 申请材料[2]", "", "材料名称：营业执照复印件", "added"),
    )


def test_further_columns_keep_the_header_of_the_list() -> None:
    found = difference(content(further={"备注栏": "甲"}), content(further={"备注栏": "乙"}))
    assert found == (FieldDifference("further.备注栏", "其他规定内容 · 备注栏", "甲", "乙", "changed"),)


TEXTS = st.lists(st.sampled_from(["甲", "乙情形", "丙的情形", "丁"]), max_size=5).map(tuple)
CONTENTS = st.builds(
    content,
    name=st.sampled_from(["名称", "另一名称"]),
    accountability=TEXTS,
    bases=st.lists(
        st.builds(basis, st.sampled_from(["甲法", "乙法"]), st.sampled_from(["第一条", ""])), max_size=4
    ).map(tuple),
)


@pytest.mark.clause("L4")
@given(CONTENTS, CONTENTS)
def test_equal_contents_have_no_difference_and_unequal_ones_have(before: PowerContent, after: PowerContent) -> None:
    found = difference(before, after)
    assert (before == after) == (not found)
    assert all(one.title and one.before != one.after for one in found)
