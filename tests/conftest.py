from __future__ import annotations

import atexit
import os
import shutil
import tempfile

from hypothesis import settings

# A deadline would make a slow machine fail; the time of the whole run is what is watched. CI plays the same examples every time,
# so that a change is not stopped by what it did not touch, and half as many; every other run looks for new ones.
IN_CI = "CI" in os.environ
settings.register_profile("deskdrill", deadline=None, print_blob=True, derandomize=IN_CI, max_examples=50 if IN_CI else 100)
settings.load_profile("deskdrill")

# Tests leave nothing in anybody's home: message pools are kept between them in a folder of this run, which the processes of the run
# share. Those of the cache say where theirs is.
if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ["DESKDRILL_CACHE"] = tempfile.mkdtemp(prefix="deskdrill-tests-")
    atexit.register(shutil.rmtree, os.environ["DESKDRILL_CACHE"], ignore_errors=True)
