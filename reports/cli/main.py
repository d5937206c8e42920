"""The way in: a function from arguments to an exit code, one line for whatever goes wrong.

0 done, 1 the answer is no, 2 asked wrongly (or a defect of ours), 130 interrupted, 141 nobody reads our output,
143 terminated.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import current_thread, main_thread
from types import FrameType

import click

from ...errors import DeskdrillError, Terminated, one_line
from .commands import Commands
from .usage import complaint

HELP = r"""Try bot and routing rules on simulated customers before real ones meet them.

SCENARIO and POLICY are files, or names of what ships (`deskdrill describe` lists it).

\b
Examples:
  deskdrill compare saas-week humans-only careful      which rules are better, and for whom
  deskdrill init mydesk --per-week 3200                a workspace of your own
  deskdrill check                                      whether its files are right
  deskdrill test                                       whether its rules do what its cases say
"""


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of `deskdrill` with these arguments (those of the process, if `None`)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as long as the process lasts
    if sys.stdout is None:
        return _said("deskdrill: stdout is closed, so there is nowhere to print the answer")
    group = Commands(
        "deskdrill", help=HELP, context_settings={"max_content_width": 110, "help_option_names": ["-h", "--help"]}
    )
    for stream in (sys.stdout, sys.stderr):
        # Where the terminal cannot show a character, its escape is better than no answer.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    try:
        typed = shlex.join(["deskdrill", *arguments])
        with _termination_raised(), group.make_context("deskdrill", arguments, obj=typed) as context:
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
    except Terminated:
        return _said("terminated", 143)
    except BrokenPipeError:
        _abandon_stdout()
        return 141
    except OSError as error:
        try:
            sys.stdout.flush()
        except OSError as unwritable:
            _abandon_stdout()
            return _said(one_line(f"stdout: {(unwritable.strerror or str(unwritable)).lower()}"))
        # A disk that is full, a folder that is not ours.
        return _said(one_line(f"{error.filename or 'deskdrill'}: {(error.strerror or str(error)).lower()}"))
    except Exception as error:
        if os.environ.get("DESKDRILL_TRACEBACK"):
            raise
        what = one_line(f"{type(error).__name__}: {error}")
        return _said(f"deskdrill: a defect, not your mistake: {what}; DESKDRILL_TRACEBACK=1 shows where it happens")
    return int(code or 0)


@contextmanager
def _termination_raised() -> Iterator[None]:
    """SIGTERM in the block is raised where the main thread is, so that worker processes and folders are cleared away.

    A second one changes nothing: it must not interrupt the clearing.
    """
    if current_thread() is not main_thread():
        yield
        return

    def raised(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        raise Terminated

    before = signal.signal(signal.SIGTERM, raised)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _abandon_stdout() -> None:
    """Python flushes stdout once more as it ends: into nothing."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _said(text: str, code: int = 2) -> int:
    print(text, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
