"""The command line: words in, exit status out; one file a group of commands."""

from experiments.cli.main import main

__all__ = ["main"]
