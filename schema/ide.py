"""The query editor at /graphiql: GraphiQL from our own files, under a content security policy of its own.

A tool for developers, apart from the portal (which has no such script); it can be switched off. Nothing is loaded
from another host, so it works on a closed network.
"""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from schema.examples import Example

FOLDER: Final = Path(__file__).parents[1] / "portal" / "static" / "ide"

# GraphiQL's dialogs lock scrolling with a style element, hence 'unsafe-inline' for style only; no inline script runs.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

PAGE: Final = """<!doctype html>
<html lang="zh-Hans">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>接口查询工具 · 阳光</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/graphiql/assets/graphiql.min.css">
<link rel="stylesheet" href="/graphiql/assets/ide.css">
</head>
<body class="ide">
<header><h1>接口查询工具</h1><a href="/">返回首页</a><a href="/api">接口说明与示例</a></header>
<main id="graphiql" data-endpoint="/graphql" data-example="{asked}"><noscript>本工具需要浏览器启用 JavaScript；不启用时可按<a href="/api">接口说明</a>直接调用接口。</noscript></main>
<template id="example">{example}</template>
<script src="/graphiql/assets/react.production.min.js" defer></script>
<script src="/graphiql/assets/react-dom.production.min.js" defer></script>
<script src="/graphiql/assets/graphiql.min.js" defer></script>
<script src="/graphiql/assets/start.js" defer></script>
</body>
</html>
"""


def ide_routes(examples: Sequence[Example]) -> list[BaseRoute]:
    """Return the page and its files. The editor opens with the first example, or with the one the address names."""
    first = _page(examples[0], "")
    named = {one.name: _page(one, one.name) for one in examples}

    async def show(request: Request) -> Response:
        page = named.get(request.query_params.get("example", ""), first)
        return HTMLResponse(page, headers={**HEADERS, "Cache-Control": "no-cache"})

    return [
        Route("/graphiql", show, methods=["GET"], name="graphiql"),
        Mount("/graphiql/assets", StaticFiles(directory=FOLDER), name="graphiql-assets"),
    ]


def _page(example: Example, asked_for: str) -> str:
    return PAGE.replace("{asked}", asked_for).replace("{example}", escape(f"# {example.title}\n{example.document}"))
