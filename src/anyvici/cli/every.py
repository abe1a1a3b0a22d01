"""Every command: importing them registers them, and --help lists them in this order."""
# ruff: noqa: I001

from anyvici.cli.app import app as app
from anyvici.cli.commands import sas as sas
from anyvici.cli.commands import top as top
from anyvici.cli.commands import control as control
from anyvici.cli.commands import events as events
from anyvici.cli.commands import configuration as configuration
from anyvici.cli.commands import credentials as credentials
from anyvici.cli.commands import daemon as daemon
from anyvici.cli.commands import call as call
from anyvici.cli.commands import simulation as simulation
