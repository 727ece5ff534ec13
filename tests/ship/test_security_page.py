"""docs/security.md names a proof for each threat; each test that any page names is there; nothing starts by a shell."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/security.md").read_text()


def test_every_test_that_a_page_names_is_there() -> None:
    sources = {path: path.read_text() for path in (ROOT / "tests").rglob("*.py")}
    written, files = "\n".join(sources.values()), {path.name for path in sources}
    for page in [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]:
        said = page.read_text()
        for name in re.findall(r"`(test_\w+)`", said):
            assert f"def {name}(" in written, (page.name, name)
        for file in re.findall(r"`(test_\w+\.py)`", said):
            assert file in files, (page.name, file)
        for path in re.findall(r"`(tests/[\w./-]+)`", said):
            assert (ROOT / path).exists(), (page.name, path)


def test_every_threat_has_a_defence_and_a_proof() -> None:
    table = PAGE.split("## Threats", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 15
    assert all(len(row) == 3 and all(cell.strip() for cell in row) for row in rows), rows


def test_no_program_is_started_by_a_shell() -> None:
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                named = ast.unparse(node.func)
                assert named not in ("os.system", "os.popen", "asyncio.create_subprocess_shell"), path
                assert not any(word.arg == "shell" for word in node.keywords), path
