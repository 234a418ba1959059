"""Static files with hashed names; a file that was not collected is served under its plain name."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class TolerantManifestStorage(CompressedManifestStaticFilesStorage):
    """Tests and a first start before `collectstatic` have no manifest yet."""

    manifest_strict = False
