"""Count the idioms that the project's English avoids, per 1,000 words of docstrings and comments.

`python -m tests.prose` prints the rate of each idiom for each package; `--all` also prints every hit, and `--check`
fails where a rate is above the limit. CONTRIBUTING.md says what to write instead.
"""

import argparse
import ast
import io
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("bot", "core", "handlers", "storage", "sandbox", "benchmarks", "tests")
LIMIT = 0.2
"""Hits per 1,000 words; other projects have 0.0 to 0.2."""

IDIOMS = {
    "what is/what a": r"\b[Ww]hat (is|was|people|the|a|an|comes|came|cannot|can|there|costs|stands|goes)\b",
    "nobody/whoever": r"\b([Nn]obody|[Ss]omebody|[Aa]nybody|[Ww]hoever|[Ww]homever)\b",
    "starts with What/Who": r"^(What|Who)\b(?![^.]*\?)",
    "is no X": r"\b(is|are|was) no\b",
    "the door, the world": r"\bthe (door|world)\b",
    "under way, called off": r"\b(under way|call(s|ed|ing)? off)\b",
    "that is where": r"\bwhere (it|that|there|one) (is|are)\b",
}
_WORDS = re.compile(r"[A-Za-z][A-Za-z'’-]*")


@dataclass(frozen=True, slots=True)
class Remark:
    """One docstring or one comment; `line` counts from 1."""

    path: Path
    line: int
    words: str


def remarks(path: Path) -> Iterator[Remark]:
    """Yield every docstring and every comment of a Python file."""
    source = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():  # also the strings under a constant or a field
            match statement:
                case ast.Expr(ast.Constant(str(words))):
                    yield Remark(path, statement.lineno, words)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield Remark(path, token.start[0], token.string.lstrip("#: "))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("packages", nargs="*", default=PACKAGES, help="folders or files")
    parser.add_argument("--all", action="store_true", help="print every hit")
    parser.add_argument("--check", action="store_true", help="fail above the limit")
    asked = parser.parse_args()
    compiled = {name: re.compile(pattern) for name, pattern in IDIOMS.items()}
    hits: dict[str, Counter[str]] = {}
    words: Counter[str] = Counter()
    for package in asked.packages:
        counted = hits.setdefault(package, Counter())
        root = Path(package)
        for path in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            for remark in remarks(path):
                words[package] += len(_WORDS.findall(remark.words))
                for name, pattern in compiled.items():
                    found = pattern.search(remark.words)
                    counted[name] += found is not None
                    if found and asked.all:
                        print(f"{path}:{remark.line}: {name}: {' '.join(remark.words.split())[:140]}")
    print(f"{'':24}" + "".join(f"{package.rpartition('/')[2]:>12}" for package in asked.packages))
    print(f"{'words':24}" + "".join(f"{words[package]:12}" for package in asked.packages))
    worst = 0.0
    for name in IDIOMS:
        rates = [1000 * hits[package][name] / max(words[package], 1) for package in asked.packages]
        worst = max(worst, *rates)
        print(f"{name:24}" + "".join(f"{rate:12.1f}" for rate in rates))
    if asked.check and worst > LIMIT:
        sys.exit(f"an idiom stands above {LIMIT} per 1,000 words; CONTRIBUTING.md says what to write instead")


if __name__ == "__main__":
    main()
