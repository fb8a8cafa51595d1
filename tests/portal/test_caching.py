"""Caches and headers: unchanged pages cost a check, nobody gets another's page, every answer is guarded."""

import pytest

from portal.headers import HEADERS
from tests.portal.conftest import Place, Visits

# What is made for one visitor, or changes with something else than the public revision.
UNPUBLISHED = (
    *("/complaints/follow", "/complaints/new", "/opinions/", "/scores.csv"),
    *("/apply/", "/calendar", "/favicon.ico", "/log", "/open-data", "/ratings.csv", "/ratings/give"),
    *("/receipt", "/results.csv"),
    *("/bulletins/2.csv", "/bulletins/2.pdf", "/figures.csv", "/reports/3.csv", "/reports/3.pdf", "/results.json"),
    *("/robots.txt", "/static/"),
)


def published(places: dict[str, Place]) -> list[str]:
    """Return the addresses that are kept with a check of the library's revision."""
    kept = [place.address for place in places.values() if place.status == 200]
    return [address for address in kept if not address.startswith(UNPUBLISHED)]


async def test_a_page_that_did_not_change_is_not_sent_again(visits: Visits, places: dict[str, Place]) -> None:
    for address in published(places):
        first = await visits.ask(address)
        assert "Cookie" in first.headers["vary"], address
        assert "must-revalidate" in first.headers["cache-control"] or "immutable" in first.headers["cache-control"]
        again = await visits.ask(address, if_none_match=first.headers["etag"])
        assert (again.status_code, again.content) == (304, b""), address
        assert again.headers["etag"] == first.headers["etag"]


async def test_another_language_or_mode_is_another_page(visits: Visits) -> None:
    plain = (await visits.ask("/powers")).headers["etag"]
    tags = {plain}
    for chosen in ({"language": "en"}, {"language": "zh-Hant"}, {"mode": "senior"}):
        tags.add((await visits.ask("/powers", **chosen)).headers["etag"])
    assert len(tags) == 4
    assert (await visits.ask("/powers", language="en", if_none_match=plain)).status_code == 200


async def test_a_choice_made_by_a_link_is_remembered(visits: Visits) -> None:
    answer = await visits.ask("/about?lang=en&mode=senior")
    assert '<html lang="en" class="senior">' in answer.text
    kept = answer.headers.get_list("set-cookie")
    assert {one.partition("=")[0] for one in kept} == {"language", "mode"}
    assert all("HttpOnly" in one and "SameSite=lax" in one for one in kept)
    assert "private" in answer.headers["cache-control"]


@pytest.mark.clause("H1")
async def test_every_answer_carries_the_security_headers(visits: Visits, places: dict[str, Place]) -> None:
    for place in places.values():
        answer = await visits.ask(place.address)
        for name in HEADERS:
            assert name in answer.headers, (place.address, name)
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "http:" not in policy
