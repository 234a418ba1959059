"""Structured logs, one event a line, with the request id and without secrets."""

from __future__ import annotations

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

from fleetward.kernel.errors import ExpectedFailure

REQUEST_ID = "request_id"
_SECRET_NAME = re.compile(
    r"secret|password|token|authori[sz]ation|cookie|credential", re.IGNORECASE
)


def redact(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Mask values whose names say that they are secret."""
    for name in event:
        if _SECRET_NAME.search(name):
            event[name] = "***"
    return event


def present_request_id() -> str:
    """The id of the request that is being answered, or whose work a job does; else empty."""
    return str(structlog.contextvars.get_contextvars().get(REQUEST_ID, ""))


def is_untold(record: logging.LogRecord) -> bool:
    """False for what the job runner has told in a line: the queue tells the last failure again."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, ExpectedFailure)


def configure(log_format: str, level: int = logging.INFO) -> None:
    """Send everything, Django's and libraries' logs included, through one formatter to stderr."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    last: Any = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.addFilter(is_untold)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "procrastinate", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
