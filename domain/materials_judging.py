"""What a file is and whether it is taken: decided from its content, its name only has to agree (R6).

Only what is recognised is taken. Whoever has looked at a file brings a `Look`; nothing here reads anything.
"""

import re
from collections.abc import Callable, Collection, Iterator
from typing import Final, NamedTuple

from domain.materials import KINDS, FileKind, extension_of, extensions_of
from domain.materials_pictures import MOST_PIXELS, pixels
from domain.materials_zips import END, ENTRY, FIRST, Entry, office_kind

HEAD: Final = 65_536
"""So many first bytes are looked at."""


def _wide(name: str) -> bytes:
    return name.encode("utf-16-le")


MARKS: Final = {
    "word": _wide("WordDocument"),
    "workbook": _wide("Workbook"),
    "slides": _wide("PowerPoint Document"),
    "macro": _wide("_VBA_PROJECT"),
    "locked": _wide("EncryptedPackage"),
    "pdf-script": b"/JavaScript",
    "pdf-launch": b"/Launch",
}
"""What is looked for in the whole of a file: streams of old office files by their names, and what lets a PDF act."""

LONGEST_MARK: Final = max(map(len, MARKS.values()))


class Look(NamedTuple):
    """What was seen of a file: its first and last bytes, its size, what it holds; ``zip_problem`` is why it is no zip."""

    head: bytes
    tail: bytes
    size: int
    text: bool = False
    marks: frozenset[str] = frozenset()
    entries: tuple[Entry, ...] | None = None
    zip_problem: str = ""
    seems: str = ""


class NotTaken(ValueError):
    """A file that is not taken: a stable code, what is wrong with it, what to do."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code, self.message, self.remedy = code, message, remedy


_PROGRAMS: Final = (
    *(b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"dex\n", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe"),
    *(b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"L\0\0\0\x01\x14\x02\0", b"\0asm"),
)
_PACKED: Final = (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"MSCF", b"\x28\xb5\x2f\xfd")
_MARKUP: Final = (b"<script", b"<html", b"<!doctype html", b"<svg", b"<?php", b"<iframe", b"<%@", b"<!entity")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FILMS: Final = (
    *(b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42"),
    *(b"avc1", b"M4V ", b"M4A ", b"MSNV", b"dash", b"3gp4", b"3gp5", b"f4v "),
)
_OLD_OFFICE: Final = {"word": "doc", "workbook": "xls", "slides": "ppt"}
_BEGINS_MARKUP: Final = re.compile(rb"<[!?%a-zA-Z]")


def judge(look: Look, name: str, declared: str, allowed: Collection[str]) -> FileKind:
    """Return the kind of a file; raises ``NotTaken`` for everything that is not exactly one of the allowed kinds."""
    if look.size == 0:
        raise NotTaken("EMPTY_FILE", "文件是空的。", "请重新选择文件。")
    _refuse_active(look)
    code = _recognised(look, extension_of(name))
    if not code:
        raise _unknown(look, allowed)
    if code == "txt" and extension_of(name) == "csv":
        code = "csv"
    kind = KINDS[code]
    if code not in allowed:
        raise NotTaken("KIND_NOT_ALLOWED", f"这里不接受{kind.name}。", _accepted(allowed))
    _agree(kind, name, declared)
    for why in _wrong(kind, look):
        raise why
    return kind


def _accepted(allowed: Collection[str]) -> str:
    return f"可以提交：{'、'.join(extensions_of(allowed))}。"


def _unknown(look: Look, allowed: Collection[str]) -> NotTaken:
    if look.head.startswith(FIRST) or look.head.startswith(_PACKED):
        return NotTaken("ARCHIVE", "不接受压缩包。", "请解压后逐个上传。")
    if look.head.startswith(_OLE):
        return NotTaken("UNKNOWN_KIND", "文件不是可以识别的 Word、Excel 或 PowerPoint 文档。", _accepted(allowed))
    if b"\0" not in look.head and not look.text:
        return NotTaken("NOT_UTF8", "文本文件的编码不是 UTF-8，或者含有控制字符。", "请另存为 UTF-8 编码后上传。")
    seems = f"（看起来是 {look.seems}）" if look.seems else ""
    return NotTaken("UNKNOWN_KIND", f"不能识别这个文件的类型{seems}，或者文件已损坏。", _accepted(allowed))


def _refuse_active(look: Look) -> None:
    """Refuse programs, and pages that a browser would run, whatever they are called."""
    if look.head.startswith(_PROGRAMS):
        raise NotTaken("PROGRAM", "不接受程序文件。", "请提交文档、图片或者音像文件。")
    if _BEGINS_MARKUP.match(look.head.removeprefix(b"\xef\xbb\xbf").lstrip()):
        raise NotTaken("MARKUP", "不接受网页、SVG 和其他标记文件。", "请转换为 PDF 或者图片后上传。")
    if look.head.startswith(b"{\\rtf"):
        raise NotTaken("UNKNOWN_KIND", "不接受 RTF 文件。", "请另存为 docx 或者 PDF 后上传。")


def _recognised(look: Look, extension: str) -> str:
    """Return the code of what a file is; empty for what is nothing of ours. One content is one kind, never two."""
    if look.head.startswith(FIRST):
        if look.zip_problem:
            raise NotTaken("BAD_ZIP", f"{look.zip_problem}。", "请用办公软件重新保存后上传；压缩包请解压后逐个上传。")
        return office_kind(look.head, look.entries or ())
    if look.head.startswith(_OLE):
        return _old_office(look.marks, extension)
    found = next((code for code, test in _TESTS if test(look.head)), "")
    return found or ("txt" if look.text else "")


def _old_office(marks: frozenset[str], extension: str) -> str:
    """Old office files hold one another: among what is in it, the name says which one the whole is."""
    held = [code for mark, code in _OLD_OFFICE.items() if mark in marks]
    named = [code for code in held if extension in KINDS[code].extensions]
    if not held and "locked" in marks:
        raise NotTaken("LOCKED", "文件有打开密码。", "请去掉密码后上传。")
    return next(iter((*named, *held)), "")


def _sound_frame(head: bytes) -> bool:
    return len(head) > 4 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] >> 4 not in (0, 15)


_TESTS: Final[tuple[tuple[str, Callable[[bytes], bool]], ...]] = (
    ("pdf", lambda head: head.startswith(b"%PDF-")),
    ("png", lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    ("jpeg", lambda head: head.startswith(b"\xff\xd8\xff")),
    ("tiff", lambda head: head.startswith((b"II*\0", b"MM\0*"))),
    ("webp", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP"),
    ("wav", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WAVE"),
    ("mp3", lambda head: head.startswith(b"ID3") or _sound_frame(head)),
    ("mp4", lambda head: head[4:8] == b"ftyp" and head[8:12] in _FILMS),
)


def _agree(kind: FileKind, name: str, declared: str) -> None:
    """Refuse a name or a declared type that says something else than the content."""
    extension = extension_of(name)
    if extension not in ("", *kind.extensions):
        raise NotTaken(
            "NAME_CONTRADICTS", f"文件名以“.{extension}”结尾，内容却是{kind.name}。", "请核对文件，改用正确的扩展名。"
        )
    said = declared.partition(";")[0].strip().casefold()
    known = {one for each in KINDS.values() for one in (each.media_type, *each.aliases)}
    dangerous = ("text/html", "image/svg", "application/xhtml", "application/x-ms", "application/java", "text/java")
    if said in (kind.media_type, *kind.aliases, "", "application/octet-stream"):
        return
    if said in known or said.startswith((*dangerous, "application/x-sh", "application/x-exe")):
        raise NotTaken("TYPE_CONTRADICTS", f"浏览器称文件为“{said[:60]}”，内容却是{kind.name}。", "请核对文件。")


def _wrong(kind: FileKind, look: Look) -> Iterator[NotTaken]:
    """Yield what is wrong with a file of a kind: cut off, more than one thing at once, locked, able to act, too large."""
    broken = NotTaken("BROKEN_FILE", f"{kind.name}文件不完整，或者与它声称的大小不符。", "请重新生成或者扫描后上传。")
    if not _whole(kind.code, look):
        yield broken
    zipped = look.head.startswith(FIRST)
    if not zipped and END in look.tail and ENTRY in look.tail:
        yield NotTaken("TWO_IN_ONE", f"{kind.name}文件后面附有压缩包。", "请重新生成后上传。")
    area = look.head[:2048] if kind.code == "pdf" else b"" if zipped or look.head.startswith(_OLE) else look.head
    if any(mark in area.lower() for mark in _MARKUP) or (kind.group != "office" and _page_at_end(kind, look)):
        yield NotTaken("TWO_IN_ONE", f"{kind.name}文件里夹有网页脚本。", "请重新生成后上传。")
    if "macro" in look.marks and look.head.startswith(_OLE):
        yield NotTaken("MACRO", "文件含有宏。", "请另存为不含宏的文档，或者转换为 PDF 后上传。")
    if kind.code == "pdf" and look.marks & {"pdf-script", "pdf-launch"}:
        yield NotTaken("PDF_ACTS", "PDF 文件含有脚本或者启动程序的动作。", "请用打印的方式重新生成 PDF 后上传。")
    size = pixels(kind.code, look.head)
    if size is not None and not 0 < size <= MOST_PIXELS:
        yield NotTaken("PICTURE_TOO_LARGE", f"图片有 {size // 1_000_000} 百万像素。", "请降低分辨率后上传。")


def _page_at_end(kind: FileKind, look: Look) -> bool:
    return kind.group in ("picture", "sound", "film") and any(mark in look.tail.lower() for mark in _MARKUP[:5])


def _whole(code: str, look: Look) -> bool:
    """Say whether a file is as long as it says, and ends as its kind ends."""
    head, tail, size = look.head, look.tail, look.size
    if code == "pdf":
        return b"%%EOF" in tail[-2048:]
    if code == "png":
        return head[8:16] == b"\0\0\0\rIHDR" and b"IEND\xaeB`\x82" in tail
    if code == "jpeg":
        return b"\xff\xd9" in tail
    if code in ("webp", "wav"):
        said = int.from_bytes(head[4:8], "little") + 8
        return said in (size, size - 1, size + 1) or (code == "wav" and 44 <= said <= size)
    if code == "tiff" and len(head) >= 8:
        return 8 <= int.from_bytes(head[4:8], "little" if head[:2] == b"II" else "big") < size
    if code == "mp4":
        return 8 <= int.from_bytes(head[:4], "big") < size
    if code == "mp3" and head.startswith(b"ID3"):
        said = sum((head[6 + place] & 0x7F) << shift for place, shift in enumerate((21, 14, 7, 0))) if size > 10 else -1
        return 0 <= said < size - 10 and all(one < 0x80 for one in head[6:10])
    if head.startswith(_OLE):
        shift = int.from_bytes(head[30:32], "little")
        return size >= 512 and shift in (9, 12) and int.from_bytes(head[44:48], "little") << shift <= size
    return True
