"""The rules of the house that a machine can check. An exception is named here, with its reason, or it is none."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import schema

pytestmark = pytest.mark.house

ROOT: Final = Path(__file__).parents[2]
LAYERS: Final = ("domain", "resolvers", "schema", "portal", "workers", "deploy")
FILE_LINES: Final = 400
FUNCTION_LINES: Final = 50
ONE_FILE: Final = {"portal/static/proof/verify.py": 680}
"""What a citizen downloads as one file and runs without this system; its length has a bound of its own."""

NAMELESS: Final = {"utils", "util", "helpers", "helper", "common", "misc"}
TOP: Final = {*LAYERS, "tests", ".ci", ".git", ".github"}
TOP_FILES: Final = {
    ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "DECISIONS.md", "LICENSE", "Makefile", "README.md", "README.zh-CN.md",
    "pyproject.toml", "requirements-dev.lock", "requirements.lock", "NOTICE", "SECURITY.md", ".editorconfig", ".gitattributes",
}  # fmt: skip
COMMITTER: Final = "resolvers/context.py"
"""The only file that commits."""

CLOCKS: Final = {"now", "today", "utcnow", "time", "monotonic"}


def sources(*layers: str) -> list[Path]:
    """Return the Python files of some layers; migrations are frozen history and not held to sizes."""
    found = [file for layer in layers for file in sorted((ROOT / layer).rglob("*.py"))]
    return [file for file in found if "versions" not in file.parts and "node_modules" not in file.parts]


def ours() -> list[Path]:
    return sources(*LAYERS, "tests")


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_files_are_short() -> None:
    lines = {name(f): len(f.read_text(encoding="utf-8").splitlines()) for f in ours()}
    long = {file: n for file, n in lines.items() if n > ONE_FILE.get(file, FILE_LINES)}
    assert not long, f"files of more than {FILE_LINES} lines"


def test_functions_are_short() -> None:
    long = {
        f"{name(file)}:{function.lineno} {function.name}": lines
        for file in ours()
        for function in functions(file)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES
    }
    assert not long, f"functions of more than {FUNCTION_LINES} lines"


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not [name(file) for file in ours() if NAMELESS & {file.stem, *file.relative_to(ROOT).parts}]


def test_every_module_and_public_function_says_what_it_is_for() -> None:
    silent = []
    for file in sources(*LAYERS):
        module = tree(file)
        if not ast.get_docstring(module):
            silent.append(name(file))
        silent += [
            f"{name(file)}:{node.lineno} {node.name}"
            for node in module.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
        ]
    assert not silent


def test_no_function_imports() -> None:
    inside = [
        f"{name(file)}:{node.lineno}"
        for file in sources(*LAYERS)
        for function in functions(file)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inside, "an import inside a function hides a circle"


def calls(file: Path, attribute: str) -> list[str]:
    return [
        f"{name(file)}:{node.lineno}"
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == attribute
    ]


def test_there_is_one_committer() -> None:
    found = [place for file in sources(*LAYERS) if name(file) != COMMITTER for place in calls(file, "commit")]
    assert [place for place in found if not place.startswith("deploy/migrations/env.py")] == []
    assert len(calls(ROOT / COMMITTER, "commit")) == 1


def test_rules_never_ask_the_clock() -> None:
    asked = []
    for file in sources("domain"):
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
                owner = node.func.value
                if isinstance(owner, ast.Name | ast.Attribute) and ast.unparse(owner).split(".")[-1] in {
                    "datetime", "date", "time",
                }:  # fmt: skip
                    asked.append(f"{name(file)}:{node.lineno}")
    assert not asked, "time is brought by the caller"


RULE_CODE: Final = re.compile(r"\b[RS]\d\d[A-Z]?\b")


def texts(file: Path) -> Iterator[tuple[int, str]]:
    """Yield line and words of a file's texts; a docstring is none, it is said to whoever reads the code."""
    parsed = tree(file)
    said = {id(node.value) for node in ast.walk(parsed) if isinstance(node, ast.Expr)}
    for node in ast.walk(parsed):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.lineno, node.value


def test_no_rule_of_supervision_is_known_by_its_code() -> None:
    found = [
        f"{name(file)}:{line}"
        for file in sources("domain", "resolvers", "workers")
        for line, text in texts(file)
        if RULE_CODE.search(text)
    ]
    assert not found, "rules are data: say what they ask (their condition) or which kind they are"


def test_only_the_settings_read_the_environment() -> None:
    allowed = {
        "deploy/settings.py", "deploy/configuration.py", "deploy/children.py", "deploy/embedded.py", "deploy/health.py",
    }  # fmt: skip
    readers = {
        name(file)
        for file in sources(*LAYERS)
        if re.search(r"\bos\.(environ|getenv)\b", file.read_text(encoding="utf-8"))
    }
    assert readers <= allowed


def asserts(function: ast.AST) -> bool:
    return bool(re.search(r"\bassert\b|pytest\.raises|pytest\.fail|assert_|\bexpect\(", ast.unparse(function)))


def test_every_test_asserts_something() -> None:
    silent = []
    for file in sources("tests"):
        found = list(functions(file))
        # A function of the same file may do the asserting for several tests.
        asserting = {function.name for function in found if asserts(function)}
        for function in found:
            called = {
                node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                for node in ast.walk(function)
                if isinstance(node, ast.Call)
            }
            if function.name.startswith("test_") and function.name not in asserting and not called & asserting:
                silent.append(f"{name(file)}:{function.lineno} {function.name}")
    assert not silent


def test_the_top_level_is_the_fixed_one() -> None:
    listed = ROOT / ".git"
    if not listed.exists():
        pytest.skip("not a git checkout: files of this machine cannot be told from the project's")
    ignored = set(re.findall(r"^([^#*\n]+?)/?$", (ROOT / ".gitignore").read_text(), flags=re.MULTILINE))
    found = {entry.name for entry in ROOT.iterdir()} - ignored - {".hypothesis", ".grimp_cache"}
    assert found <= TOP | TOP_FILES


def test_schema_is_our_package() -> None:
    assert Path(str(schema.__file__)).is_relative_to(ROOT), "PyPI has a package of the same name"


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_lock_has_hashes_and_no_host_names(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    entries = re.split(r"\n(?=[a-z])", text)
    assert not [entry.split("\n", 1)[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry]


def test_the_locks_hold_every_declared_dependency() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for lock, wanted in {
        "requirements.lock": declared["project"]["dependencies"],
        "requirements-dev.lock": [*declared["project"]["dependencies"], *declared["dependency-groups"]["dev"]],
    }.items():
        locked = {
            re.sub(r"[-_.]+", "-", found.lower())
            for found in re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
        }
        names = {re.sub(r"[-_.]+", "-", re.split(r"[\[<>=~; ]", line, maxsplit=1)[0].lower()) for line in wanted}
        assert names <= locked, f"{lock}: run make lock"


def test_running_and_testing_use_the_same_versions() -> None:
    def pins(lock: str) -> set[str]:
        return set(re.findall(r"^[A-Za-z0-9._-]+==\S+", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-dev.lock"), "run make lock"


def test_every_ignored_lint_rule_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = text[text.index("[tool.ruff.lint]") : text.index("[tool.ruff.lint.flake8-type-checking]")]
    assert not [line for line in section.splitlines() if re.match(r'\s+"[A-Z]+\d*",\s*$', line)]
