"""The version, for those below the package's own front, which knows all rooms."""

VERSION = "0.1.0"
