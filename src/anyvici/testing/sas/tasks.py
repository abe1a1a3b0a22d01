"""What an IKE_SA does with its peer: one exchange after the other, each sent again if need be."""

from typing import TYPE_CHECKING, ClassVar

from anyvici.testing.agenda import Appointment
from anyvici.testing.sas.sa import IkeSa

if TYPE_CHECKING:
    from anyvici.testing.sas.manager import Sas

_BACK_OFF = 1.8  # charon.retransmit_base: each pause is so much longer than the one before

_WITHOUT_ANSWER = {
    "CONNECTING": "establishing IKE_SA failed, peer not responding",
    "REKEYING": "rekeying IKE_SA failed, peer not responding",
    "DELETING": "proper IKE_SA delete failed, peer not responding",
}


class Task:
    """Something that takes one exchange: `begin`, `ask` the peer, and what follows: `answered`."""

    exchange: ClassVar[str] = "INFORMATIONAL"
    counter: ClassVar[str] = "info"
    precedence: int = 0  # of what waits the least begins, whatever came first
    asks: str = ""  # the payloads of the request, as the log has them

    def __init__(self, sas: "Sas", sa: IkeSa, *names: str) -> None:
        self.sas = sas
        self.sa = sa
        self.names: tuple[str, ...] = names  # as tasks-active has them
        self.heard: bool = False  # by the peer, who answers a request once
        self.waits: bool = True  # for an answer
        self.retransmission: Appointment | None = None

    @property
    def name(self) -> str:
        """How it is called while it waits in the queue."""
        return self.names[-1]

    def rename(self, *names: str) -> None:
        """Be shown under other names from now on."""
        self.names = names

    def begin(self) -> bool:
        """Do what comes before the exchange; False if there will not be one."""
        return True

    def ask(self) -> str:
        """Have the peer do its part; return the payloads of its answer, as the log has them."""
        return ""

    def answered(self) -> None:
        """Do what comes after the exchange."""

    def log(self, group: str, level: int, text: str) -> None:
        """Log a line about the IKE_SA."""
        self.sas.log(self.sa, group, level, text)


def queue(task: Task) -> None:
    """Do something as soon as everything before is done."""
    task.sa.queued.append(task)
    advance(task.sa)


def advance(sa: IkeSa) -> None:
    """Begin the next task, unless there is one under way."""
    while sa.queued and not sa.active:
        task = min(sa.queued, key=lambda each: each.precedence)
        sa.queued.remove(task)
        sa.active = [task]
        if task.begin():
            _send(task)
            return
        sa.active = []


def _send(task: Task) -> None:
    sa = task.sa
    task.log("ENC", 1, f"generating {task.exchange} request {sa.message} {_listed(task.asks)}")
    task.sas.tally(sa, f"{task.counter}-out-req")
    _transmit(task, 0)


def _transmit(task: Task, attempt: int) -> None:
    """Send a request for the first time or once more; it is on its way, whatever becomes of us."""
    sas, sa, settings = task.sas, task.sa, task.sas.settings
    size = 80 + 16 * len(task.asks.split())
    task.log("NET", 1, f"sending packet: from {_path(sa)} ({size} bytes)")
    sas.agenda_of_peer(sa).after(settings.latency, lambda: _arrive(task))
    if task.waits:
        pause = settings.retransmit_timeout * _BACK_OFF**attempt
        task.retransmission = sas.later(sa, pause, lambda: _retransmit(task, attempt + 1))
    else:
        _conclude(task)


def _retransmit(task: Task, attempt: int) -> None:
    if attempt > task.sas.settings.retransmit_tries:
        task.log("IKE", 1, f"giving up after {attempt - 1} retransmits")
        task.log("IKE", 1, _WITHOUT_ANSWER.get(task.sa.state, "peer not responding"))
        task.sas.give_up(task.sa)
        return
    number = task.sa.message
    task.log("IKE", 1, f"retransmit {attempt} of request with message ID {number}")
    _transmit(task, attempt)


def _arrive(task: Task) -> None:
    """Have the peer hear a request, and answer it, if there is somebody."""
    if task.heard or not task.sas.reachable(task.sa):
        return
    task.heard = True
    payloads = task.ask()
    if task.waits and task in task.sa.active and task.sas.running:
        task.sas.forget(task.sa, task.retransmission)
        _answer(task, payloads)


def _answer(task: Task, payloads: str) -> None:
    sas, sa = task.sas, task.sa
    size = 80 + 16 * len(payloads.split())
    task.log("NET", 1, f"received packet: from {_path(sa, back=True)} ({size} bytes)")
    sas.tally(sa, f"{task.counter}-in-resp")
    task.log("ENC", 1, f"parsed {task.exchange} response {sa.message} {_listed(payloads)}")
    _conclude(task)


def _conclude(task: Task) -> None:
    sas, sa = task.sas, task.sa
    sa.message += 1
    task.answered()
    if task in sa.active:
        sa.active = []
    if sa in sas.ike_sas:
        advance(sa)


def _listed(payloads: str) -> str:
    return f"[ {payloads} ]" if payloads else "[ ]"


def _path(sa: IkeSa, *, back: bool = False) -> str:
    ends = [f"{end.host}[{end.port}]" for end in (sa.local, sa.remote)]
    return " to ".join(reversed(ends) if back else ends)
