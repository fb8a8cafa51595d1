"""Bundles of the archive, checked by the very program that outsiders use, out of the very files that are kept.

What made a bundle must not be what says that it is good: the verifier of one file runs in a process of its own, without a
module of this system, on what lies on the disk.
"""

import subprocess
import sys
from pathlib import Path
from typing import Final

from deploy.refusals import StartRefused
from domain.proof.archives import POLICY
from portal import assets

TOOL: Final = "proof/verify.py"


class BundleBroken(StartRefused):
    """A bundle that its verifier does not call proven."""

    exit_code = 9


def verifier() -> bytes:
    """Return the verifier that goes into every bundle."""
    return (assets.FOLDER / TOOL).read_bytes()


def verified(folder: Path, policy: Path | None = None, roots: Path | None = None) -> str:
    """Verify a bundle on the disk and return what was said. Raises ``BundleBroken``.

    The program is this release's own, not the copy in the bundle: whoever altered a bundle may have altered that, too.
    """
    program = assets.FOLDER / TOOL
    words = [sys.executable, "-I", str(program), str(folder), "--policy", str(policy or folder / POLICY)]
    words += ["--roots", str(roots)] if roots is not None else []
    done = subprocess.run(words, check=False, capture_output=True, text=True, encoding="utf-8")
    if done.returncode != 0:
        said = (done.stdout or done.stderr).strip() or "?"
        raise BundleBroken(f"归档包 {folder} 没有通过核验：\n{said}", "不要使用这份归档包，也不要据此移出任何记录。")
    return done.stdout
