"""The command line: `deskdrill COMMAND`, one module a command."""
