from __future__ import annotations

import sys
from pathlib import Path

# Tests are imported by their path; what several of them share lies beside them.
sys.path.insert(0, str(Path(__file__).parent))
