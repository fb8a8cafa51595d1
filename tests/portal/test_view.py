"""How one visitor sees the site: which of several places of the navigation a page belongs to."""

import pytest

from portal.view import View

PLACES = ["/desk/record", "/desk/record/audit", "/powers"]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/desk/record", "/desk/record"),
        ("/desk/record/audit", "/desk/record/audit"),
        ("/desk/record/audit/7", "/desk/record/audit"),
        ("/desk/records", ""),
        ("/powers/990100001XK00100", "/powers"),
        ("/", ""),
    ],
)
def test_a_page_belongs_to_the_nearest_place_only(path: str, place: str) -> None:
    assert View("zh-Hans", "standard", path, ()).nearest(PLACES) == place
