"""Uploads are bounded while they stream."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest
from django.test import RequestFactory

from core.errors import Problem
from core.uploads import BoundedUploadHandler, require_within_limit

MB = 1_000_000


def posted(rf: RequestFactory, size: int) -> tuple[HttpRequest, io.BytesIO]:
    """A multipart request with one file of `size` bytes, whose body is read only as far as somebody asks."""
    request = rf.post("/", {"word": "x", "file": SimpleUploadedFile("a.csv", b"x" * size)})
    body = io.BytesIO(request.META["wsgi.input"].read())
    return type(request)({**request.META, "wsgi.input": body}), body


def test_a_file_within_the_limit_is_kept_whole(rf: RequestFactory, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = MB
    request, _ = posted(rf, MB)
    assert request.FILES["file"].size == MB  # type: ignore[union-attr]
    require_within_limit(request)


def test_one_byte_more_is_refused_with_413_and_no_file(rf: RequestFactory, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = MB
    request, _ = posted(rf, MB + 1)
    assert "file" not in request.FILES
    assert request.POST["word"] == "x"
    with pytest.raises(Problem) as refused:
        require_within_limit(request)
    assert (refused.value.status, refused.value.code) == (413, "too_large")
    assert "1 MB" in refused.value.detail


def test_two_files_count_together(rf: RequestFactory, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = MB
    halves = {name: SimpleUploadedFile(f"{name}.csv", b"x" * (MB * 2 // 3)) for name in ("a", "b")}
    request = rf.post("/", halves)
    _ = request.FILES
    with pytest.raises(Problem):
        require_within_limit(request)


def test_the_rest_of_a_much_larger_body_is_not_read(rf: RequestFactory, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = MB
    request, body = posted(rf, 20 * MB)
    _ = request.FILES
    assert body.tell() < 2 * MB
    slightly, whole = posted(rf, MB + 500_000)
    _ = slightly.FILES
    # A browser that sends a little too much hears the answer: the rest is read and thrown away.
    assert whole.tell() > MB + 500_000


def test_the_temporary_file_of_a_refused_upload_is_gone(
    rf: RequestFactory, settings: Any, tmp_path: Any
) -> None:
    settings.UPLOAD_MAX_BYTES = 3 * MB
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    request, _ = posted(rf, 8 * MB)
    request.upload_handlers = [BoundedUploadHandler(request), TemporaryFileUploadHandler(request)]
    _ = request.FILES
    assert list(tmp_path.iterdir()) == []
