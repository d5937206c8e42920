from __future__ import annotations

from hypothesis import settings

# A deadline would make a slow machine fail; the time of the whole run is what is watched.
settings.register_profile("deskdrill", deadline=None, print_blob=True)
settings.load_profile("deskdrill")
