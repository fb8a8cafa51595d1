"""The directory of a zip, read without unpacking anything: what an office file or an OFD says of its contents.

Sizes that a zip claims are looked at before any program unpacks it; a directory that contradicts the file is refused.
"""

import struct
from collections.abc import Sequence
from typing import Final, NamedTuple

END: Final = b"PK\x05\x06"
ENTRY: Final = b"PK\x01\x02"
FIRST: Final = b"PK\x03\x04"
END_64: Final = b"PK\x06\x06"
TAIL: Final = 65_535 + 22
"""Within so many bytes of its end a zip says where its directory is."""

MOST_DIRECTORY: Final = 4_000_000
MOST_ENTRIES: Final = 10_000
MOST_UNPACKED: Final = 500_000_000
FREE_UNPACKED, MOST_RATIO = 20_000_000, 200
"""Beyond so many bytes unpacked, they may be so many times those of the file: sheets of numbers pack well, bombs better."""

UNKNOWN: Final = 0xFFFFFFFF
RUNNABLE: Final = (
    *(".exe", ".dll", ".com", ".scr", ".msi", ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".hta"),
    *(".jar", ".sh", ".app", ".apk", ".lnk", ".reg", ".html", ".htm", ".svg"),
)
PACKED: Final = (".zip", ".rar", ".7z", ".gz", ".tgz", ".bz2", ".xz", ".cab", ".iso")


class Entry(NamedTuple):
    """One entry of a directory: its name, its sizes packed and unpacked, where it begins, and whether it is encrypted."""

    name: str
    packed: int
    unpacked: int
    start: int
    encrypted: bool


class BadZip(ValueError):
    """A directory that contradicts itself or the file; the text says how, for readers."""


def directory_place(tail: bytes, size: int) -> tuple[int, int, int] | None:
    """Return where the directory of a zip begins, its length and its entries, from the last bytes of a file.

    None if the file does not end as a zip does. Raises ``BadZip`` when something stands before, between or after.
    """
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < 22:
        return None
    disk, first_disk, here, entries, length, offset, comment = struct.unpack("<HHHHIIH", tail[at + 4 : at + 22])
    end = size - len(tail) + at
    if at + 22 + comment != len(tail):
        raise BadZip("文件末尾附有不属于它的内容")
    if UNKNOWN in (length, offset) or entries == 0xFFFF:
        raise BadZip("文件声称的大小超过 4 GB")
    between = end - offset - length
    if disk or first_disk or here != entries or between not in (0, 76) or (between and _directory_64(tail, at) is None):
        raise BadZip("文件的目录与内容不一致")
    if length > MOST_DIRECTORY or entries > MOST_ENTRIES:
        raise BadZip(f"文件内含的条目超过 {MOST_ENTRIES} 个")
    return offset, length, entries


def _directory_64(tail: bytes, at: int) -> int | None:
    return at - 76 if at >= 76 and tail[at - 76 : at - 72] == END_64 else None


def entries_of(directory: bytes, count: int) -> tuple[Entry, ...]:
    """Return the entries of a directory; raises ``BadZip`` when it is not one."""
    found, at = [], 0
    for _ in range(count):
        if directory[at : at + 4] != ENTRY or len(directory) < at + 46:
            raise BadZip("文件的目录已损坏")
        flags = struct.unpack_from("<H", directory, at + 8)[0]
        packed, unpacked, name, extra, comment = struct.unpack_from("<IIHHH", directory, at + 20)
        start = struct.unpack_from("<I", directory, at + 42)[0]
        raw = directory[at + 46 : at + 46 + name]
        text = raw.decode("utf-8" if flags & 0x800 else "gb18030", "replace")
        found.append(Entry(text, packed, unpacked, start, bool(flags & 0x41)))
        at += 46 + name + extra + comment
    if at != len(directory):
        raise BadZip("文件的目录已损坏")
    return tuple(found)


def check(entries: Sequence[Entry], size: int) -> None:
    """Raise ``BadZip`` for a zip that unpacks to too much, overlaps, climbs out, is locked, or carries programs."""
    if any(UNKNOWN in (one.packed, one.unpacked, one.start) for one in entries):
        raise BadZip("文件声称的大小超过 4 GB")
    unpacked = sum(one.unpacked for one in entries)
    if unpacked > MOST_UNPACKED or (unpacked > FREE_UNPACKED and unpacked > size * MOST_RATIO):
        raise BadZip(f"文件解开后有 {unpacked // 1_000_000} MB，与其大小不相称")
    end = 0
    for one in sorted(entries, key=lambda entry: entry.start):
        if one.start < end or one.start + 30 + one.packed > size:
            raise BadZip("文件的目录与内容不一致")
        end = one.start + 30 + one.packed
    if any(one.encrypted for one in entries):
        raise BadZip("文件已加密")
    _check_names([one.name.replace("\\", "/") for one in entries])


def _check_names(names: Sequence[str]) -> None:
    for name in names:
        if "\0" in name or name.startswith("/") or ":" in name.partition("/")[0] or ".." in name.split("/"):
            raise BadZip("文件内含指向外部位置的条目")
    lower = [name.casefold() for name in names]
    if len(set(lower)) != len(lower):
        raise BadZip("文件内含重名的条目")
    if any(name.rpartition("/")[2] == "vbaproject.bin" for name in lower):
        raise BadZip("文件含有宏")
    if any(name.endswith(RUNNABLE) for name in lower):
        raise BadZip("文件内含程序或网页")
    if any(name.endswith(PACKED) for name in lower):
        raise BadZip("文件内含压缩包")


def office_kind(head: bytes, entries: Sequence[Entry]) -> str:
    """Return which office format a zip is, by what it holds; empty for any other zip."""
    names = {one.name for one in entries}
    for code, part in (("docx", "word/document.xml"), ("xlsx", "xl/workbook.xml"), ("pptx", "ppt/presentation.xml")):
        if "[Content_Types].xml" in names and part in names:
            return code
    if "OFD.xml" in names:
        return "ofd"
    if head[30:38] == b"mimetype" and "mimetype" in names:
        length = struct.unpack_from("<I", head, 18)[0]
        extra = struct.unpack_from("<H", head, 28)[0]
        said = head[38 + extra : 38 + extra + min(length, 100)]
        kinds = {b"text": "odt", b"spreadsheet": "ods", b"presentation": "odp"}
        return kinds.get(said.removeprefix(b"application/vnd.oasis.opendocument."), "")
    return ""
