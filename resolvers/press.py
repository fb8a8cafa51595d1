"""The press: sheets are typeset as PDF/A-2b with embedded fonts, the same sheet always as the same bytes (003-31(5)).

Data goes in as JSON and is only ever shown; the one layout is the only source. No font of the system is looked at, and
a character that no font at hand can show is an error, never an empty box. The compiler works in threads of its own and
leaves the event loop alone.
"""

import asyncio
import io
import json
import os
import re
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final

import segno
import typst

from domain.engine.days import LOCAL
from domain.paper_files import layout_file
from domain.papers import Sheet
from resolvers.errors import Unavailable

FAMILY: Final = "Noto Serif SC"
STANDARD: Final = "a-2b"
FONT_FILES: Final = (".ttf", ".otf", ".ttc", ".otc")
UNSHOWN: Final = re.compile(r'the text `"(.*)"` could not be displayed', re.DOTALL)
ESCAPED: Final = re.compile(r"\\u\{([0-9a-f]{1,6})\}")


class NoGlyph(Exception):
    """No font at hand has a character; whoever composed the sheet knows in which field it stands."""

    def __init__(self, character: str) -> None:
        self.character = character
        super().__init__(f"no font shows U+{ord(character[:1] or ' '):04X}")


class FontsMissing(RuntimeError):
    """The folder of fonts does not hold the one that documents are set in."""


class Press:
    """What typesets. ``folders`` hold the fonts: first our own, then those of the operator (rare characters of names).

    ``site`` is the address that documents print for whoever looks a matter up.
    """

    def __init__(self, folders: Sequence[Path] = (), site: str = "", *, threads: int = 0) -> None:
        self._folders, self.site = tuple(folders), site
        self._threads = threads or min(4, os.cpu_count() or 1)
        self._own = threading.local()

    @classmethod
    def nowhere(cls) -> "Press":
        """Return a press without fonts: for whoever makes no documents."""
        return cls()

    async def typeset(self, sheet: Sheet, at: datetime) -> bytes:
        """Return a sheet as PDF/A-2b, dated ``at``; raises ``NoGlyph``, and ``Unavailable`` where there are no fonts."""
        if not self._folders:
            raise Unavailable("文书排版暂时无法使用。", "请联系系统管理员检查字体的设置。")
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.set_now, sheet, at)

    def set_now(self, sheet: Sheet, at: datetime) -> bytes:
        """Typeset in this very thread: what ``typeset`` does in one of its own."""
        data = sheet.document()
        if sheet.qr is not None:
            data["qr"] = {**sheet.qr, "svg": qr_svg(sheet.qr["text"])}
        try:
            made = self._compiler().compile(
                sys_inputs={"sheet": json.dumps(data, ensure_ascii=False, default=dict)},
                format="pdf",
                pdf_standards=STANDARD,
                timestamp=at.replace(microsecond=0).astimezone(LOCAL),
            )
        except typst.TypstError as error:
            if found := UNSHOWN.search(error.message):
                raise NoGlyph(_unescaped(found[1])[:1]) from None
            raise
        if not isinstance(made, bytes):
            raise TypeError("a PDF is one file")
        return made

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="press")

    @cached_property
    def _fonts(self) -> typst.Fonts:
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(one) for one in self._folders]
        )
        if FAMILY not in fonts.families():
            raise FontsMissing(f"{FAMILY} is in none of {', '.join(map(str, self._folders))}")
        return fonts

    def _compiler(self) -> typst.Compiler:
        """Return the compiler of this thread: it keeps what it was given last, so no two threads share one."""
        found: typst.Compiler | None = getattr(self._own, "compiler", None)
        if found is None:
            layout = layout_file()
            found = typst.Compiler(
                str(layout), root=str(layout.parent), font_paths=self._fonts, ignore_system_fonts=True
            )
            self._own.compiler = found
        return found


def qr_svg(text: str) -> str:
    """Return a QR code as SVG without a border of its own."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", border=0, xmldecl=False, svgclass=None, lineclass=None
    )
    return drawn.getvalue().decode()


def _unescaped(text: str) -> str:
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
