"""What is downloaded, subscribed to and read by machines: complete, checked, well formed."""

import csv
import hashlib
import io
import json
import xml.etree.ElementTree as ET
from datetime import datetime
from typing import Final

import jsonschema  # type: ignore[import-untyped]
import pytest
from bs4 import BeautifulSoup
from openpyxl import load_workbook
from starlette.applications import Starlette

from portal.rendering import LOCAL
from tests.portal.conftest import FOOD, HOSTILE, HOSTILE_NAME, Place, Visits

ATOM: Final = "{http://www.w3.org/2005/Atom}"
SITEMAP: Final = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.mark.clause("H7")
async def test_every_download_is_whole_and_its_checksum_fits(visits: Visits, published: Starlette) -> None:
    count = await published.state.database.reads.fetchval("SELECT count(*) FROM power_item")
    schema = (await visits.ask("/downloads/power.schema.json")).json()
    jsonschema.Draft202012Validator.check_schema(schema)
    found: dict[str, bytes] = {}
    for form in ("csv", "json", "jsonl", "xlsx"):
        answer = await visits.ask(f"/downloads/powers.{form}")
        found[form] = answer.content
        digest, name = (await visits.ask(f"/downloads/powers.{form}.sha256")).text.split()
        assert digest == hashlib.sha256(answer.content).hexdigest(), form
        assert name in answer.headers["content-disposition"]
    lines = [json.loads(line) for line in found["jsonl"].splitlines()]
    assert len(lines) == count
    assert FOOD in found["jsonl"].decode()
    rows = list(csv.reader(io.StringIO(found["csv"].decode("utf-8-sig"))))
    assert any(HOSTILE in cell for row in rows for cell in row)
    sheet = load_workbook(io.BytesIO(found["xlsx"]), read_only=True).worksheets[0]
    assert any(HOSTILE_NAME[:25] in str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)


@pytest.mark.clause("H7")
async def test_a_part_of_the_list_is_downloaded_by_the_address_of_the_filter(visits: Visits) -> None:
    page = BeautifulSoup((await visits.ask("/downloads?category=requisition")).text, "html.parser")
    address = next(str(one["href"]) for one in page.select("a[download]") if ".jsonl" in str(one["href"]))
    lines = (await visits.ask(address)).text.splitlines()
    assert 0 < len(lines) < 20
    assert all('"requisition"' in line for line in lines)
    assert (await visits.ask("/downloads/powers.jsonl?on=1990-01-01")).text == ""


async def test_the_feed_is_atom_with_permanent_addresses_and_a_part_for_each_body(
    visits: Visits, places: dict[str, Place]
) -> None:
    root = ET.fromstring((await visits.ask("/changes.atom")).text)
    assert root.tag == f"{ATOM}feed"
    ids = [entry.findtext(f"{ATOM}id") or "" for entry in root.iter(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids) == 50
    for address in ids[:5]:
        assert (await visits.ask(address.replace("http://localhost:8000", ""))).status_code == 200
    for entry in [root, *root.iter(f"{ATOM}entry")]:
        assert entry.findtext(f"{ATOM}title")
        assert "T" in (entry.findtext(f"{ATOM}updated") or "")
    code = places["body"].address.rpartition("/")[2]
    part = ET.fromstring((await visits.ask(f"/changes.atom?body={code}", language="en")).text)
    assert 0 < len(list(part.iter(f"{ATOM}entry"))) < 50


async def test_the_sitemaps_name_every_item_once_and_robots_names_the_sitemap(
    visits: Visits, published: Starlette
) -> None:
    index = ET.fromstring((await visits.ask("/sitemap.xml")).text)
    found: list[str] = []
    for part in index.iter(f"{SITEMAP}loc"):
        answer = await visits.ask((part.text or "").replace("http://localhost:8000", ""))
        assert answer.status_code == 200, part.text
        found += [one.text or "" for one in ET.fromstring(answer.text).iter(f"{SITEMAP}loc")]
    items = [one for one in found if "/powers/" in one]
    codes = await published.state.database.reads.fetch(
        "SELECT DISTINCT v.code FROM power_period p JOIN power_version v ON v.id = p.version_id"
        " WHERE p.valid @> $1::date AND upper_inf(p.recorded)",
        datetime.now(LOCAL).date(),
    )
    assert len(items) == len(set(items)) == len(codes)
    assert "Sitemap: http://localhost:8000/sitemap.xml" in (await visits.ask("/robots.txt")).text


async def test_the_guide_shows_every_example_and_opens_it_in_the_editor(visits: Visits, published: Starlette) -> None:
    page = BeautifulSoup((await visits.ask("/api")).text, "html.parser")
    shown = [one.get_text() for one in page.select("article.example pre")]
    examples = published.state.site.examples
    asking = [one.document for one in examples if not one.variables]
    acting = [text for one in examples if one.variables for text in (one.document, one.variables)]
    assert len(acting) > 2
    assert shown == asking + acting
    for link in page.select("article.example a"):
        assert (await visits.ask(str(link["href"]))).status_code == 200
