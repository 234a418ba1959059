"""Static files with hashed names; a file that was not collected is served under its plain name."""

from __future__ import annotations

from django.core.files.base import File
from whitenoise.storage import CompressedManifestStaticFilesStorage


class TolerantManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Tests and a first start before `collectstatic` have no manifest and no collected files."""

    manifest_strict = False

    def hashed_name(
        self, name: str, content: File[bytes] | None = None, filename: str | None = None
    ) -> str:
        """Without a collected copy there is nothing to hash; the finders serve the file itself."""
        try:
            return str(super().hashed_name(name, content, filename))
        except ValueError:
            return name
