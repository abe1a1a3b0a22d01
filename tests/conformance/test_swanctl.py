"""swanctl on moon, command by command: what it prints is what it printed with a charon 5.9.8.

That is kept in tests/samples/swanctl. RECORD=yes in the environment has it written anew.
"""

import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest

from anyvici import Client, Connection
from tests.conformance.gateways import Gateways
from tests.conformance.identities import Identities
from tests.conformance.state import establish, eventually
from tests.conformance.swanctl import Watcher, constant, swanctl, watching
from tests.conformance.talks import (
    PASSWORD,
    assert_down,
    load_pubkey,
    load_roadwarrior,
    of_version,
    the_child,
    the_sa,
)

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(shutil.which("swanctl") is None, reason="there is no swanctl"),
]

SAMPLES = Path(__file__).parent.parent / "samples" / "swanctl"


@dataclass(frozen=True)
class Stage:
    """What swanctl is tried on."""

    gateways: Gateways
    moon: Client
    sun: Client
    identities: Identities
    folder: Path

    async def run(self, *arguments: str, name: str = "moon") -> str:
        return await swanctl(self.gateways, *arguments, name=name, folder=str(self.folder))

    async def run_all(self, *commands: str) -> str:
        """Run commands one after the other; each is given as it would be typed."""
        return "".join([await self.run(*command.split()) for command in commands])


Scene = Callable[[Stage], Awaitable[str]]
SCENES: dict[str, Scene] = {}


def scene(function: Scene) -> Scene:
    SCENES[function.__name__] = function
    return function


@scene
async def version(stage: Stage) -> str:
    (command, line) = (await stage.run("--version", "--daemon")).splitlines()
    return f"{command}\n{line.partition('(')[0]}\n"  # what follows tells of the machine


@scene
async def stats(stage: Stage) -> str:
    """Only the kinds of lines: the numbers are those of the moment, the plugins of the daemon."""
    printed = (await stage.run("--stats")).splitlines()
    return "\n".join(line.partition(":")[0] for line in printed) + "\n"


@scene
async def loading(stage: Stage) -> str:
    write_configuration(stage.folder, stage.identities)
    everything = await stage.run("--load-all", "--noprompt")
    again = await stage.run_all("--list-conns", "--list-pools", "--list-authorities")
    by_kind = await stage.run_all(
        *("--load-conns", "--load-pools", "--load-authorities", "--load-creds --noprompt")
    )
    (stage.folder / "swanctl.conf").write_text("")
    nothing = await stage.run_all("--load-all --noprompt", "--list-conns")
    return (everything + again + by_kind + nothing).replace(str(stage.folder), "<folder>")


@scene
async def loading_what_is_refused(stage: Stage) -> str:
    refused = [
        "connections { x { colour = blue } }",
        "connections { x { version = 3 } y { rekey_time = soon } z { } }",
        "connections { x { children { c { mode = fast } } } }",
        "pools { x { addrs = nowhere } }",
        "secrets { ike-x { secret = 0xnothing } }",
    ]
    printed = []
    for text in refused:
        (stage.folder / "swanctl.conf").write_text(text)
        printed.append(await stage.run("--load-all", "--noprompt"))
    return "".join(printed).replace(str(stage.folder), "<folder>")


@scene
async def list_conns(stage: Stage) -> str:
    await load_pubkey(stage.moon, stage.sun, stage.identities)
    await stage.moon.load_conn("empty", {})
    return await stage.run_all("--list-conns", "--list-conns --raw", "--list-conns --pretty")


@scene
async def list_sas(stage: Stage) -> str:
    await up(stage)
    here = await stage.run_all(
        *("--list-sas", "--list-sas --raw", "--list-sas --pretty", "--list-sas --noblock"),
        *("--list-sas --ike gw", "--list-sas --ike nowhere"),
    )
    return here + await stage.run("--list-sas", name="sun")


@scene
async def list_sas_of_a_roadwarrior(stage: Stage) -> str:
    await load_roadwarrior(stage.moon, stage.sun)
    await stage.moon.initiate(child="home")
    here = await stage.run("--list-sas")
    return here + "".join(
        [await stage.run(each, name="sun") for each in ("--list-sas", "--list-conns")]
    )


@scene
async def pools(stage: Stage) -> str:
    await load_roadwarrior(stage.moon, stage.sun)
    await stage.moon.initiate(child="home")
    online = await stage.run("--list-pools", "--leases", name="sun")
    await stage.moon.terminate(ike="home")
    await assert_down(stage.moon, stage.sun)
    offline = await stage.run("--list-pools", "--leases", name="sun")
    return online + offline + await stage.run("--list-pools", name="sun")


@scene
async def policies(stage: Stage) -> str:
    shunts = {"pass": {"mode": "pass"}, "drop": {"mode": "drop", "remote_ts": ["10.9.0.0/16"]}}
    await stage.moon.load_conn("shunts", {"children": shunts})
    return await stage.run_all(
        *("--install --child net --ike gw", "--install --child pass", "--install --child drop"),
        *("--list-pols", "--list-pols --trap", "--list-pols --pass", "--list-pols --drop"),
        *("--list-pols --raw", "--list-pols --child net"),
        *("--uninstall --child net", "--uninstall --child pass --ike shunts"),
        *("--list-pols", "--uninstall --child net", "--install --child nowhere"),
        *("--install", "--uninstall"),
    )


@scene
async def certificates(stage: Stage) -> str:
    await load_pubkey(stage.moon, stage.sun, stage.identities)
    listed = await stage.run_all("--list-certs", "--list-certs --type x509 --flag ca")
    short = await stage.run_all("--list-certs --short", "--list-authorities")
    return listed + short + await stage.run_all("--flush-certs", "--flush-certs --type x509_crl")


@scene
async def algorithms(stage: Stage) -> str:
    return await stage.run("--list-algs")


@scene
async def counters(stage: Stage) -> str:
    await up(stage)
    return await stage.run_all(
        *("--counters", "--counters --all", "--counters --name gw", "--counters --name nowhere"),
        *("--counters --reset --name gw", "--counters --reset --all", "--counters --reset"),
        *("--counters --name gw", "--counters"),
    )


@scene
async def life(stage: Stage) -> str:
    begun = await stage.run_all("--initiate --child net --ike gw --loglevel 0")
    await assert_is_up(stage)
    rekeyed = await stage.run("--rekey", "--child", "net")
    await eventually(has_children, stage, ["DELETED", "INSTALLED"])
    gone = await stage.run_all("--terminate --ike gw --loglevel 0")
    return begun + rekeyed + gone


@scene
async def life_step_by_step(stage: Stage) -> str:
    begun = await stage.run_all("--initiate --child net")
    await assert_is_up(stage)
    again = await stage.run_all("--initiate --child net", "--terminate --child net")
    ike_only = await stage.run_all("--initiate --child net", "--terminate --ike gw")
    raw = await stage.run_all("--initiate --ike gw --loglevel -1 --raw", "--terminate --ike gw -f")
    return begun + again + ike_only + raw


@scene
async def redirected(stage: Stage) -> str:
    await up(stage)
    return await stage.run_all(
        "--redirect --ike gw --gateway 10.99.0.77", "--redirect --peer-ip rubbish --gateway 1.1.1.1"
    )


@scene
async def failures(stage: Stage) -> str:
    return await stage.run_all(
        *("--initiate", "--initiate --child x", "--initiate --ike x", "--terminate"),
        *("--terminate --ike x", "--terminate --child-id 999", "--rekey", "--rekey --ike x"),
        *("--redirect --ike x", "--redirect --ike x --gateway 10.9.9.9", "--reload-settings"),
        *("--rekey --child x --raw", "--terminate --ike x --pretty"),
    )


@scene
async def log(stage: Stage) -> str:
    """The lines of no IKE_SA: those of the configuration."""
    async with watching(stage.gateways, "--log") as watcher:
        await registered(stage, watcher)
        await stage.moon.load_conn("other", {})
        await stage.moon.unload_conn("other")
        await stage.moon.load_conn("last", {})
        lines = await watcher.until("added vici connection: last")
    return "".join(f"{line}\n" for line in lines if "[CFG]" in line and "knock" not in line)


@scene
async def monitor_sa(stage: Stage) -> str:
    """It does not tell when it begins to listen, so there are SAs before that it may not see."""
    async with watching(stage.gateways, "--monitor-sa", "--raw") as watcher:
        await heard(stage, watcher)
        await up(stage)
        ours = (await the_sa(stage.moon)).initiator_spi
        lines = await watcher.until(ours, count=2)
        await stage.moon.terminate(ike="gw")
        lines += await watcher.until(ours, count=2)
    return "".join(f"{line}\n" for line in lines if ours in line)


def write_configuration(folder: Path, identities: Identities) -> None:
    """Write what there can be in swanctl's folder."""
    files = {
        "x509/moon.pem": identities["moon"].certificate,
        "x509ca/ca.pem": identities.ca.certificate,
        "private/moon.pem": identities["moon"].key,
        "swanctl.conf": CONFIGURATION.encode(),
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)


CONFIGURATION = f"""
connections {{
  office {{
    version = 2
    remote_addrs = 10.99.0.2, vpn.test
    proposals = aes128-sha256-curve25519, default
    pools = homes
    dpd_delay = 30s
    local {{ auth = pubkey
      certs = moon.pem }}
    remote {{ auth = eap-md5
      eap_id = %any }}
    children {{
      net {{ local_ts = 10.1.0.0/16, fec1::/16
        rekey_time = 1h }}
      bypass {{ mode = pass }}
    }}
  }}
}}
secrets {{
  eap-carol {{ id = carol
    secret = "{PASSWORD}" }}
  ike-sun {{ id-1 = sun
    secret = 0x616263 }}
}}
pools {{
  homes {{ addrs = 10.3.0.0/28
    dns = 10.2.0.53, 10.2.0.54 }}
}}
authorities {{
  tests {{ cacert = ca.pem
    crl_uris = http://crl.test/1 }}
}}
"""


async def up(stage: Stage) -> None:
    await stage.moon.initiate(ike="gw", child="net")
    await assert_is_up(stage)


async def assert_is_up(stage: Stage) -> None:
    for gateway in (stage.moon, stage.sun):
        await eventually(has_child, gateway)


async def has_child(gateway: Client) -> bool:
    return [child.state for sa in await gateway.list_sas() for child in sa.child_sas] != []


async def has_children(stage: Stage, states: list[str]) -> bool:
    return [str(child.state) for child in (await the_sa(stage.moon)).child_sas] == states


async def registered(stage: Stage, watcher: Watcher) -> None:
    """Wait until swanctl has registered for the log, which it does not tell: knock until heard."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(knock, stage)
        await watcher.until("added vici connection: knock")
        tasks.cancel_scope.cancel()


async def knock(stage: Stage) -> None:
    while True:
        await stage.moon.load_conn("knock", {})
        await stage.moon.unload_conn("knock")
        await anyio.sleep(0.01)


async def heard(stage: Stage, watcher: Watcher) -> None:
    """Have something happen until swanctl tells of it."""
    told = anyio.Event()

    async def listen() -> None:
        await watcher.until("ike-updown event")
        told.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        while not told.is_set():
            await stage.moon.initiate(ike="gw")
            await stage.moon.terminate(ike="gw")


@pytest.fixture
def stage(
    gateways: Gateways, client: Client, peer: Client, identities: Identities, tmp_path: Path
) -> Stage:
    return Stage(gateways, client, peer, identities, tmp_path)


@pytest.mark.parametrize("name", SCENES)
async def test_it_prints_what_it_did(stage: Stage, moon: Connection, name: str) -> None:
    if await of_version(moon) != (5, 9, 8) or "5.9.8" not in await stage.run("--version"):
        pytest.skip("what is kept is of 5.9.8")
    printed = constant(await SCENES[name](stage))
    sample = SAMPLES / f"{name}.txt"
    if os.environ.get("RECORD") == "yes":
        SAMPLES.mkdir(exist_ok=True)
        sample.write_text(printed)
    assert printed.splitlines() == sample.read_text().splitlines()


# Whatever its version is.


async def test_it_sees_what_we_do(stage: Stage, moon: Connection) -> None:
    await establish(moon)
    listed = await stage.run("--list-sas")
    assert "gw: #" in listed
    assert the_child(await the_sa(stage.moon)).spi_in in listed
    assert "10.1.0.0/16" in await stage.run("--list-conns")


async def test_charon_is_well(stage: Stage) -> None:
    async def is_idle() -> bool:  # no thread of it is stuck in a command of ours
        stats = await stage.moon.stats()
        return stats.workers.idle >= 5 and stats.ikesas.total == 0

    await eventually(is_idle)
    assert "uptime: " in await stage.run("--stats")
