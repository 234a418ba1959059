"""Downloads are whole, or what went wrong is the answer."""

from __future__ import annotations

from typing import IO

import pytest

from fleetward.infra.downloads import download, download_pieces


def test_a_download_says_how_long_it_is() -> None:
    answer = download_pieces([b"a", b"bc"], name="é.csv")
    assert answer["Content-Length"] == "3"
    assert "attachment" in answer["Content-Disposition"]
    assert answer.getvalue() == b"abc"
    answer.close()


def test_a_failure_on_the_way_is_no_file() -> None:
    written: list[IO[bytes]] = []

    def write(out: IO[bytes]) -> None:
        written.append(out)
        out.write(b"half a list\n")
        raise OSError("the database went away")

    with pytest.raises(OSError, match="went away"):
        download(write, name="devices.csv")
    assert written[0].closed
