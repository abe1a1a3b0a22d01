"""One real charon in a container of its own: network, /run and processes.

The kernel removes the container with everything inside as soon as the process that made it is
gone, however it went. ESP is done in user space over a TUN device, by the plugin kernel-libipsec,
so that the kernel needs no IPsec.
"""

import ctypes
import os
import platform
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

CHARON = "/usr/lib/ipsec/charon"
PLUGINS = Path("/usr/lib/ipsec/plugins")
PACKAGES = (
    "strongswan-charon strongswan-swanctl libcharon-extra-plugins libstrongswan-extra-plugins "
    "libstrongswan-standard-plugins strongswan-pki iproute2"
)
NEEDED = [
    Path(CHARON),
    PLUGINS / "libstrongswan-vici.so",
    PLUGINS / "libstrongswan-kernel-libipsec.so",
    PLUGINS / "libstrongswan-curve25519.so",
]
CONFIGURATION = """
charon {{
  load = random nonce aes md5 sha1 sha2 hmac kdf pem pkcs1 pkcs8 x509 revocation constraints \
pubkey gmp curve25519 kernel-libipsec kernel-netlink socket-default vici updown counters \
eap-identity eap-md5 xauth-generic
  plugins {{
    vici {{ socket = {address} }}
    kernel-libipsec {{ allow_peer_ts = yes }}
  }}
  filelog {{ stderr {{ default = 1 }} }}
  retransmit_tries = 2
  retransmit_timeout = 1
}}
"""

CONTAINER = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"]
# The first process of the container. cat ends when our end of its pipe is closed, by us or because
# we are gone; then so does the shell, and the kernel kills whatever else is in there.
CONTAINED = 'mount --bind "$1" /run; echo ready; cat; rm -r "$1"'

PATIENCE = 30.0  # seconds that a charon has for starting or stopping on a busy machine
CLONE_NEWNET = 0x40000000
VERSION_REQUEST = b"\0\0\0\x09\0\x07version"


def missing() -> str | None:
    """Return what this machine lacks for two gateways and how to get it; None if nothing."""
    if platform.system() != "Linux":
        return "real gateways need Linux"
    if os.geteuid() != 0:
        return "real gateways need root: they have networks of their own"
    absent = [str(path) for path in NEEDED if not path.exists()]
    absent += [tool for tool in ("ip", "swanctl", "pki") if shutil.which(tool) is None]
    if absent:
        return f"no {', '.join(absent)}: apt-get install {PACKAGES}"
    if not Path("/dev/net/tun").exists():
        return "no /dev/net/tun: modprobe tun"
    if subprocess.run([*CONTAINER, "true"], capture_output=True).returncode:
        return "namespaces are forbidden here; docker run needs --privileged"
    return None


class Charon:
    """One charon in a container of its own: `with` makes the container, start() the charon."""

    def __init__(self, name: str, address: str = "") -> None:
        self.name = name
        self.address = address
        self.folder = Path()
        self._container: subprocess.Popen[bytes] | None = None
        self._charon: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._create()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._remove()

    @property
    def pid(self) -> int:
        """The process whose namespaces are the container's, for nsenter."""
        assert self._container is not None
        return self._container.pid

    @property
    def running(self) -> bool:
        return self._charon is not None and self._charon.poll() is None

    def answers(self) -> bool:
        """Tell whether charon answers: its socket is there before it is listened to."""
        try:
            with self.connect() as client:
                client.settimeout(1)
                client.sendall(VERSION_REQUEST)
                return bool(client.recv(1))
        except OSError:
            return False

    def connect(self) -> socket.socket:
        """Return a plain blocking socket that is connected to charon."""
        with self.network():
            return connected(self.address)

    def log(self) -> str:
        """Return what charon has logged since it was first started."""
        return (self.folder / "log").read_text(errors="replace")

    def ip(self, *commands: str) -> None:
        """Set up the container's network by commands of ip(8)."""
        command = ["nsenter", f"--net=/proc/{self.pid}/ns/net", "ip", "-batch", "-"]
        subprocess.run(command, input="\n".join(commands), text=True, check=True)

    def start(self) -> None:
        """Start charon, once a terminated predecessor is gone, and wait until it answers."""
        if self._charon is not None:
            self._charon.wait(PATIENCE)
        for leftover in ("charon.vici", "charon.pid"):
            (self.folder / leftover).unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._charon = subprocess.Popen(
                self._inside(CHARON),
                env=os.environ | {"STRONGSWAN_CONF": str(self.folder / "strongswan.conf")},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait(self.answers)

    def kill(self) -> None:
        """Kill charon (SIGKILL) and wait until it is gone; its socket stays behind."""
        assert self._charon is not None
        self._signal("KILL")
        self._charon.send_signal(signal.SIGCONT)  # for nsenter, if it was frozen
        self._charon.wait(PATIENCE)

    def terminate(self) -> None:
        """Ask charon to stop (SIGTERM), without waiting: it serves its clients to the end."""
        self._signal("TERM")

    @contextmanager
    def frozen(self) -> Generator[None]:
        """Let charon do nothing for a while (SIGSTOP)."""
        assert self._charon is not None
        self._signal("STOP")
        self._wait(self._is_stopped)
        try:
            yield
        finally:
            self._charon.send_signal(signal.SIGCONT)

    @contextmanager
    def network(self) -> Generator[None]:
        """Move this thread into the gateway's network; sockets made here stay there."""
        with open("/proc/thread-self/ns/net") as ours, open(f"/proc/{self.pid}/ns/net") as its:
            _enter_network(its.fileno())
            try:
                yield
            finally:
                _enter_network(ours.fileno())

    def _create(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"anyvici-{self.name}-"))  # its /run
        self.address = self.address or f"unix://{self.folder}/charon.vici"
        (self.folder / "strongswan.conf").write_text(CONFIGURATION.format(address=self.address))
        self._container = subprocess.Popen(
            [*CONTAINER, "sh", "-ec", CONTAINED, "sh", self.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us alone
        )
        assert self._container.stdout is not None
        if not self._container.stdout.readline():
            raise RuntimeError(f"no container for {self.name}: see standard error")
        self.ip("link set lo up")

    def _remove(self) -> None:
        """Remove what there is, at whatever stage."""
        if self._charon is not None:
            self._charon.send_signal(signal.SIGCONT)  # frozen, nsenter would not reap it
        if self._container is not None:
            self._container.communicate()  # closes the pipe, and waits
        if self._charon is not None:
            self._charon.wait()
        if self.folder != Path():
            shutil.rmtree(self.folder, ignore_errors=True)

    def _inside(self, *command: str) -> list[str]:
        spaces = {"net": "net", "mount": "mnt", "pid": "pid_for_children"}
        entry = [f"--{option}=/proc/{self.pid}/ns/{space}" for option, space in spaces.items()]
        return ["nsenter", *entry, *command]

    def _signal(self, name: str) -> None:
        # charon's own idea of its pid: the process we know is nsenter, waiting for it
        pid = (self.folder / "charon.pid").read_text().strip()
        subprocess.run(self._inside("sh", "-c", f"kill -{name} {pid}"), check=True)

    def _is_stopped(self) -> bool:
        # nsenter stops itself after charon, and continues it when it is continued
        assert self._charon is not None
        return ") T " in Path(f"/proc/{self._charon.pid}/stat").read_text()

    def _wait(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if not self.running or time.monotonic() > deadline:
                raise RuntimeError(f"charon of {self.name} has failed:\n{self.log()}")
            time.sleep(0.005)


def connected(address: str) -> socket.socket:
    """Return a plain blocking socket that is connected to unix:///path or tcp://host:port."""
    scheme, _, rest = address.partition("://")
    if scheme == "tcp":
        host, _, port = rest.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)))
    client = socket.socket(socket.AF_UNIX)
    try:
        client.connect(rest)
    except OSError:
        client.close()
        raise
    return client


def _enter_network(namespace: int) -> None:
    """Do what os.setns does from Python 3.12 on."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, f"setns: {os.strerror(number)}")
