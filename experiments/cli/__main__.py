"""`python -m experiments.cli`, which is `fully-booked`."""

from experiments.cli.main import main

main()
