"""`python -m deskdrill`: the command line."""

from __future__ import annotations

import sys

from .reports.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
