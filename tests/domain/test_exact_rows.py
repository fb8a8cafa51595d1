"""The exact document beside an exported row: it holds where the words still say the same, an edited cell wins."""

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from domain.exact_rows import armoured, exact_document, reconciled, without_told

DOCUMENT = {"name": "甲", "duties": ["一", "二\n三"], "guide": {"hours": "全天", "online": True}}
ECHO = {"name": "甲", "duties": ["一", "二", "三"], "guide": {"hours": "全天"}}


def test_unchanged_words_give_the_document_back() -> None:
    """The reading of the words cannot know where one duty ends; the document does."""
    assert reconciled(ECHO, ECHO, DOCUMENT) == (DOCUMENT, ())


def test_an_edited_cell_wins() -> None:
    """Only the field that somebody edited is taken from the words."""
    said = {**ECHO, "name": "乙", "guide": {"hours": "上午"}}
    content, edited = reconciled(said, ECHO, DOCUMENT)
    assert content == {"name": "乙", "duties": DOCUMENT["duties"], "guide": {"hours": "上午", "online": True}}
    assert edited == ("guide", "name")


def test_an_emptied_cell_empties_the_field() -> None:
    """Deleting a cell's text is an edit, too."""
    said = {"name": "甲", "guide": {}}
    assert reconciled(said, ECHO, DOCUMENT)[0] == {"name": "甲", "guide": {"online": True}}


def test_told_columns_are_not_read_back() -> None:
    """Columns that only tell what the document holds are no further columns of the list."""
    assert without_told({"name": "甲", "further": {"裁量基准说明": "1.…", "办理数量": "3"}}) == {
        "name": "甲",
        "further": {"办理数量": "3"},
    }
    assert without_told({"name": "甲", "further": {"裁量基准说明": "1.…"}}) == {"name": "甲"}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=50))
def test_an_exact_cell_survives_every_cleaning_of_white_space(text: str) -> None:
    """No blank, control or invisible character stands in it, so nothing can be trimmed, folded or dropped."""
    cell = armoured(json.dumps({"name": text}, ensure_ascii=False, separators=(",", ":")))
    assert exact_document(cell) == {"name": text}
    assert not [letter for letter in cell if letter.isspace() or unicodedata.category(letter) in ("Cc", "Zl", "Zp")]
    assert "_x" not in cell


def test_a_damaged_exact_cell_is_no_document() -> None:
    """Somebody typed into it: the words alone hold then."""
    assert exact_document('{"name":') is None
    assert exact_document("3") is None
