"""Every command: importing them registers them, and --help lists them in this order."""
# ruff: noqa: I001

from anyvici.cli.app import app as app
from anyvici.cli.commands import sas as sas
from anyvici.cli.commands import daemon as daemon
