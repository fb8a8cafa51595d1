"""What a list file may be: its format by content, its size, and the refusals that say what is wrong with it."""

import hashlib
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from resolvers.errors import Refusal

Format = Literal["xls", "xlsx", "xlsb", "ods", "html", "csv", "json"]

# What the archive library raises for damaged archives: more than its own error.
ARCHIVE_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    KeyError,
    NotImplementedError,
    RuntimeError,
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_WORD_STREAM = "WordDocument".encode("utf-16-le")
_BOOK_STREAMS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_HEAD = 65_536
_CELL = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*\s)?r="([A-Z]{1,3})(\d{1,7})"[^>/]*>')
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Bounds of what is read; bytes, counts and characters."""

    file_bytes: int = 100_000_000
    stream_bytes: int = 20_000_000_000
    unpacked_bytes: int = 1_000_000_000
    entries: int = 5_000
    sheets: int = 200
    rows: int = 200_000
    columns: int = 1_000
    cells: int = 20_000_000
    cell_characters: int = 200_000
    record_characters: int = 20_000_000
    # Of the process that opens a spreadsheet.
    memory_bytes: int = 4_000_000_000
    seconds: int = 120


DEFAULT_LIMITS = FileLimits()


class ListFileRefused(Refusal):
    """Base of the refusals of a list file; the message names the file and the reason."""

    code: ClassVar[str] = "LIST_FILE_REFUSED"

    def __init__(self, name: str, reason: str, remedy: str) -> None:
        super().__init__(f"文件“{name}”不能读取：{reason}。", remedy)
        self.name = name
        self.reason = reason


class ListFileBroken(ListFileRefused):
    """The file is damaged, empty, or not what its content claims."""

    code = "LIST_FILE_BROKEN"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, f"文件已损坏或不完整（{reason}）", "请用表格软件打开并另存一份，再重新上传。")


class ListFileEncrypted(ListFileRefused):
    """The file is protected by a password."""

    code = "LIST_FILE_ENCRYPTED"

    def __init__(self, name: str) -> None:
        super().__init__(name, "文件设有打开密码", "请取消密码后另存，再重新上传。")


class ListFileTooLarge(ListFileRefused):
    """The file, or what it unpacks to, is larger than the limits."""

    code = "LIST_FILE_TOO_LARGE"
    status = 413

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason, "请拆分文件，或改用 CSV 格式（可逐行读取，不限行数）。")


class ListFormatUnknown(ListFileRefused):
    """The content is none of the formats that are read."""

    code = "LIST_FORMAT_UNKNOWN"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason, "请另存为 xlsx、xls、ods、CSV 或 JSON 格式。")


def content_hash(data: bytes) -> str:
    """SHA-256 of the bytes, hex."""
    return hashlib.sha256(data).hexdigest()


def sniff(source: Path | bytes, name: str) -> Format:
    """The format by content; raises `ListFileEncrypted`, `ListFileBroken` or `ListFormatUnknown`."""
    head = _head(source)
    if head.startswith(_OLE):
        return _sniff_compound(source, name)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _sniff_archive(source, name)
    if head.startswith((b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00\x04\x00")):
        return "xls"
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf")):
        raise ListFormatUnknown(name, "这是 PDF、图片、压缩包或文档，不是表格")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "csv"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"[", b"{"):
        return "json"
    lowered = text[:4_096].lower()
    if (
        b"<html" in lowered
        or b"<table" in lowered
        or b"<!doctype html" in lowered
        or b"urn:schemas-microsoft-com" in lowered
    ):
        return "html"
    if _BINARY.search(text):
        raise ListFormatUnknown(name, "内容不是已知的表格格式")
    return "csv"


def check_archive(data: bytes, name: str, limits: FileLimits) -> None:
    """Refuse an archive that unpacks to more than the limits, before anything is unpacked in memory."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_entries(archive, name, limits)
    except ARCHIVE_ERRORS as error:
        raise ListFileBroken(name, "压缩内容损坏") from error


def _check_entries(archive: zipfile.ZipFile, name: str, limits: FileLimits) -> None:
    entries = archive.infolist()
    if len(entries) > limits.entries:
        raise ListFileTooLarge(name, f"压缩包中有 {len(entries)} 个部分，上限为 {limits.entries} 个")
    total = sum(entry.file_size for entry in entries)
    if total > limits.unpacked_bytes:
        size = f"{total // 1_000_000} MB，上限为 {limits.unpacked_bytes // 1_000_000} MB"
        raise ListFileTooLarge(name, f"解开后有 {size}")
    for entry in entries:
        if re.fullmatch(r"xl/worksheets/[^/]+\.xml", entry.filename):
            _check_extent(archive, entry, name, limits)


def _head(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source[:_HEAD]
    with source.open("rb") as stream:
        return stream.read(_HEAD)


def _sniff_compound(source: Path | bytes, name: str) -> Format:
    data = source.read_bytes() if isinstance(source, Path) else source
    if _ENCRYPTED_STREAM in data:
        raise ListFileEncrypted(name)
    if any(stream in data for stream in _BOOK_STREAMS):
        return "xls"
    if _WORD_STREAM in data:
        raise ListFormatUnknown(name, "这是 Word 文档，不是表格")
    raise ListFileBroken(name, "其中没有工作簿")


def _sniff_archive(source: Path | bytes, name: str) -> Format:
    try:
        with zipfile.ZipFile(source if isinstance(source, Path) else io.BytesIO(source)) as archive:
            names = set(archive.namelist())
            if any(entry.flag_bits & 1 for entry in archive.infolist()):
                raise ListFileEncrypted(name)
    except ARCHIVE_ERRORS as error:
        raise ListFileBroken(name, "压缩结构不完整") from error
    if "xl/workbook.xml" in names or any(re.fullmatch(r"xl/workbook\d*\.xml", entry) for entry in names):
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "content.xml" in names and "mimetype" in names:
        return "ods"
    if "word/document.xml" in names:
        raise ListFormatUnknown(name, "这是 Word 文档，不是表格")
    raise ListFormatUnknown(name, "压缩包中没有工作簿")


def _check_extent(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, limits: FileLimits) -> None:
    """Refuse a sheet with a cell in a far corner: the reader holds the whole rectangle in memory."""
    rows = columns = 0
    tail = b""
    with archive.open(entry) as stream:
        while chunk := stream.read(1_000_000):
            for letters, digits in _CELL.findall(tail + chunk):
                rows, columns = max(rows, int(digits)), max(columns, _column(letters))
            tail = chunk[-200:]
    if rows > limits.rows or columns > limits.columns or rows * columns > limits.cells:
        raise ListFileTooLarge(
            name, f"有工作表达到 {rows} 行 × {columns} 列，上限为 {limits.rows} 行 × {limits.columns} 列"
        )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
