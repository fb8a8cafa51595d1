"""The folders of test runs: those of killed runs go, those of runs that begin at the same moment stay."""

from pathlib import Path

import pytest

from tests import clusters


def test_a_run_that_begins_is_never_swept_and_one_that_died_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = clusters.fcntl.flock

    def swept_meanwhile(mark: object, how: int) -> None:
        """At the worst moment, just before the mark is held, another run begins."""
        monkeypatch.setattr(clusters.fcntl, "flock", lock)
        clusters._sweep(tmp_path)
        lock(mark, how)  # type: ignore[arg-type]

    monkeypatch.setattr(clusters.fcntl, "flock", swept_meanwhile)
    folder, mark = clusters._marked(tmp_path)
    assert (folder / "mark").exists()
    clusters._sweep(tmp_path)
    assert (folder / "mark").exists()
    mark.close()
    clusters._sweep(tmp_path)
    assert not folder.exists()
