"""Logs: structured entries, JSON lines for machines or text for a terminal, each with its request id.

Never logged: bodies, query strings, cookies, addresses of visitors. What a citizen looks for is nobody's business.
"""

import logging
import sys
from typing import Final, TextIO

import structlog

from deploy.settings import Settings

_LEAST_LEVELS: Final = {
    **dict.fromkeys(("alembic", "arq", "asyncio", "httpx2", "httpcore2", "uvicorn.error"), logging.WARNING),
    "asyncpg.pool": logging.ERROR,
}
"""Libraries that talk of every step, some with whole addresses: less of them."""


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Send every log of this process, those of libraries too, through one form to a stream (standard error)."""
    stream = stream or sys.stderr
    console = settings.log_format == "console" or (settings.log_format == "auto" and stream.isatty())
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    last: list[structlog.types.Processor] = (
        [structlog.dev.ConsoleRenderer()]
        if console
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove, *last])
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for noisy, least in _LEAST_LEVELS.items():
        logging.getLogger(noisy).setLevel(max(root.level, least))
