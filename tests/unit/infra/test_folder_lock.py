"""Work in a folder that several processes begin is done by one of them at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from fleetward.infra.folder_lock import folder_lock


def is_held(folder: Path) -> bool:
    other = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(other)
    return False


def test_a_folder_is_held_by_one_until_its_work_ends_or_fails(tmp_path: Path) -> None:
    with folder_lock(tmp_path):
        assert is_held(tmp_path)
    assert not is_held(tmp_path)
    with pytest.raises(ZeroDivisionError), folder_lock(tmp_path):
        raise ZeroDivisionError
    assert not is_held(tmp_path)
