"""Commands about connections, pools and authorities."""

from collections.abc import Mapping

from anyvici.client.commands import Commands
from anyvici.client.leased import Items
from anyvici.client.parameters import request
from anyvici.config.check import check_authority, check_conn_but_its_size, check_pool
from anyvici.config.types import AuthorityConfig, ConnConfig, PoolConfig
from anyvici.exceptions import BatchError, LoadError
from anyvici.models.connections import ConnectionConfig
from anyvici.models.credentials import Authority
from anyvici.models.pools import Pool


class ConfigurationCommands(Commands):
    """load-, unload-, list- and get- of connections, pools and authorities."""

    def list_conns(self, *, ike: str | None = None) -> Items[ConnectionConfig]:
        """List the connections of all backends, or the one called `ike`.

        What it gives is not what load_conn() takes: the words differ, and defaults are filled in.
        """
        message = request("list-conns", ike=ike)
        return self._list("list-conns", "list-conn", message, ConnectionConfig.from_octets)

    async def get_conns(self) -> list[str]:
        """Return the names of the connections that were loaded over VICI, in order.

        Above 512 KiB of names the daemon never answers (charon 5.9.8): give it a deadline.
        """
        return list((await self._call("get-conns"))["conns"])

    async def load_conn(self, name: str, config: ConnConfig) -> None:
        """Load a connection, or replace the one of this name; its SAs are left alone.

        `config` has the keys of swanctl.conf's connections section and is checked first: an
        unknown key, and a value that the daemon would refuse, cut or misread, is a
        LocalProtocolError that names it (gw.children.net.rekey_time). Times are int (seconds),
        timedelta or str (1h). Certificates are octets, not file names.
        """
        await self._call("load-conn", {name: check_conn_but_its_size(name, config)})

    async def load_conns(self, configs: Mapping[str, ConnConfig]) -> None:
        """Load many connections in one go; nothing is sent unless all pass the check.

        Raises LoadError, after all were tried, if the daemon refused any of them: it tells which.
        """
        messages = {n: {n: check_conn_but_its_size(n, c)} for n, c in configs.items()}
        connection = await self._pool.take_long()
        try:
            await connection.batch([("load-conn", message) for message in messages.values()])
        except BatchError as error:
            raise LoadError(list(messages), error) from None
        finally:
            self._pool.return_long(connection)

    async def unload_conn(self, name: str) -> None:
        """Remove a connection; its SAs stay up, unless they came up by its start_action."""
        await self._call("unload-conn", request("unload-conn", name=name))

    async def get_pools(self, *, name: str | None = None, leases: bool = False) -> list[Pool]:
        """Return the address pools, or the one of this name; with their leases if asked for.

        Above 512 KiB of leases the daemon never answers (charon 5.9.8): give it a deadline.
        """
        message = request("get-pools", name=name, leases=leases or None)
        return Pool.list_from_message(await self._call("get-pools", message))

    async def load_pool(self, name: str, config: PoolConfig) -> None:
        """Load an address pool, or replace the one of this name; see load_conn()."""
        await self._call("load-pool", {name: check_pool(name, config)})

    async def unload_pool(self, name: str) -> None:
        """Remove an address pool; CommandError while it has leases online."""
        await self._call("unload-pool", request("unload-pool", name=name))

    def list_authorities(self, *, name: str | None = None) -> Items[Authority]:
        """List the certification authorities, or the one of this name."""
        message = request("list-authorities", name=name)
        return self._list("list-authorities", "list-authority", message, Authority.from_octets)

    async def get_authorities(self) -> list[str]:
        """Return the names of the authorities that were loaded over VICI."""
        return list((await self._call("get-authorities"))["authorities"])

    async def load_authority(self, name: str, config: AuthorityConfig) -> None:
        """Load a certification authority, or replace the one of this name; see load_conn()."""
        await self._call("load-authority", {name: check_authority(name, config)})

    async def unload_authority(self, name: str) -> None:
        """Remove a certification authority."""
        await self._call("unload-authority", request("unload-authority", name=name))
