"""The press: PDF/A with embedded fonts on A4, the same sheet as the same bytes, no box for a missing character."""

import asyncio
import hashlib
import re
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import segno

from domain.paper_files import load_papers
from domain.paper_samples import NOON, sample_facts, sample_texts
from domain.papers import Sheet, compose, plain_text
from domain.procedure_files import load_procedures
from resolvers.errors import Unavailable
from resolvers.papers_drafting import status_url
from resolvers.press import FontsMissing, NoGlyph, Press, qr_svg
from tests.domain.test_papers import DEMO, HOSTILE, kinds
from tests.factories import PRESS
from tests.resolvers.papers import pdf_of, read, squeezed

pytestmark = pytest.mark.clause("R7")
FONTS = Path(__file__).parents[2] / "deploy" / "fonts"
A4 = (595, 842)


def sheet(**texts: str) -> Sheet:
    procedure = load_procedures(DEMO)["licence"]
    template = load_papers().find("decision", "case", "licence")
    assert template is not None
    facts = sample_facts(template, procedure, DEMO)
    return compose(template, "行政许可决定书", facts, sample_texts(template) | texts).sheet


def test_every_kind_is_set_with_all_its_text_on_a4() -> None:
    seen = set()
    for procedure, code, template in kinds():
        if id(template) in seen:
            continue
        seen.add(id(template))
        facts = sample_facts(template, procedure, DEMO)
        made = compose(template, procedure.documents[code].name, facts, sample_texts(template)).sheet
        reader = pdf_of(PRESS.set_now(made, NOON))
        assert {(round(p.mediabox.width), round(p.mediabox.height)) for p in reader.pages} == {A4}
        shown = squeezed(read(reader))
        for line in plain_text(made).splitlines():
            for part in re.split(r"[\t　]+", line):
                assert squeezed(part) in shown, (procedure.id, code, part)
    assert len(seen) > 40


def test_hostile_texts_are_shown_as_they_are() -> None:
    reader = pdf_of(PRESS.set_now(sheet(reasons_text=HOSTILE, result_text="$x$ #panic()"), NOON))
    shown = squeezed(read(reader))
    assert squeezed(HOSTILE)[:200] in shown
    assert squeezed("$x$ #panic()") in shown
    assert len(reader.pages) > 3


def test_it_is_pdf_a_with_embedded_fonts_and_a_fixed_date() -> None:
    made = PRESS.set_now(sheet(), NOON)
    assert b"<pdfaid:part>2</pdfaid:part>" in made
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in made
    reader = pdf_of(made)
    fonts: list[Any] = []
    for page in reader.pages:
        resources: Any = page["/Resources"]
        fonts += [font.get_object() for font in resources["/Font"].values()]
    assert fonts
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)
        assert "NotoSerifSC" in font["/BaseFont"]
    assert reader.metadata is not None
    assert reader.metadata.title == "行政许可决定书"
    assert reader.metadata.creation_date == NOON


async def test_the_same_sheet_gives_the_same_bytes_whoever_sets_it() -> None:
    one = sheet()
    other = Press([FONTS])
    first, *rest = await asyncio.gather(*(press.typeset(one, NOON) for press in (PRESS, other, PRESS, other)))
    assert {hashlib.sha256(each).digest() for each in rest} == {hashlib.sha256(first).digest()}
    assert await PRESS.typeset(replace(one, title="别的题目"), NOON) != first


@pytest.mark.parametrize("character", ["𠮷", "ا", "🀄"])
def test_a_character_without_a_glyph_is_an_error_and_no_box(character: str) -> None:
    with pytest.raises(NoGlyph) as raised:
        PRESS.set_now(sheet(reasons_text=f"当事人张{character}"), NOON)
    assert raised.value.character == character


async def test_without_fonts_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        await Press.nowhere().typeset(sheet(), NOON)
    with pytest.raises(FontsMissing):
        await Press([tmp_path]).typeset(sheet(), NOON)


async def test_typesetting_leaves_the_event_loop_alone() -> None:
    done = asyncio.Event()
    threads: set[str] = set()

    class Watched(Press):
        def set_now(self, sheet: Sheet, at: object) -> bytes:
            threads.add(threading.current_thread().name)
            # The loop must go on for this to end.
            loop.call_soon_threadsafe(done.set)
            return super().set_now(sheet, NOON)

    loop = asyncio.get_running_loop()
    made = asyncio.ensure_future(Watched([FONTS]).typeset(sheet(), NOON))
    await asyncio.wait_for(done.wait(), 30)
    assert await made
    assert all(name.startswith("press") for name in threads)


@pytest.mark.clause("R13")
def test_the_code_on_an_acceptance_slip_leads_to_the_look_up() -> None:
    address = status_url("https://power.example.gov.cn", "B001XK2026000001")
    assert address == "https://power.example.gov.cn/status?number=B001XK2026000001"
    modules = [[bool(dark) for dark in row] for row in segno.make(address, error="m", micro=False).matrix]
    side = len(modules)
    drawn = qr_svg(address)
    assert f'width="{side}" height="{side}"' in drawn
    assert dark_modules(drawn, side) == modules


def dark_modules(svg: str, side: int) -> list[list[bool]]:
    """Paint the strokes of a drawn code on a grid again: each is one module high."""
    found = re.search(r' d="([^"]+)"', svg)
    assert found is not None
    grid, x, y = [[False] * side for _ in range(side)], 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([-0-9. ]+)", found[1]):
        values = [float(one) for one in numbers.split()]
        if command == "h":
            for place in range(int(x), int(x + values[0])):
                grid[int(y)][place] = True
            x += values[0]
        else:
            x, y = (values[0], values[1]) if command == "M" else (x + values[0], y + values[1])
    return grid


def test_the_vendored_fonts_are_what_the_list_says() -> None:
    lines = (FONTS / "SHA256SUMS").read_text().splitlines()
    for line in lines:
        digest, name = line.split()
        assert hashlib.sha256((FONTS / name).read_bytes()).hexdigest() == digest
    assert {line.split()[1] for line in lines} >= {"NotoSerifSC-Regular.ttf", "NotoSerifSC-Bold.ttf", "LICENSE"}
    assert max(file.stat().st_size for file in FONTS.glob("*.ttf")) < 3_500_000
