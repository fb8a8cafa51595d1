"""Every public page: it answers in three languages, is strict HTML, and no page, route or template is left out."""

import ast
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import html5lib  # type: ignore[import-untyped]
import pytest
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup
from jinja2 import Environment, nodes
from jinja2.meta import find_referenced_templates
from starlette.routing import Match, Route

from domain.metrics import METRICS
from portal import labels, site
from portal.languages import ENGLISH, LANGUAGES, LOCALE_FOLDER, SIMPLIFIED, catalogue
from portal.rendering import TEMPLATES
from schema import examples
from tests.portal.conftest import Place, Visits

pytestmark = pytest.mark.clause("H1")
PORTAL = TEMPLATES.parent
DESK = (
    *("accounts/", "applications/", "desk/", "imports/", "materials/", "matters/", "papers/", "parties/"),
    *(
        "complaints/filed.html",
        "complaints_desk/",
        "opinions_desk/",
        "reports_desk/",
        "results_desk/",
        "supervision/",
        "errors/closed.html",
        "assessments/desk.html",
        "assessments/items.html",
        "assessments/ledger.html",
        "inspections/",
    ),
)
"""Templates of the officials' desk, of applications, and of a closed public side; their own tests visit them."""
HAN = re.compile(r"[\u3400-\u9fff]")
PARSER = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)


def dangers(page: BeautifulSoup) -> list[str]:
    """Return what a page would run or apply that is not a declared file: scripts, styles, handlers, odd addresses."""
    found = [str(one) for one in page.find_all(["script", "style", "iframe", "object", "embed", "base"])]
    for tag in page.find_all(True):
        for name, value in tag.attrs.items():
            odd = name in ("href", "src", "action") and not re.match(r"/|#|\?|tel:|mailto:|https?://", str(value))
            if name.startswith("on") or name == "style" or odd:
                found.append(f"{name}={value}")
    return found


def sources() -> dict[str, str]:
    """Return all templates with their text."""
    found = (path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".xml"})
    return {path.relative_to(TEMPLATES).as_posix(): path.read_text("utf-8") for path in sorted(found)}


def with_parts(name: str) -> set[str]:
    """Return a template and everything it extends, includes or imports."""
    found, left = set(), [name]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            tree = PARSER.parse(sources()[one])
            left += [part for part in find_referenced_templates(tree) if part]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_public_address_answers_in_every_language(
    visits: Visits, places: dict[str, Place], language: str
) -> None:
    for name, place in places.items():
        if not place.is_page and language != SIMPLIFIED:
            continue  # files are the same in every language
        answer = await visits.ask(place.address, language=language)
        assert answer.status_code == place.status, (name, answer.text[:500])
        if place.is_page:
            assert answer.headers["content-type"] == "text/html; charset=utf-8", name
            html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(answer.text)
            page = BeautifulSoup(answer.text, "html.parser")
            assert page.html is not None
            assert page.html["lang"] == language, name
            assert len(page.find_all("h1")) == 1, name
            assert dangers(page) == [], name


async def test_no_public_route_and_no_template_is_left_out(visits: Visits, places: dict[str, Place]) -> None:
    for place in places.values():
        await visits.ask(place.address)
    of_pages = [one for one in site.routes() if isinstance(one, Route) and "GET" in (one.methods or ())]
    public = [one for one in of_pages if not one.path.startswith("/desk")]
    paths = [place.address.partition("?")[0] for place in places.values()]
    scopes = [{"type": "http", "method": "GET", "path": path, "headers": []} for path in paths]
    unasked = [one.path for one in public if not any(one.matches(scope)[0] is Match.FULL for scope in scopes)]
    assert unasked == []
    visited = {part for name in visits.templates for part in with_parts(name)} | {
        "changes/feed.xml",
        "opinions/feed.xml",
        "results/feed.xml",
        "reports/feed.xml",
        "powers/facets.html",
    }
    assert {name for name in sources() if not name.startswith(DESK)} - visited == set()


def _of_page(tree: nodes.Template) -> Iterator[str]:
    for one in tree.find_all(nodes.Getattr):
        if isinstance(one.node, nodes.Name) and one.node.name == "page":
            yield one.attr


async def test_a_template_uses_the_fields_of_its_dataclass_and_no_field_is_idle(
    visits: Visits, places: dict[str, Place]
) -> None:
    for place in places.values():
        await visits.ask(place.address)
    used: dict[type, set[str]] = {}
    for name, kind in visits.templates.items():
        asked = {attr for part in with_parts(name) for attr in _of_page(PARSER.parse(sources()[part]))}
        known = {one.name for one in fields(kind)}
        assert asked - known == set(), name
        used[kind] = used.get(kind, set()) | asked
    idle = {kind.__name__: {one.name for one in fields(kind)} - asked for kind, asked in used.items()}
    assert {name: left for name, left in idle.items() if left} == {}


def _messages() -> Iterator[tuple[str, str]]:
    """Yield every text that is translated, with the place it stands in."""
    for name, text in sources().items():
        for line, _function, message in PARSER.extract_translations(text):  # type: ignore[attr-defined]
            yield (message if isinstance(message, str) else message[0]), f"{name}:{line}"
    for path in sorted(PORTAL.glob("*.py")):
        for one in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(one, ast.Call) and isinstance(one.func, ast.Name | ast.Attribute):
                called = one.func.id if isinstance(one.func, ast.Name) else one.func.attr
                if called in ("mark", "translate") and one.args and isinstance(one.args[-1], ast.Constant):
                    yield str(one.args[-1].value), f"{path.name}:{one.lineno}"


@pytest.mark.clause("H11")
def test_no_text_lacks_english_and_placeholders_agree() -> None:
    english = catalogue(ENGLISH)
    missing, unlike = [], []
    for text, place in _messages():
        said = english.gettext(text)
        if said == text and re.search(r"[\u3000-\u9fff\uff00-\uffef]", text):
            missing.append(f"{place} {text}")
        if set(re.findall(r"%\(\w+\)s", text)) != set(re.findall(r"%\(\w+\)s", said)):
            unlike.append(f"{place} {text}")
    missing += [
        one.title for one in (*examples.load(), *examples.load_acting()) if HAN.search(english.gettext(one.title))
    ]
    missing += [one.definition for one in METRICS if english.gettext(one.definition) == one.definition]
    assert missing == []
    assert unlike == []


@pytest.mark.clause("H11")
def test_the_portals_own_catalogue_wins_over_those_of_features() -> None:
    with (LOCALE_FOLDER / ENGLISH / "LC_MESSAGES" / "portal.po").open("rb") as file:
        own = read_po(file, locale=ENGLISH)
    merged = catalogue(ENGLISH)
    assert [one.id for one in own if one.id and merged.gettext(str(one.id)) != one.string] == []


@pytest.mark.clause("H11")
async def test_english_pages_have_no_unmarked_chinese_and_traditional_pages_no_simplified(
    visits: Visits, places: dict[str, Place]
) -> None:
    names = ["front", "powers", "item", "penalty", "versions", "compare", "bodies", "body", "laws", "law", "benchmarks"]
    names += [
        "changes",
        "downloads",
        "open-data",
        "calendar",
        "deadline",
        "status",
        "about",
        "accessibility",
        "api",
        "missing",
    ]
    names += [
        "bulletins",
        "bulletin",
        "reports",
        "report",
        "figures",
        "results",
        "result",
        "result-withdrawn",
        "ratings",
        "scores",
        "ratings-of-body",
        "rating-form",
        "log",
        "apply",
    ]
    unmarked: dict[str, list[str]] = {}
    for name in names:
        page = BeautifulSoup((await visits.ask(places[name].address, language=ENGLISH)).text, "html.parser")
        for marked in page.select("[lang^=zh]:not(html), [translate=no]"):
            marked.decompose()
        assert page.body is not None
        unmarked[name] = [text.strip() for text in page.body.find_all(string=HAN)]
        traditional = (await visits.ask(places[name].address, language="zh-Hant")).text
        assert "权力" not in BeautifulSoup(traditional, "html.parser").get_text().replace("简体中文", ""), name
    assert {name: texts for name, texts in unmarked.items() if texts} == {}


async def test_no_link_of_ours_is_broken_and_every_fragment_is_there(visits: Visits, places: dict[str, Place]) -> None:
    seen: dict[str, int] = {}
    for name, place in places.items():
        if not place.is_page:
            continue
        page = BeautifulSoup((await visits.ask(place.address)).text, "html.parser")
        ids = {str(one["id"]) for one in page.find_all(id=True)}
        assert len(ids) == len(page.find_all(id=True)), f"{name}: an id stands twice"
        for one in page.select("a[href]"):
            address, _, fragment = str(one["href"]).partition("#")
            if not address:
                assert fragment in ids, (name, fragment)
                continue
            # Two addresses of each form and page are enough: the rest differ in codes only.
            form = f"{name} {re.sub(r'[0-9]+', '0', address)}"
            seen[form] = seen.get(form, 0) + 1
            if (
                address.startswith("/")
                and seen[form] <= 2
                and address not in seen
                and not re.search("lang=|mode=", address)
            ):
                seen[address] = 1
                assert (await visits.ask(address)).status_code in (200, 303), (name, address)


async def test_pages_of_a_list_lead_forth_and_back(visits: Visits) -> None:
    for path in ("/powers", "/laws", "/benchmarks", "/changes"):
        first = BeautifulSoup((await visits.ask(path)).text, "html.parser")
        onward = first.select_one("a[rel=next]")
        assert onward is not None, path
        second = BeautifulSoup((await visits.ask(str(onward["href"]))).text, "html.parser")
        back = second.select_one("a[rel=prev]")
        assert back is not None, path
        again = BeautifulSoup((await visits.ask(str(back["href"]))).text, "html.parser")
        links = [
            [one.get("href") for one in page.select("main h3 a, main th a, main h2, main li a")]
            for page in (first, again)
        ]
        rows = [[one for one in found if one and "after=" not in one and "before=" not in one] for found in links]
        assert rows[0] == rows[1], path
        assert second.get_text() != first.get_text()


async def test_hostile_texts_are_shown_and_never_run(visits: Visits, places: dict[str, Place]) -> None:
    for name in ("hostile", "body-hostile"):
        page = BeautifulSoup((await visits.ask(places[name].address)).text, "html.parser")
        assert dangers(page) == []
        assert page.find("img", src="x") is None
    title = BeautifulSoup((await visits.ask(places["hostile"].address)).text, "html.parser").find("h1")
    assert title is not None
    assert "<script>alert(1)</script>" in title.get_text()
    for query in (
        "%00%3Cscript%3Ealert(1)%3C/script%3E",
        "%22%3E%3Cimg%20src=x%3E",
        "%F0%9F%8F%AE",
        "%ff%fe",
        "a" * 5000,
    ):
        for path in ("/powers", "/bodies", "/laws", "/benchmarks"):
            answer = await visits.ask(f"{path}?q={query}")
            assert answer.status_code == 200, (path, query)
            assert dangers(BeautifulSoup(answer.text, "html.parser")) == [], (path, query)
            html5lib.HTMLParser(strict=True).parse(answer.text)


async def test_a_chart_of_hostile_texts_is_a_well_formed_picture(visits: Visits, places: dict[str, Place]) -> None:
    answer = await visits.ask(f"{places['hostile'].address}/charts/external.svg")
    assert answer.status_code == 200
    picture = ET.fromstring(answer.text)
    assert not [one for one in picture.iter() if one.tag.endswith("script")]
    assert "<script>" in "".join(picture.itertext())


async def test_what_an_address_asks_wrongly_is_told_on_a_page(visits: Visits) -> None:
    for address in (
        "/powers?on=2026-02-30",
        "/powers?law=x",
        "/powers?after=garbage",
        "/calendar?year=12",
        "/laws?before=x",
    ):
        answer = await visits.ask(address)
        assert answer.status_code == 400, address
        assert "<h1>" in answer.text
    for address in (
        "/powers/%00",
        "/bodies/none",
        "/laws/999999",
        "/laws/x",
        "/downloads/powers.exe",
        "/static/../app.py",
    ):
        assert (await visits.ask(address)).status_code == 404, address
    for method in ("POST", "PUT", "DELETE"):
        answer = await visits.ask("/powers", method)
        assert answer.status_code == 405
        assert "GET" in answer.headers["allow"]


def test_every_status_change_and_category_is_explained() -> None:
    assert set(labels.STATUS_SIGNS) == set(labels.STATUSES)
    assert set(labels.CHANGE_HINTS) == set(labels.CHANGES)
    assert set(labels.CATEGORY_HINTS) == set(labels.CATEGORIES)


OWN_SCRIPT = re.compile(r'<script src="\{\{ asset\("[a-z]+\.js"\) \}\}" defer></script>')
"""A file of ours that makes a page of the desk handier; without it the page does the same. Public pages have none."""


def test_pages_load_nothing_from_elsewhere_and_only_the_desk_has_scripts_which_are_files_of_ours() -> None:
    for name, whole in sources().items():
        text = OWN_SCRIPT.sub("", whole) if name.startswith(("desk/", "matters/")) else whole
        assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text), name
        assert not re.search(r"<script|<style|\s(?:on[a-z]+|style)=\"", text), name
    styles = list(Path(PORTAL / "static").glob("*.css"))
    assert all(
        "url(http" not in path.read_text("utf-8") and "@import" not in path.read_text("utf-8") for path in styles
    )


@pytest.mark.clause("H6", "H7")
async def test_the_page_of_an_item_leads_to_its_results_and_ratings(visits: Visits, places: dict[str, Place]) -> None:
    page = BeautifulSoup((await visits.ask(places["item"].address)).text, "html.parser")
    section = page.select_one("#outcome")
    assert section is not None
    assert "2026-09 邀请 40 件，评价 30 件" in section.get_text()
    results, ratings = (str(one["href"]) for one in section.select("a"))
    assert "测试许可" in (await visits.ask(results)).text
    assert places["item"].address in (await visits.ask(ratings)).text
    rare = BeautifulSoup((await visits.ask(places["hostile"].address)).text, "html.parser").select_one("#outcome")
    assert rare is not None
    assert "评价的人少" in rare.get_text()
