"""Run a module as where only the project is installed. Run: python -m benchmarks.as_installed MODULE [words]

Structlog and httpx import rich and click if they find them, 6 MB and a tenth of a second. The tools of development
bring them along; an installation has neither.
"""

import runpy
import sys

_OF_DEVELOPMENT = ("click", "pygments", "rich")


class _Hidden:
    """A finder that finds none of the packages of development."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        if name.partition(".")[0] in _OF_DEVELOPMENT:
            raise ModuleNotFoundError(name, name=name)


if __name__ == "__main__":
    sys.meta_path.insert(0, _Hidden)
    sys.argv.pop(0)
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
