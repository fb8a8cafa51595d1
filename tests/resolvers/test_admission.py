"""Admission looked at with published lists: what is kept out there, and that it is kept out rightly."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from domain.admission import examine, refused
from domain.powers import PowerContent
from domain.profiles import load_profiles
from resolvers.workbooks import header_mapping, read_list_file

TODAY = date(2026, 11, 21)


@pytest.mark.clause("L9", "L10")
def test_published_lists_are_kept_out_only_where_the_article_says_so(shared_data: Path) -> None:
    profile, mapping = load_profiles()["baotou-2023"], header_mapping()
    codes: Counter[str] = Counter()
    kept_out, read = [], 0
    for file in sorted((shared_data / "lists").iterdir()):
        for item in read_list_file(file, file.name, profile, mapping).items:
            category = item.content.get("category") or "other_power"
            letters = next(one.letters for one in profile.categories if one.code == category)
            identity = {"scheme": "hubei-16", "code": f"990100001{letters}00100", "body": "001", "category": category}
            content = PowerContent.model_validate({**item.content, **identity})
            found = examine(content, profile, TODAY)
            codes.update(finding.code for finding in found)
            read += 1
            if refused(found):
                kept_out.append((content.name, [finding.clause for finding in found]))
    assert read > 800
    # 001-8.3 names the surcharge 加处罚款: a power that every body has, so no list repeats it.
    assert all("加处罚款" in name and clauses == ["001-8.3"] for name, clauses in kept_out), kept_out
    assert set(codes) <= {"not_for_list", "basis_doubtful"}
    assert sum(codes.values()) < read / 20, codes
