"""Has pyright judge the types that an installed kinto_sdk shows: `python tools/verify_types.py`.

A user's type checker reads the installed package, so it is installed for real (not editable) into an environment of
its own, which finds everything else in this one. Anything less than complete is an error.
"""

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Print what is incomplete; 0 when nothing is."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=False)
        site = next(Path(folder).glob("lib*/python*/site-packages"))
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--target", str(site), str(ROOT)], check=True)  # noqa: S603  # our own
        (site / "others.pth").write_text(sysconfig.get_path("purelib"))
        answer = subprocess.run(  # noqa: S603  # our own
            [
                str(Path(sys.executable).with_name("pyright")),
                *("--pythonpath", str(Path(folder) / "bin" / "python")),
                *("--verifytypes", "kinto_sdk", "--ignoreexternal", "--outputjson"),
            ],
            cwd=site,
            env={**os.environ, "VIRTUAL_ENV": folder, "PATH": f"{folder}/bin{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
    try:
        report: dict[str, Any] = json.loads(answer.stdout)["typeCompleteness"]
    except (ValueError, KeyError):
        print(answer.stdout, answer.stderr)
        return 1
    problems = [problem for symbol in report["symbols"] for problem in symbol.get("diagnostics", ())]
    errors = [problem for problem in problems if problem["severity"] == "error"]
    for error in errors:
        line = error.get("range", {}).get("start", {}).get("line", -1) + 1
        print(f"{error.get('file', '').removeprefix(f'{site}/')}:{line}: {error['message']}")
    print(f"types known: {report['completenessScore']:.1%} of {sum(report['exportedSymbolCounts'].values())} symbols")
    return 1 if errors or report["completenessScore"] < 1 else 0


if __name__ == "__main__":
    sys.exit(main())
