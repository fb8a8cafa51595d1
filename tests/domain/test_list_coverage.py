"""A column that a list lacks changes nothing; a blank cell of a column that is there empties the field."""

from domain.list_coverage import ALL_FIELDS, covered, overlaid

HELD = {
    "name": "甲",
    "remarks": "旧备注",
    "place": "旧地点",
    "guide": {"conditions": ["旧条件"], "hours": "全天"},
    "further": {"办理数量": "3", "公开类型": "主动"},
}


def test_columns_say_which_fields_a_list_speaks_of() -> None:
    """Combined columns speak of two fields, guide columns of their part, unknown headers of theirs."""
    paths = covered(["level_authority", "remarks", "conditions", "further:办理数量"])
    assert {"level", "authority", "remarks", "guide.conditions", "further.办理数量", "name"} <= paths
    assert "place" not in paths
    assert "guide" not in paths


def test_what_the_list_does_not_speak_of_stays() -> None:
    """A list without a column for the place does not move the item."""
    merged = overlaid(HELD, {"name": "甲"}, covered(["remarks"]))
    assert merged == {"name": "甲", "place": "旧地点", "guide": HELD["guide"], "further": HELD["further"]}


def test_parts_of_the_guide_and_further_columns_are_laid_over_one_by_one() -> None:
    """New conditions do not take the office hours away."""
    said = {"name": "甲", "guide": {"conditions": ["新条件"]}, "further": {"办理数量": "5"}}
    merged = overlaid(HELD, said, covered(["conditions", "further:办理数量"]))
    assert merged["guide"] == {"conditions": ["新条件"], "hours": "全天"}
    assert merged["further"] == {"办理数量": "5", "公开类型": "主动"}


def test_a_whole_document_replaces_everything() -> None:
    """Our own export speaks of every field: what it leaves out is empty."""
    assert overlaid(HELD, {"name": "乙", "guide": {}}, ALL_FIELDS) == {"name": "乙", "guide": {}}
