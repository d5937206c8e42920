"""The way in: a function from arguments to an exit code, one line for whatever goes wrong.

0 done, 1 the answer is no, 2 asked wrongly (or a defect of ours), 130 interrupted, 141 nobody reads our output.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence

import click

from ...errors import DeskdrillError, one_line
from .commands import Commands
from .usage import complaint

HELP = r"""Try bot and routing rules on simulated customers before real ones meet them.

SCENARIO and POLICY are files, or names of what ships (`deskdrill describe` lists it).

\b
Examples:
  deskdrill compare saas-week humans-only careful      which rules are better, and for whom
  deskdrill init mydesk --per-week 3200                a workspace of your own
  deskdrill check                                      whether its files are right
"""


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of `deskdrill` with these arguments (those of the process, if `None`)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    group = Commands(
        "deskdrill", help=HELP, context_settings={"max_content_width": 110, "help_option_names": ["-h", "--help"]}
    )
    for stream in (sys.stdout, sys.stderr):
        # Where the terminal cannot show a character, its escape is better than no answer.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    try:
        with group.make_context("deskdrill", arguments, obj=shlex.join(["deskdrill", *arguments])) as context:
            code = group.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        return _said(error.format_message())
    except click.ClickException as error:
        return _said(complaint(error, arguments))
    except DeskdrillError as error:
        return _said("\n".join(one_line(line) for line in str(error).splitlines()))
    except (KeyboardInterrupt, click.Abort):
        return _said("interrupted", 130)
    except BrokenPipeError:
        # Python flushes stdout once more as it ends: into nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        # A disk that is full, a folder that is not ours.
        return _said(one_line(f"{error.filename or 'deskdrill'}: {(error.strerror or str(error)).lower()}"))
    except Exception as error:
        if os.environ.get("DESKDRILL_TRACEBACK"):
            raise
        what = one_line(f"{type(error).__name__}: {error}")
        return _said(f"deskdrill: a defect, not your mistake: {what}; DESKDRILL_TRACEBACK=1 shows where it happens")
    return int(code or 0)


def _said(text: str, code: int = 2) -> int:
    print(text, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
