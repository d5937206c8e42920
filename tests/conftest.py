from __future__ import annotations

import os

from hypothesis import settings

# A deadline would make a slow machine fail; the time of the whole run is what is watched. CI plays the same examples every time,
# so that a change is not stopped by what it did not touch; every other run looks for new ones.
settings.register_profile("deskdrill", deadline=None, print_blob=True, derandomize="CI" in os.environ)
settings.load_profile("deskdrill")

# Tests leave nothing in anybody's home; those of the cache say where theirs is.
os.environ["DESKDRILL_CACHE"] = "off"
