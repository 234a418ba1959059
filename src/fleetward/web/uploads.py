"""Stops an upload that grows beyond what a file may have, before it fills the disk."""

from __future__ import annotations

from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from fleetward.infra.files.limits import DEFAULT_LIMITS

# What a form adds to its file.
ALLOWANCE = 64 * 1024


class SizeLimit(FileUploadHandler):
    """The first handler: passes everything on to those that store it. Packed files are held to
    their smaller limit where they are kept (`devices.imports.store`)."""

    most = DEFAULT_LIMITS.plain_bytes + ALLOWANCE
    received = 0

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, Any],  # noqa: N803 - Django's name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """An honest client says beforehand how much it will send."""
        if content_length > self.most:
            raise RequestDataTooBig("The file is too large.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.received += len(raw_data)
        if self.received > self.most:
            raise StopUpload(connection_reset=True)
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        return None
