"""`python -m bench [name …]`: runs benches by name, all of them without, and prints tables in Markdown."""

import importlib
import pkgutil
import sys
from collections.abc import Sequence

import bench
from bench import Row


def names() -> list[str]:
    """Every module of this package that can be run."""
    found = (module.name for module in pkgutil.iter_modules(bench.__path__) if not module.ispkg)
    return sorted(name for name in found if name != "__main__" and hasattr(_module(name), "run"))


def _module(name: str) -> "object":
    return importlib.import_module(f"bench.{name}")


def table(rows: Sequence[Row]) -> str:
    """A table in Markdown."""
    lines = ["| what | against | compared | ratio | single rounds |", "|---|---|---|---|---|"]
    for row in rows:
        spread = f"{_shown(row.least)} to {_shown(row.most)}" if row.least is not None and row.most is not None else ""
        lines.append(f"| {row.what} | {row.against} | {row.measure} | **{_shown(row.ratio)}** | {spread} |")
    return "\n".join(lines)


def _shown(ratio: float) -> str:
    # Near 1 the second place tells more than noise.
    return f"{ratio:.2f}" if ratio < 2 else f"{ratio:.1f}"


def main(asked: Sequence[str]) -> int:
    known = names()
    if unknown := [name for name in asked if name not in known]:
        print(f"no bench {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    for name in asked or known:
        rows: list[Row] = _module(name).run()  # type: ignore[attr-defined]
        print(f"`./run bench {name}`\n\n{table(rows)}\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
