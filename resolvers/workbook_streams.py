"""CSV, JSON and JSON Lines as streams: encoding and delimiter found first, then rows in constant memory."""

import codecs
import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from resolvers.workbook_guards import FileLimits, ListFileBroken, ListFileTooLarge

_CHUNK = 1_000_000
_SAMPLE = 65_536
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_DELIMITERS = (",", "\t", ";", "|", "，")
# Names under which an object may hold the list of items.
_LIST_KEYS = frozenset(("items", "data", "records", "rows", "list", "result", "results", "事项", "清单", "数据"))


@dataclass(frozen=True, slots=True)
class RowSource:
    """A file of rows or objects that can be iterated any number of times, each time from its beginning."""

    name: str
    sha256: str
    format: str
    sheet: str
    kind: Literal["rows", "records"]
    open: Callable[[], BinaryIO]
    encoding: str
    delimiter: str
    limits: FileLimits
    remarks: tuple[str, ...] = ()

    def rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """(row number from 1, cells); the number counts records as a spreadsheet program shows them."""
        if self.format == "json":
            for number, value in enumerate(self._values(), 1):
                yield number, tuple("" if cell is None else str(cell) for cell in value)
            return
        with self.open() as stream:
            text = io.TextIOWrapper(stream, self.encoding, newline="")
            reader = csv.reader((line.replace("\0", "") for line in text), delimiter=self.delimiter)
            csv.field_size_limit(self.limits.cell_characters)
            try:
                for number, cells in enumerate(reader, 1):
                    if len(cells) > self.limits.columns:
                        raise ListFileTooLarge(
                            self.name, f"第{number}行有 {len(cells)} 列，上限为 {self.limits.columns} 列"
                        )
                    yield number, tuple(cells)
            except csv.Error as error:
                reason = f"第{reader.line_num}行附近：{error}（引号可能没有配对，或单元格过长）"
                raise ListFileBroken(self.name, reason) from error

    def records(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """(position from 1, object)."""
        for number, value in enumerate(self._values(), 1):
            yield number, value if isinstance(value, dict) else {"value": value}

    def _values(self) -> Iterator[Any]:
        with self.open() as stream, io.TextIOWrapper(stream, self.encoding, newline="") as text:
            yield from json_values(text, self.name, self.limits)


def open_rows(source: Path | bytes, name: str, found: str, limits: FileLimits) -> RowSource:
    """Find encoding and delimiter of a text file in one pass over it."""

    def opener() -> BinaryIO:
        return source.open("rb") if isinstance(source, Path) else io.BytesIO(source)

    encoding, sha256 = _encoding(opener, name, limits)
    with opener() as stream, io.TextIOWrapper(stream, encoding, newline="") as text:
        sample = text.read(_SAMPLE)
    kind: Literal["rows", "records"] = "rows"
    if found == "json":
        kind = "rows" if sample.lstrip()[1:].lstrip().startswith("[") else "records"
    delimiter = "" if found == "json" else _delimiter(sample)
    shown = {"utf-8-sig": "UTF-8", "gb18030": "GB18030", "utf-16": "UTF-16"}[encoding]
    remarks = () if encoding == "utf-8-sig" else (f"文字编码为 {shown}，已转换。",)
    return RowSource(name, sha256, found, Path(name).stem, kind, opener, encoding, delimiter, limits, remarks)


def decode_all(data: bytes, name: str) -> str:
    """The whole text of a small file, in the encoding it has."""
    for encoding in _candidates(data):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ListFileBroken(name, "文字编码不是 UTF-8、GB18030 或 UTF-16")


def json_values(stream: io.TextIOBase, name: str, limits: FileLimits) -> Iterator[Any]:
    """The values of a JSON array, of the list inside an envelope object, or of JSON Lines; one at a time."""
    scanner = _Scanner(stream, name, limits)
    first = scanner.peek()
    if first == "[":
        yield from scanner.array()
        return
    while scanner.peek():
        record: dict[str, Any] = {}
        listed = False
        for key, is_list in scanner.members():
            if is_list and key in _LIST_KEYS:
                listed = True
                yield from scanner.array()
            else:
                record[key] = scanner.value()
        if not listed:
            yield record
        while scanner.peek() == ",":
            scanner.skip()


class _Scanner:
    """An incremental reader of JSON text: holds one value at a time."""

    def __init__(self, stream: io.TextIOBase, name: str, limits: FileLimits) -> None:
        self._stream = stream
        self._name = name
        self._limits = limits
        self._buffer = ""
        self._position = 0
        self._ended = False
        self._decoder = json.JSONDecoder()

    def peek(self) -> str:
        """Next character that is not white space, or "" at the end."""
        while True:
            while self._position < len(self._buffer) and self._buffer[self._position] in " \t\r\n\ufeff":
                self._position += 1
            if self._position < len(self._buffer):
                return self._buffer[self._position]
            if not self._more():
                return ""

    def skip(self) -> None:
        """Pass over one character."""
        self._position += 1

    def value(self) -> Any:
        """The next value."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._position)
            except (json.JSONDecodeError, RecursionError) as error:
                if not self._more():
                    raise self._broken(str(error)) from error
                continue
            except ValueError as error:
                raise self._broken("有一个数过长") from error
            if end == len(self._buffer) and isinstance(value, int | float) and self._more():
                continue
            if "\\u" in self._buffer[self._position : end] and not _can_be_kept(value):
                raise self._broken("文字中有 NUL 或不成对的代理字符，数据库无法保存")
            self._position = end
            return value

    def array(self) -> Iterator[Any]:
        """The values of the array that begins here."""
        self._expect("[")
        if self.peek() == "]":
            self.skip()
            return
        while True:
            yield self.value()
            if self._expect(",]") == "]":
                return

    def members(self) -> Iterator[tuple[str, bool]]:
        """The keys of the object that begins here, each with whether its value is a list; the caller reads it."""
        self._expect("{")
        if self.peek() == "}":
            self.skip()
            return
        while True:
            key = self.value()
            if not isinstance(key, str):
                raise self._broken("对象的键不是文字")
            self._expect(":")
            yield key, self.peek() == "["
            if self._expect(",}") == "}":
                return

    def _expect(self, characters: str) -> str:
        found = self.peek()
        if not found or found not in characters:
            raise self._broken(f"应为“{characters}”，实为“{found or '文件结尾'}”")
        self.skip()
        return found

    def _more(self) -> bool:
        if self._ended:
            return False
        self._buffer = self._buffer[self._position :]
        self._position = 0
        if len(self._buffer) > self._limits.record_characters:
            raise ListFileTooLarge(self._name, f"有一条记录超过 {self._limits.record_characters} 字")
        chunk = self._stream.read(max(_CHUNK, len(self._buffer)))
        self._ended = not chunk
        self._buffer += chunk
        return bool(chunk)

    def _broken(self, reason: str) -> ListFileBroken:
        return ListFileBroken(self._name, f"不是有效的 JSON：{reason[:120]}")


def _can_be_kept(value: Any) -> bool:
    """Whether a database can hold every text of a JSON value: escapes can make NUL and lone surrogates."""
    text = json.dumps(value, ensure_ascii=False).replace("\\\\", "")
    return "\\u0000" not in text and not _SURROGATE.search(text)


def _candidates(head: bytes) -> tuple[str, ...]:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    return ("utf-8-sig", "gb18030")


def _encoding(opener: Callable[[], BinaryIO], name: str, limits: FileLimits) -> tuple[str, str]:
    """(encoding, SHA-256) from one pass over the file: UTF-8 if all of it is, else GB18030 or UTF-16."""
    digest = hashlib.sha256()
    decoders: dict[str, codecs.IncrementalDecoder] = {}
    size = 0
    with opener() as stream:
        while chunk := stream.read(_CHUNK):
            if not size:
                decoders = {encoding: codecs.getincrementaldecoder(encoding)() for encoding in _candidates(chunk)}
            size += len(chunk)
            if size > limits.stream_bytes:
                raise ListFileTooLarge(name, f"文件超过 {limits.stream_bytes // 1_000_000} MB")
            digest.update(chunk)
            _feed(decoders, chunk, final=False)
    _feed(decoders, b"", final=True)
    if not decoders:
        raise ListFileBroken(name, "文字编码不是 UTF-8、GB18030 或 UTF-16")
    return next(iter(decoders)), digest.hexdigest()


def _feed(decoders: dict[str, codecs.IncrementalDecoder], chunk: bytes, *, final: bool) -> None:
    for encoding in list(decoders):
        try:
            decoders[encoding].decode(chunk, final)
        except UnicodeDecodeError:
            del decoders[encoding]


def _delimiter(sample: str) -> str:
    """The delimiter that cuts the first records into the most, and most even, columns."""
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            rows = [row for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row][:40]
        except csv.Error:
            continue
        widths = [len(row) for row in rows[:-1] or rows]
        if not widths or max(widths) < 2:
            continue
        common = max(set(widths), key=widths.count)
        score = widths.count(common) / len(widths) * (common - 1)
        if common > 1 and score > best_score:
            best, best_score = delimiter, score
    return best
