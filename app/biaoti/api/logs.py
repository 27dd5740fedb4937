"""Logs as key=value lines; a line names a request by its id and never holds a title."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import structlog

_ORDER = ["timestamp", "level", "event", "request_id"]
_SHARED: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
_RENDER = structlog.processors.LogfmtRenderer(key_order=_ORDER, drop_missing=True)


def configure(level: str) -> None:
    """Send the lines of this process, the server's own included, to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _RENDER],
            foreign_pre_chain=_SHARED,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # Clients of libraries log what they send; nothing of ours is worth that below a warning.
    for name in ("asyncio", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def logger(name: str) -> Any:  # noqa: ANN401 - structlog's loggers take any keys
    """Return a logger that takes an event and its keys."""
    return structlog.wrap_logger(
        logging.getLogger(name),
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def place_of(error: BaseException) -> str:
    """Return where a defect arose, without its message, which may quote a title."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    return f"{last.filename.rpartition('/')[2]}:{last.lineno}:{last.name}" if last else ""
