"""HTTP requests read as GraphQL requests: media types, JSON, the three parameters. Anything else is `BadRequest`."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl

from starlette.types import Receive

from schema.answers import Asked
from schema.errors import REQUEST, labelled_error
from schema.registered_asking import IDENTIFIER, asked_by_name

ANSWER: Final = "application/graphql-response+json"
LEGACY: Final = "application/json"
MAX_NESTING: Final = 64
MAX_VALUES: Final = 10_000
"""About so many values one request may hold: every one is looked at several times before anything runs."""

MAX_PARAMETERS: Final = 100


class BadRequest(Exception):
    """A request that is no GraphQL request; ``status`` is the HTTP status to answer with."""

    def __init__(self, message: str, status: int = 400, **headers: str) -> None:
        super().__init__(message)
        self.status, self.headers = status, headers
        self.error = labelled_error(message, REQUEST)


def best_media(accept: str | None) -> str | None:
    """Return the media type to answer with, or None if the client takes neither.

    The new type must be asked for by name or by `application/*`; `*/*` and no header at all mean the old one, since
    old clients send those.
    """
    if not accept:
        return LEGACY
    weights: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = [piece.strip().lower() for piece in part.split(";")]
        weights[name] = _quality(parameters)
    new = weights.get(ANSWER, 0.0)
    old = max(weights.get(LEGACY, 0.0), weights.get("application/*", 0.0), weights.get("*/*", 0.0))
    if weights.get(LEGACY) == 0.0:
        old = 0.0
    if new <= 0 and old <= 0:
        return None
    return ANSWER if new >= old else LEGACY


@lru_cache(maxsize=64)
def media_for(accept: bytes | None) -> str | None:
    """Return the media type to answer with for an Accept header as it came; few clients send few different ones."""
    return best_media(accept.decode("latin-1") if accept else None)


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(max(float(parameter[2:]), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


async def read_body(receive: Receive, declared: bytes, limit: int) -> bytes:
    """Read the body, refusing one that is longer than the limit as soon as that is known.

    ``declared`` is the Content-Length header, or nothing.
    """
    # A length of twenty digits is refused as text: nobody's figure is worth a conversion of thousands of digits.
    if declared.isdigit() and (len(declared) > 19 or int(declared) > limit):
        raise _too_long(limit)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise _too_long(limit)
        return body
    parts = bytearray()
    while message["type"] == "http.request":
        parts += message.get("body", b"")
        if len(parts) > limit:
            raise _too_long(limit)
        if not message.get("more_body"):
            return bytes(parts)
        message = await receive()
    raise BadRequest("请求未发送完整。")


def _too_long(limit: int) -> BadRequest:
    return BadRequest(f"请求正文超过 {limit} 字节的上限，请精简查询或变量。", 413)


def from_query(query_string: bytes, limit: int) -> Asked:
    """Read the parameters of a GET request; variables are JSON in a parameter. ``limit`` is in bytes."""
    if len(query_string) > limit:
        raise BadRequest(f"请求地址的参数超过 {limit} 字节的上限，请精简查询或改用 POST。", 414)
    try:
        pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError as error:
        raise BadRequest(f"请求地址的参数超过 {MAX_PARAMETERS} 个。") from error
    parameters = dict(pairs)
    fields: dict[str, Any] = {}
    for name in ("query", "operationName", IDENTIFIER):
        if name in parameters:
            fields[name] = parameters[name]
    for name in ("variables", "extensions"):
        if parameters.get(name):
            fields[name] = decode(parameters[name], f"参数 {name}")
    return _asked(fields)


@lru_cache(maxsize=64)
def _is_json(content_type: bytes) -> bool:
    media, *parameters = [piece.strip().lower() for piece in content_type.decode("latin-1").split(";")]
    charsets = {one[8:].strip('"') for one in parameters if one.startswith("charset=")}
    return media == LEGACY and not charsets - {"utf-8", "utf8"}


def from_body(content_type: bytes, body: bytes) -> Asked:
    """Read the JSON body of a POST request."""
    if not _is_json(content_type):
        raise BadRequest(f"Content-Type 须为 {LEGACY}（UTF-8）。", 415, Accept=LEGACY)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(f"请求正文不是有效的 UTF-8（第 {error.start + 1} 字节）。") from error
    fields = decode(text, "请求正文")
    if isinstance(fields, list):
        raise BadRequest("不支持批量请求，请每次发送一个操作。")
    if not isinstance(fields, dict):
        raise BadRequest("请求正文须为 JSON 对象。")
    return _asked(fields)


def _asked(fields: Mapping[str, Any]) -> Asked:
    query = fields.get("query")
    for name, kind, words in (
        ("operationName", str, "字符串"),
        ("variables", dict, "JSON 对象"),
        ("extensions", dict, "JSON 对象"),
    ):
        if fields.get(name) is not None and not isinstance(fields[name], kind):
            raise BadRequest(f"{name} 须为{words}或 null。")
    if (by_name := asked_by_name(fields)) is not None:
        return by_name
    if not isinstance(query, str) or not query.strip():
        raise BadRequest("缺少 query：请提供查询文本。")
    return Asked(query, fields.get("operationName"), fields.get("variables"))


def decode(text: str, where: str) -> Any:
    """Decode JSON strictly: no NaN or Infinity, no endless nesting; ``where`` names the place in the refusal."""
    marks = _marks(text)
    # Before anything is built of it; texts are left out only where that may matter.
    if marks > MAX_VALUES and _marks(_TEXTS.sub("", text)) > MAX_VALUES:
        raise BadRequest(f"{where}中的值超过 {MAX_VALUES} 个，请分多次查询。")
    try:
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise BadRequest(f"{where}嵌套过深。") from error
    except ValueError as error:
        raise BadRequest(f"{where}不是有效的 JSON：{error}。") from error
    if marks > MAX_NESTING and _is_too_deep(value):
        raise BadRequest(f"{where}嵌套超过 {MAX_NESTING} 层。")
    return value


def _marks(text: str) -> int:
    """Count what opens or continues a list or an object: there are hardly more values, and no more levels."""
    return text.count("{") + text.count("[") + text.count(",")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


# One decoder for all: json.loads with an option would build another for each request.
_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)


# A text that nobody closed ends with the document, so that none of it is read twice.
_TEXTS: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_NESTING + 1):
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below.extend(one.values())
            elif isinstance(one, list):
                below.extend(one)
        if not below:
            return False
        level = below
    return True
