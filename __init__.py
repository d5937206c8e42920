"""A checkout is the inside of the package `deskdrill`.

This file is not shipped. It is here so that static tools follow the relative imports of the rooms (`from ..errors
import InputError`) from the folders themselves. The package's own face is `src/deskdrill/__init__.py`; the rooms are
linked beside it.
"""
