"""Logs as one JSON object a line. No bodies, no secrets."""

import json
import logging


class JsonFormatter(logging.Formatter):
    """Time, level, logger, message, request id where there is one, and the error's type and place."""

    def format(self, record: logging.LogRecord) -> str:
        row = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        request_id = getattr(record, "request_id", "")
        if request_id:
            row["request_id"] = request_id
        if record.exc_info:
            row["error"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=True)
