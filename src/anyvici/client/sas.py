"""Commands about SAs and policies."""

from datetime import timedelta

from anyvici.client.commands import Commands
from anyvici.client.leased import Items
from anyvici.client.parameters import flags, request, selector, uniqueid
from anyvici.client.progress import Progress
from anyvici.exceptions import LocalProtocolError
from anyvici.models.connections import Policy
from anyvici.models.results import InitiateResult, RedirectResult, RekeyResult, TerminateResult
from anyvici.models.sas import IkeSa


class SaCommands(Commands):
    """initiate, terminate, rekey, redirect, install, uninstall, list-sas, list-policies."""

    def list_sas(
        self,
        *,
        ike: str | None = None,
        ike_id: int | None = None,
        child: str | None = None,
        child_id: int | None = None,
        noblock: bool = False,
    ) -> Items[IkeSa]:
        """List the IKE_SAs with their CHILD_SAs.

        `ike` and `ike_id` choose IKE_SAs by the name of their connection and by their uniqueid;
        `child` and `child_id` (charon 5.9.6) choose which CHILD_SAs are shown, not which IKE_SAs.
        `noblock` leaves out IKE_SAs that are in use (by an updown script, for one) instead of
        waiting for them.
        """
        chosen = request(
            "list-sas",
            ike=ike,
            ike_id=uniqueid("list-sas", "ike_id", ike_id),
            child=child,
            child_id=uniqueid("list-sas", "child_id", child_id),
        )
        message = {**chosen, **flags(noblock=noblock)}
        return self._list("list-sas", "list-sa", message, IkeSa.from_octets)

    def list_policies(
        self,
        *,
        trap: bool = True,
        pass_: bool = True,
        drop: bool = True,
        ike: str | None = None,
        child: str | None = None,
    ) -> Items[Policy]:
        """List the installed trap, pass and drop policies, all of them unless told otherwise.

        Raises LocalProtocolError for none of the three: the daemon would list nothing.
        """
        if not (trap or pass_ or drop):
            raise LocalProtocolError("list-policies needs one of trap, pass_ and drop")
        message = {
            **request("list-policies", ike=ike, child=child),
            **flags(trap=trap, pass_=pass_, drop=drop),
        }
        return self._list("list-policies", "list-policy", message, Policy.from_octets)

    def initiate(
        self,
        *,
        child: str | None = None,
        ike: str | None = None,
        timeout: float | timedelta = 60.0,
        init_limits: bool = False,
        loglevel: int = 1,
    ) -> Progress[InitiateResult]:
        """Bring up a CHILD_SA with its IKE_SA, or (charon 5.8.0) an IKE_SA alone.

        The daemon is told to stop waiting after `timeout` seconds, or when the caller's deadline
        comes (anyio.fail_after), whichever is sooner; the attempt goes on without us then. A
        negative `timeout` does not wait at all: subscribe to IkeUpDown and ChildUpDown first.
        Awaited, it returns when the SA is up; entered, it gives the lines of the log with a level
        up to `loglevel` (0: the main steps, -1: none, above 1: more than the daemon logs itself,
        4 shows keys).

        On charon 5.9.8 `ike` alone waits for the timeout if that IKE_SA is up already, and a
        child that is up fails. The events of the SAs may come after the result.
        """
        if child is None and ike is None:
            raise LocalProtocolError("initiate needs child, ike or both")
        message = request(
            "initiate", child=child, ike=ike, init_limits=init_limits or None, loglevel=loglevel
        )
        return self._run("initiate", message, timeout, InitiateResult.from_section)

    def terminate(
        self,
        *,
        ike: str | None = None,
        ike_id: int | None = None,
        child: str | None = None,
        child_id: int | None = None,
        force: bool = False,
        timeout: float | timedelta = 60.0,
        loglevel: int = 1,
    ) -> Progress[TerminateResult]:
        """Take down the SAs that match, one after the other.

        With `child` or `child_id` everything given has to match and CHILD_SAs are ended; without,
        IKE_SAs are. `timeout` and `loglevel` are as for initiate(); the time is that of each SA
        that matches. `force` destroys an IKE_SA whose peer does not answer, after the timeout,
        and then says all the same that it failed (charon 5.9.8 and 6.0.6).

        Raises LocalProtocolError for no selector, and for `ike` with `ike_id` alone, which the
        daemon takes as OR.
        """
        chosen = selector("terminate", ike=ike, ike_id=ike_id, child=child, child_id=child_id)
        message = {**chosen, **request("terminate", force=force or None, loglevel=loglevel)}
        return self._run("terminate", message, timeout, TerminateResult.from_section)

    async def rekey(
        self,
        *,
        ike: str | None = None,
        ike_id: int | None = None,
        child: str | None = None,
        child_id: int | None = None,
        reauth: bool = False,
    ) -> RekeyResult:
        """Have the SAs that match rekeyed, or IKE_SAs reauthenticated; does not wait for it.

        The new SAs have new uniqueids: see IkeRekey and ChildRekey. Selectors as in terminate().
        """
        chosen = selector("rekey", ike=ike, ike_id=ike_id, child=child, child_id=child_id)
        message = {**chosen, **request("rekey", reauth=reauth or None)}
        return RekeyResult.from_section(await self._call("rekey", message))

    async def redirect(
        self,
        gateway: str,
        *,
        ike: str | None = None,
        ike_id: int | None = None,
        peer_ip: str | None = None,
        peer_id: str | None = None,
    ) -> RedirectResult:
        """Tell the clients of the IKEv2 SAs that match (all selectors) to go to another gateway.

        `peer_ip` is an address, a subnet or a range, `peer_id` an identity with wildcards.
        Raises LocalProtocolError for no selector.
        """
        if ike is None and ike_id is None and peer_ip is None and peer_id is None:
            raise LocalProtocolError("redirect needs one of ike, ike_id, peer_ip and peer_id")
        message = request(
            "redirect",
            gateway=gateway,
            ike=ike,
            ike_id=uniqueid("redirect", "ike_id", ike_id),
            peer_ip=peer_ip,
            peer_id=peer_id,
        )
        return RedirectResult.from_section(await self._call("redirect", message))

    async def install(self, child: str, *, ike: str | None = None) -> None:
        """Install the trap, pass or drop policy of a child."""
        await self._call("install", request("install", child=child, ike=ike))

    async def uninstall(self, child: str, *, ike: str | None = None) -> None:
        """Remove the trap, pass or drop policy of a child."""
        await self._call("uninstall", request("uninstall", child=child, ike=ike))
