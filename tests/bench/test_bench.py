"""The benchmark itself keeps running: a small one, in a process of its own as people start it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_quick_benchmark_measures_everything_but_the_start(tmp_path: Path) -> None:
    out = tmp_path / "results.md"
    command = [sys.executable, "-m", "tests.bench", "--quick", "--items", "300", "--no-start", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr[-2000:]
    text = out.read_text(encoding="utf-8")
    for heading in ("Import", "Search", "Lists", "Pages"):
        assert f"## {heading}" in text
    assert "| nan |" not in text
