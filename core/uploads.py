"""Uploads are bounded while they stream: what is over the limit is never kept whole, in memory or on disk."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from core.errors import Problem


class BoundedUploadHandler(FileUploadHandler):
    """First of the upload handlers: counts the bytes of all files of a request and stops above the limit.

    The rest of a request that is not much larger is read and thrown away, so that a browser hears the answer; of a
    larger one the connection is closed.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.received = 0
        self.announced = 0
        self.exceeded = False

    def handle_raw_input(self, *args: Any, **_: Any) -> None:
        """Called with the stream, the headers, the announced length, the boundary and the encoding."""
        self.announced = int(args[2])

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002
        self.received += len(raw_data)
        if self.received > settings.UPLOAD_MAX_BYTES:
            self.exceeded = True
            raise StopUpload(connection_reset=self.announced > 2 * settings.UPLOAD_MAX_BYTES)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers after this one keep the file."""


def require_within_limit(request: HttpRequest) -> None:
    """Refuse, 413, a request whose files went over the limit. Call it once the files were read."""
    if any(getattr(handler, "exceeded", False) for handler in request.upload_handlers):
        limit = settings.UPLOAD_MAX_BYTES // 1_000_000
        raise Problem(
            413, "too_large", f"The file is larger than {limit} MB. Split it, or leave columns out."
        )
