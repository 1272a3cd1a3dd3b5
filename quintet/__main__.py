"""`quintet`, or `python -m quintet`."""

from quintet.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
