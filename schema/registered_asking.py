"""Requests that name a document instead of sending it: `documentId` of GraphQL over HTTP, and Apollo's extension."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from domain.document_files import sha256_named
from resolvers.errors import InvalidInput, NotPermitted, Refusal
from schema.answers import Asked

IDENTIFIER: Final = "documentId"
APOLLO: Final = "persistedQuery"
MARKS: Final = (IDENTIFIER.encode(), APOLLO.encode())
"""One of these stands in every query string that names a document."""


class DocumentUnknown(Refusal):
    """No document is registered under this name, or it was withdrawn."""

    code = "PERSISTED_QUERY_NOT_FOUND"
    status = 404

    def __init__(self) -> None:
        super().__init__("没有以此编号登记的查询文档。", "请核对编号，先登记文档，或改为发送查询文本。")


class DocumentNotRegistered(NotPermitted):
    """Here only registered documents run for callers without an account."""

    def __init__(self) -> None:
        super().__init__("本站只为匿名访问者执行已登记的查询文档。", "请使用已登记文档的编号，或申请令牌。")


class DocumentMismatch(InvalidInput):
    """The text that was sent is not the one that its hash names."""

    def __init__(self) -> None:
        super().__init__("查询文本与所附的 SHA-256 不一致。", "请重新计算，或只发送其中之一。")


class Named(NamedTuple):
    """How a request names its document: by which name, and whether the text may stand beside it."""

    identifier: str
    with_text: bool


@dataclass(frozen=True, slots=True)
class AskedById(Asked):
    """An operation of a registered document, asked for by the document's name; ``query`` is empty."""

    identifier: str = ""


def named_in(fields: Mapping[str, Any]) -> Named | None:
    """Return the name of a document that a request carries, or None. Raises ``InvalidInput`` for a malformed one."""
    identifier = fields.get(IDENTIFIER)
    if identifier is not None:
        if not isinstance(identifier, str) or not identifier:
            raise InvalidInput(f"{IDENTIFIER} 须为非空字符串。", "请使用登记时得到的编号，例如 sha256:…。")
        return Named(identifier, with_text=False)
    extensions = fields.get("extensions")
    given = extensions.get(APOLLO) if isinstance(extensions, Mapping) else None
    if given is None:
        return None
    found = given.get("sha256Hash") if isinstance(given, Mapping) and given.get("version") == 1 else None
    if not isinstance(found, str) or not sha256_named(found):
        raise InvalidInput(f"extensions.{APOLLO} 须为第 1 版，并含有 sha256Hash。", "请检查客户端的设置。")
    return Named(found, with_text=True)


def asked_by_name(fields: Mapping[str, Any]) -> AskedById | None:
    """Return what is asked by the name of a document; None where the text itself is sent.

    Raises ``InvalidInput`` for a malformed name, for a text beside ``documentId``, and for one that is not the text
    of the hash beside it.
    """
    named = named_in(fields)
    if named is None:
        return None
    text = fields.get("query")
    if text:
        if not named.with_text:
            raise InvalidInput(f"query 与 {IDENTIFIER} 只能提供一个。", "请去掉其中之一。")
        digest = hashlib.sha256(str(text).encode("utf-8", "surrogatepass")).hexdigest()
        if digest != sha256_named(named.identifier):
            raise DocumentMismatch
        return None
    return AskedById("", fields.get("operationName") or None, fields.get("variables"), named.identifier)
