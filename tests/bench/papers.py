"""Measure documents: how many a core typesets, beside the bare compiler, and how long the event loop has to wait.

Every kind of document is made from its sample data, each time under another number, so that nothing of the answer is
kept from before but the layout of texts that stay the same, on both sides; the first of a kind had none. Both sides compile the same source with the same fonts to the same PDF/A; ours starts at the template.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final

import typst

from domain.engine.days import LOCAL
from domain.paper_facts import Facts
from domain.paper_files import layout_file, load_papers
from domain.paper_samples import sample_facts, sample_texts
from domain.paper_templates import PaperTemplate
from domain.papers import Sheet, compose
from domain.procedure_files import load_procedures
from domain.profiles import load_profiles
from resolvers.press import FAMILY, STANDARD, Press, qr_svg
from tests.bench import measuring

FONTS: Final = Path(__file__).parents[2] / "deploy" / "fonts"
NOON: Final = datetime(2026, 11, 27, 4, tzinfo=UTC)
PROFILE: Final = "demo-city"
GOAL_A_SECOND, GOAL_BLOCKED_MS = 20.0, 50.0
QUICK_KINDS: Final = 3
AT_ONCE: Final = 16
BEAT_SECONDS: Final = 0.001

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document with its sample data."""

    name: str
    template: PaperTemplate
    facts: Facts
    texts: Mapping[str, str]

    def sheet(self, number: str) -> Sheet:
        """Compose a sheet under a number."""
        return compose(self.template, self.name, {**self.facts, "number": number}, self.texts).sheet


@dataclass(frozen=True, slots=True)
class Speed:
    """Documents a second of processor time, ours and the bare compiler's; milliseconds of the first, and its bytes."""

    kind: str
    first: float
    ours: float
    bare: float
    size: int


def kinds() -> Iterator[Kind]:
    """Yield every kind of document that procedures have, by name, each once."""
    profile, seen = load_profiles()[PROFILE], set[str]()
    for procedure in load_procedures(profile).values():
        category = procedure.categories[0] if procedure.categories else procedure.id.partition("-")[0]
        for code, rule in procedure.documents.items():
            template = load_papers().find(code, procedure.kind, category)
            if template is not None and rule.name not in seen:
                seen.add(rule.name)
                yield Kind(rule.name, template, sample_facts(template, procedure, profile), sample_texts(template))


class Bare:
    """The compiler alone: a finished sheet in, a PDF out."""

    def __init__(self) -> None:
        """Read the fonts and the layout once, as the press does."""
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
        assert FAMILY in fonts.families()
        layout = layout_file()
        self._compiler = typst.Compiler(
            str(layout), root=str(layout.parent), font_paths=fonts, ignore_system_fonts=True
        )

    def compile(self, data: str) -> object:
        """Compile what was written as JSON before."""
        at = NOON.astimezone(LOCAL)
        return self._compiler.compile(sys_inputs={"sheet": data}, format="pdf", pdf_standards=STANDARD, timestamp=at)


def written(sheet: Sheet) -> str:
    """Return a sheet as the layout takes it."""
    data = sheet.document()
    if sheet.qr is not None:
        data["qr"] = {**sheet.qr, "svg": qr_svg(sheet.qr["text"])}
    return json.dumps(data, ensure_ascii=False, default=dict)


def number() -> str:
    """Return a number that no document has had yet."""
    return f"云测〔2026〕{next(_numbers)}号"


def speed(kind: Kind, press: Press, bare: Bare, rounds: int) -> Speed:
    """Make documents of one kind, ours and bare ones in turn, by the processor's clock: whoever else runs takes no part."""
    began = time.process_time()
    size = len(press.set_now(kind.sheet(number()), NOON))
    first = (time.process_time() - began) * 1000
    bare.compile(written(kind.sheet(number())))
    ours = floor = 0.0
    for _ in range(rounds):
        name, ready = number(), written(kind.sheet(number()))
        began = time.process_time()
        press.set_now(kind.sheet(name), NOON)
        between = time.process_time()
        bare.compile(ready)
        ours, floor = ours + between - began, floor + time.process_time() - between
    return Speed(kind.name, first, rounds / ours, rounds / floor, size)


async def longest_wait(work: Awaitable[object]) -> float:
    """Return by how many milliseconds the loop came late at most while something was done."""
    longest, done = 0.0, asyncio.ensure_future(work)
    while not done.done():
        before = time.perf_counter()
        await asyncio.sleep(BEAT_SECONDS)
        longest = max(longest, time.perf_counter() - before - BEAT_SECONDS)
    await done
    return longest * 1000


async def _waits(chosen: Sequence[Kind], press: Press, many: int) -> tuple[float, float, float]:
    """Return the longest wait while documents are made, the same in an idle process, and documents a second by the clock."""
    sheets = [chosen[one % len(chosen)].sheet(number()) for one in range(many)]
    await asyncio.gather(*(press.typeset(sheet, NOON) for sheet in sheets[:AT_ONCE]))  # every thread has its compiler
    places, began = asyncio.Semaphore(AT_ONCE), time.perf_counter()

    async def one(sheet: Sheet) -> None:
        async with places:
            await press.typeset(sheet, NOON)

    blocked = await longest_wait(asyncio.gather(*(one(sheet) for sheet in sheets)))
    seconds = time.perf_counter() - began
    return blocked, await longest_wait(asyncio.sleep(seconds)), many / seconds


def section(rounds: int, *, quick: bool = False) -> str:
    """Return the section of the report."""
    press, bare = Press([FONTS], "https://power.example.gov.cn"), Bare()
    chosen = list(kinds())[: QUICK_KINDS if quick else None]
    press.set_now(chosen[-1].sheet(number()), NOON)  # fonts are read once in the life of a process
    found = [speed(kind, press, bare, rounds) for kind in chosen]
    blocked, idle, rate = asyncio.run(_waits(chosen, press, AT_ONCE * (2 if quick else 12)))
    return _report(sorted(found, key=lambda one: one.ours), blocked, idle, rate)


def _report(found: Sequence[Speed], blocked: float, idle: float, rate: float) -> str:
    head = (
        "kind of document, slowest first",
        "ours: documents/s/core",
        "bare typst",
        "ours ÷ bare",
        "the first one, ms",
        "kB",
    )
    rows = [(one.kind, one.ours, one.bare, one.ours / one.bare, one.first, one.size / 1000) for one in found]
    slowest = found[0].ours
    goals = [
        ("slowest kind, documents/s/core", f"≥ {GOAL_A_SECOND:.0f}", slowest, _told(met=slowest >= GOAL_A_SECOND)),
        ("event loop blocked at most, ms", f"≤ {GOAL_BLOCKED_MS:.0f}", blocked, _told(met=blocked <= GOAL_BLOCKED_MS)),
    ]
    said = (
        f"{AT_ONCE} documents at once, all kinds mixed: {measuring.number(rate)} documents/s by the clock; the loop of the "
        f"same process came late by {measuring.number(idle)} ms at most when it had nothing to do.\n"
    )
    parts = (
        measuring.table("Papers", head, rows),
        measuring.table("Papers: goals", ("goal", "wanted", "measured", ""), goals),
        said,
    )
    return "\n".join(parts)


def _told(*, met: bool) -> str:
    return "met" if met else "**missed**"
