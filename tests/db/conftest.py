"""What tests of this folder share."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetward.infra import keys
from fleetward.infra.crypto import create_key_file


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key file of this test's own: that of the run belongs to all of them."""
    file = tmp_path / "sealing.keys"
    create_key_file(file)
    monkeypatch.setattr(keys, "key_file", lambda: file)
    return file
