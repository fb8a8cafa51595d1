"""Whatever an item says, every format of the export carries it: written and read back, it is the same content."""

import json
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.powers import PowerContent
from domain.published_table import EXACT_HEADER, HEADERS, Words
from domain.values import canonical_json, document
from resolvers import exports
from resolvers.batches_sources import Source
from resolvers.batches_values import SourceFile
from resolvers.exports_workbook import PublishedWorkbook
from resolvers.workbooks import header_mapping
from tests import factories
from tests.strategies import power_contents

PROFILE = factories.profile("demo-city")
WORDS = Words.of(PROFILE)
MAPPING = header_mapping()
SEVERAL = st.tuples(*(power_contents(number=number) for number in (1, 2, 3)))


def written(contents: tuple[PowerContent, ...], form: str, path: Path) -> None:
    """Write contents as an export does, without a database."""
    texts = [canonical_json(document(content)).decode() for content in contents]
    if form == "xlsx":
        book = PublishedWorkbook(path, exports.TITLE, WORDS, date(2026, 1, 1))
        book.add(contents, texts)
        book.close()
    elif form == "csv":
        head = exports._csv_lines([[*HEADERS, EXACT_HEADER]])
        path.write_bytes(b"\xef\xbb\xbf" + head + exports._csv_rows(texts, WORDS, 0))
    elif form == "json":
        path.write_text(json.dumps({"items": [json.loads(text) for text in texts]}), "utf-8")
    else:
        path.write_text("".join(f"{text}\n" for text in texts), "utf-8")


def read_back(path: Path) -> list[PowerContent]:
    """Read an export like any list and return what its items say."""
    source = Source(SourceFile(path.name, path), PROFILE, MAPPING)
    return [PowerContent.model_validate(row.said) for row in source.rows() if row.said is not None]


@pytest.mark.parametrize("form", exports.FORMATS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(contents=SEVERAL)
def test_what_is_exported_is_read_back_unchanged(form: str, contents: tuple[PowerContent, ...]) -> None:
    """Hypothesis tries texts with line breaks, formulas, tags, invisible characters and look-alikes of every kind."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"list.{form}"
        written(contents, form, path)
        assert read_back(path) == list(contents)
