"""The folders of test runs: those of killed runs go, those of runs that begin at the same moment stay."""

import fcntl
from pathlib import Path
from typing import TextIO

import pytest

from tests import clusters


def test_a_run_that_begins_is_never_swept_and_one_that_died_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = fcntl.flock

    def swept_meanwhile(mark: TextIO, how: int) -> None:
        """At the worst moment, just before the mark is held, another run begins."""
        monkeypatch.setattr(fcntl, "flock", lock)
        clusters._sweep(tmp_path)
        lock(mark, how)

    monkeypatch.setattr(fcntl, "flock", swept_meanwhile)
    folder, mark = clusters._marked(tmp_path)
    assert (folder / "mark").exists()
    clusters._sweep(tmp_path)
    assert (folder / "mark").exists()
    mark.close()
    clusters._sweep(tmp_path)
    assert not folder.exists()
