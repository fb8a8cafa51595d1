"""Materials of the demonstration city: one-page PDFs that say what they stand for, and that they are invented.

The font is one that every reader of PDFs brings for Chinese (STSong-Light), so that a page has less than a kilobyte.
"""

from functools import lru_cache
from typing import Final

NOTICE: Final = "演示材料，内容为虚构，不具有法律效力。"
FONTS: Final = (
    "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[5 0 R]>>",
    (
        "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/FontDescriptor 6 0 R>>"
    ),
    (
        "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]"
        "/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>>"
    ),
)
LINE: Final = 28


@lru_cache(maxsize=2_000)
def paper(name: str, of: str) -> bytes:
    """Return a page for a material of an item; the same names give the same bytes, which are kept once."""
    lines = ((20, name), (13, f"事项：{of}"), (13, NOTICE))
    words = "\n".join(f"/F1 {size} Tf 0 -{LINE * 2} Td <{_hex(text)}> Tj" for size, text in lines)
    return _document(f"BT 72 790 Td\n{words}\nET".encode())


def _hex(text: str) -> str:
    """Return a text as the encoding of the font takes it; what is beyond its plane is left out."""
    return "".join(one for one in text if ord(one) < 0x10000)[:34].encode("utf-16-be").hex()


def _document(page: bytes) -> bytes:
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 7 0 R/Resources<</Font<</F1 4 0 R>>>>>>",
        *(font.encode() for font in FONTS),
        b"<</Length %d>>\nstream\n%b\nendstream" % (len(page), page),
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count, start = len(objects) + 1, len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<</Size %d/Root 1 0 R>>\n" % (count, table, count)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)
