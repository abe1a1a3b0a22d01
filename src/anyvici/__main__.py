"""`python -m anyvici`: the command line."""

from anyvici.cli.entry import main

main()
