"""Materials as files (R6, R8, 003-31(3), 003-32(2)): which kinds are taken, how they are named, who is personal.

What a file is decided by its content (`domain.materials_judging`); a name or a declared type only has to agree.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

Group = Literal["page", "picture", "office", "text", "sound", "film", "paper"]


class FileKind(NamedTuple):
    """A kind of file: its code, words for readers, media type, extensions, and types that senders call it by."""

    code: str
    name: str
    media_type: str
    group: Group
    extensions: tuple[str, ...]
    aliases: tuple[str, ...] = ()

    @property
    def shown(self) -> bool:
        """Whether a browser shows it by itself; everything else is saved."""
        return self.group in ("picture", "sound", "film", "text", "paper") or self.code == "pdf"


_OOXML: Final = "application/vnd.openxmlformats-officedocument."
_ODF: Final = "application/vnd.oasis.opendocument."
_OLD: Final = ("application/vnd.ms-office", "application/wps-office", "application/x-ole-storage")
_ALL: Final = (
    FileKind("pdf", "PDF", "application/pdf", "page", ("pdf",), ("application/x-pdf",)),
    FileKind("ofd", "OFD 版式文件", "application/ofd", "page", ("ofd",), ("application/zip",)),
    FileKind("png", "PNG 图片", "image/png", "picture", ("png",), ("image/x-png",)),
    FileKind("jpeg", "JPEG 图片", "image/jpeg", "picture", ("jpg", "jpeg", "jpe"), ("image/pjpeg", "image/jpg")),
    FileKind("tiff", "TIFF 图片", "image/tiff", "office", ("tif", "tiff"), ("image/tiff-fx",)),
    FileKind("webp", "WebP 图片", "image/webp", "picture", ("webp",)),
    FileKind("docx", "Word 文档", f"{_OOXML}wordprocessingml.document", "office", ("docx",), ("application/zip",)),
    FileKind("xlsx", "Excel 表格", f"{_OOXML}spreadsheetml.sheet", "office", ("xlsx",), ("application/zip",)),
    FileKind("pptx", "PowerPoint", f"{_OOXML}presentationml.presentation", "office", ("pptx",), ("application/zip",)),
    FileKind("odt", "OpenDocument 文本", f"{_ODF}text", "office", ("odt",), ("application/zip",)),
    FileKind("ods", "OpenDocument 表格", f"{_ODF}spreadsheet", "office", ("ods",), ("application/zip",)),
    FileKind("odp", "OpenDocument 演示", f"{_ODF}presentation", "office", ("odp",), ("application/zip",)),
    FileKind("doc", "Word 97 文档", "application/msword", "office", ("doc", "wps"), _OLD),
    FileKind("xls", "Excel 97 表格", "application/vnd.ms-excel", "office", ("xls", "et"), _OLD),
    FileKind("ppt", "PowerPoint 97", "application/vnd.ms-powerpoint", "office", ("ppt", "dps"), _OLD),
    FileKind("txt", "纯文本（UTF-8）", "text/plain", "text", ("txt",)),
    # A browser on Windows tells the type of a CSV by the program that opens it.
    FileKind("csv", "CSV 表格（UTF-8）", "text/csv", "text", ("csv",), ("application/vnd.ms-excel", "text/plain")),
    FileKind("mp3", "MP3 录音", "audio/mpeg", "sound", ("mp3",), ("audio/mp3", "audio/x-mp3", "audio/x-mpeg")),
    FileKind("wav", "WAV 录音", "audio/wav", "sound", ("wav",), ("audio/x-wav", "audio/wave", "audio/vnd.wave")),
    FileKind(
        "mp4", "MP4 录像", "video/mp4", "film", ("mp4", "m4v", "m4a"), ("audio/mp4", "audio/x-m4a", "video/x-m4v")
    ),
)
KINDS: Final[Mapping[str, FileKind]] = MappingProxyType({one.code: one for one in _ALL})
"""The kinds that can be taken, by their codes; a setting may take fewer."""

PAPER: Final = FileKind("paper", "纸质材料登记", "text/plain", "paper", ("txt",))
"""The entry of a material that is there on paper: a text made here, so that its digest is that of something."""

EXTENSIONS: Final = frozenset(one for kind in _ALL for one in kind.extensions)


def kind_of(code: str) -> FileKind:
    """Return a kind by its code."""
    return PAPER if code == PAPER.code else KINDS[code]


def extensions_of(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return the extensions of some kinds, for the chooser of a browser and for messages."""
    return tuple(one for code in kinds if code in KINDS for one in KINDS[code].extensions)


# -- names -------------------------------------------------------------------------------------------------------------

LONGEST_NAME: Final = 100
UNNAMED: Final = "未命名"
_FORBIDDEN: Final = frozenset('<>:"|?*\\/%')
_DEVICES: Final = frozenset({"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(10))})


def file_name(given: str) -> str:
    """Return a name under which a file can be shown and saved anywhere: no path, nothing invisible, not too long.

    Characters that turn the direction of writing are taken out: with them ``fdp.exe`` reads as ``exe.pdf``.
    """
    last = unicodedata.normalize("NFC", given[:4000]).replace("\\", "/").rpartition("/")[2]
    seen = "".join(
        " " if unicodedata.category(one) in ("Zs", "Zl", "Zp") else one
        for one in last
        if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    plain = " ".join("".join("_" if one in _FORBIDDEN else one for one in seen).split()).strip(" .")
    stem, dot, extension = plain.rpartition(".")
    if not dot or len(extension) > 10:
        stem, extension = plain, ""
    stem = stem.strip(" .")
    if stem.casefold().partition(".")[0] in _DEVICES:
        stem = f"_{stem}"
    return f"{stem[:LONGEST_NAME].strip(' .') or UNNAMED}{'.' + extension if extension else ''}"


def extension_of(name: str) -> str:
    """Return the extension of a name in lower case; empty if it has none."""
    stem, dot, extension = name.rpartition(".")
    return extension.casefold() if dot and stem else ""


def paper_text(name: str, copies: int) -> str:
    """Return the entry of a material on paper. The same entry has the same text: an act sent twice stays one act."""
    return f"纸质材料登记\n材料名称：{name}\n份数：{copies}\n"


# 003-31(1) with 个人信息保护法-6, -51: what a citizen hands in says something of that citizen; each opening is traced.
def is_personal(by: str, party_kind: str) -> bool:
    """Say whether a material is a person's own, so that every opening of it is an event."""
    return by == "party" and party_kind == "citizen"
