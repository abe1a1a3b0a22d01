"""Traps and shunts; and what is to be done when a connection is loaded, and undone afterwards."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anyvici.testing.state.configs import ChildConfig, Connection
from anyvici.testing.values.selectors import Selector

if TYPE_CHECKING:
    from anyvici.testing.sas.manager import Sas

_SHUNTS = {"PASS": "pass", "DROP": "drop"}


@dataclass(frozen=True)
class Policy:
    """A policy that is installed; charon keeps it although its connection may be gone."""

    connection: Connection
    config: ChildConfig
    local_ts: list[Selector]
    remote_ts: list[Selector]

    @property
    def kind(self) -> str:
        """trap, pass or drop."""
        return _SHUNTS.get(self.config.mode, "trap")


def install(sas: "Sas", connection: Connection, config: ChildConfig) -> bool:
    """Install the policy of a child: a shunt, or a trap for which the peer must be known."""
    local_ts, remote_ts = config.local_ts, config.remote_ts
    if config.mode not in _SHUNTS:
        remote = sas.gateway.address_of(connection.remote_addrs[0])
        if remote.startswith("%any"):
            sas.gateway.log("CFG", 1, "installing trap failed, remote address unknown")
            return False
        local_ts = [ts.resolve(sas.gateway.own_address(connection)) for ts in local_ts]
        remote_ts = [ts.resolve(remote) for ts in remote_ts]
    sas.policies[connection.name, config.name] = Policy(connection, config, local_ts, remote_ts)
    return True


def uninstall(sas: "Sas", ike: str | None, child: str) -> bool:
    """Remove one policy of this name, shunts first; False if there is none."""
    found = [key for key in sas.policies if key[1] == child and (ike is None or key[0] == ike)]
    found.sort(key=lambda key: sas.policies[key].kind == "trap")
    for key in found[:1]:
        del sas.policies[key]
    return bool(found)


def undo(sas: "Sas", ike: str, configs: list[ChildConfig]) -> None:
    """Undo the start actions of children: uninstall traps, end what was started."""
    for config in configs:
        if "trap" in config.start_action:
            uninstall(sas, ike, config.name)
        if "start" in config.start_action:
            _end(sas, ike, config.name)


def act(sas: "Sas", connection: Connection, config: ChildConfig, action: str) -> None:
    """Carry out an action of a child: trap, start (in the IKE_SA, if it is up), both or none."""
    if "trap" in action:
        install(sas, connection, config)
    if "start" in action:
        sas.initiate(connection, config)


def _end(sas: "Sas", ike: str, child: str) -> None:
    """End the CHILD_SAs of a name, and the IKE_SA if there is nothing else in it."""
    for sa in [sa for sa in sas.ike_sas if sa.name == ike]:
        ended = [c for c in sa.children if c.name == child and c.state == "INSTALLED"]
        if len(ended) == len(sa.installed()):
            sas.terminate(sa)
        else:
            for child_sa in ended:
                sas.terminate_child(sa, child_sa)
