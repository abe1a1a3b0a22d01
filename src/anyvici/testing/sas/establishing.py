"""Initiating an IKE_SA and the CHILD_SAs in it."""

from typing import TYPE_CHECKING, ClassVar

from anyvici.testing.sas.sa import ChildSa, IkeSa, group
from anyvici.testing.sas.tasks import Task
from anyvici.testing.sas.watching import Watcher
from anyvici.testing.state.configs import ChildConfig

if TYPE_CHECKING:
    from anyvici.testing.sas.manager import Sas

_SETTLE = ("IKE_AUTH_LIFETIME", "IKE_MOBIKE", "IKE_ESTABLISH")
_AUTH = ("IKE_CERT_PRE", "IKE_AUTH", "IKE_CERT_POST")
_INIT = ("IKE_VENDOR", "IKE_INIT", "IKE_NATD", *_AUTH, "IKE_CONFIG", *_SETTLE)
_INIT_PAYLOADS = "SA KE No N(NATD_S_IP) N(NATD_D_IP) N(FRAG_SUP) N(HASH_ALG)"
_INIT_ANSWER = f"{_INIT_PAYLOADS} N(CHDLESS_SUP) N(MULT_AUTH)"
_CHILD_PAYLOADS = " SA TSi TSr"
_MOBIKE = " N(MOBIKE_SUP) N(NO_ADD_ADDR)"
_CERTS = ("ISAKMP_CERT_PRE", "MAIN_MODE", "ISAKMP_CERT_POST")
_MAIN_MODE = ("ISAKMP_VENDOR", *_CERTS, "ISAKMP_NATD")
FLOATED = 4500  # where both go on, once they know each other's addresses
WRONG_GROUP = "INVALID_KE_PAYLOAD"


class Initiate(Task):
    """IKE_SA_INIT; with IKEv1 the first part of Main Mode."""

    exchange: ClassVar[str] = "IKE_SA_INIT"
    counter: ClassVar[str] = "ike-init"
    asks = f"{_INIT_PAYLOADS} N(REDIR_SUP)"

    def __init__(self, sas: "Sas", sa: IkeSa, child: "CreateChild | None") -> None:
        super().__init__(sas, sa, *(_names(_INIT, child) if sa.version == 2 else _MAIN_MODE))
        self._child = child

    def begin(self) -> bool:
        """Tell that it starts; to %any it cannot."""
        sa = self.sa
        if sa.remote.host == "%any":
            self.log("IKE", 1, "unable to initiate to %any")
            self.sas.remove(sa, told=False)
            return False
        if sa.state == "CREATED":
            mode = "Main Mode " if sa.version == 1 else ""
            self.log("IKE", 0, f"initiating {mode}IKE_SA {sa.label} to {sa.remote.host}")
            sa.state = "CONNECTING"
        return True

    def ask(self) -> str:
        """Choose a proposal."""
        self._error = self.sas.peer(self.sa).init(self.sa)
        return notify(self._error) or _INIT_ANSWER

    def answered(self) -> None:
        """Go on with the authentication, or try again with the group that the peer wants."""
        sa = self.sa
        if self._error == WRONG_GROUP:
            wanted, sa.proposal = group(sa.proposal), None
            self.log("IKE", 1, f"peer didn't accept DH group {sa.group}, it requested {wanted}")
            sa.group = wanted
            sa.queued.appendleft(Initiate(self.sas, sa, self._child))
        elif self._error:
            self.log("IKE", 1, f"received {self._error} notify error")
            self._show_failure()
            self.sas.remove(sa, told=True)
        elif not self._can_be_as_wanted():
            self.log("IKE", 1, "peer does not support childless IKE_SA initiation")
            self.sas.remove(sa, told=False)
        else:
            self.log("CFG", 1, f"selected proposal: {sa.proposal}")
            sa.local.port = sa.remote.port = FLOATED
            sa.queued.appendleft(Authenticate(self.sas, sa, self._child))

    def _can_be_as_wanted(self) -> bool:
        wanted = self.sas.connection(self.sa).childless == "force"
        return not wanted or self.sas.peer(self.sa).may_be_childless(self.sa)

    def _show_failure(self) -> None:
        """With IKEv2 the first task is done; with IKEv1 the peer tells it in a message."""
        if self.sa.version == 2:
            self.rename(*self.names[1:])
        else:
            self.sa.passive = ["INFORMATIONAL"]


class Authenticate(Task):
    """IKE_AUTH, with the first CHILD_SA in it."""

    exchange: ClassVar[str] = "IKE_AUTH"
    counter: ClassVar[str] = "ike-auth"

    def __init__(self, sas: "Sas", sa: IkeSa, child: "CreateChild | None") -> None:
        super().__init__(sas, sa, *_names((*_AUTH, *_SETTLE), child))
        self._child = child
        wanted = _CHILD_PAYLOADS if child else ""
        extensions = f"{_MOBIKE} N(MULT_AUTH) N(EAP_ONLY) N(MSG_ID_SYN_SUP)"
        self.asks = f"IDi N(INIT_CONTACT) IDr AUTH{wanted}{extensions}"

    def begin(self) -> bool:
        """Prove who we are; without a secret or a key we cannot."""
        sa, round_ = self.sa, self.sas.connection(self.sa).ours
        missing = self.sas.missing_proof(sa)
        if missing:
            self.log("IKE", 1, missing)
            self.sas.remove(sa, told=False)
            return False
        method = _METHODS.get(round_.auth_class, round_.auth_class)
        self.log("IKE", 1, f"authentication of '{sa.local.id}' (myself) with {method}")
        child = self._first_child()
        if child is not None:
            child.create(first=True)
        return True

    def ask(self) -> str:
        """Learn who the peer is, and what it thinks of us."""
        child = self._first_child()
        asked = child.child if child is not None else None
        self._error, self._child_error = self.sas.peer(self.sa).authenticate(self.sa, asked)
        if self._error:
            return notify(self._error)
        if child is None or self._child_error:
            return f"IDr AUTH{_MOBIKE} {notify(self._child_error)}".rstrip()
        return f"IDr AUTH{_CHILD_PAYLOADS}{_MOBIKE}"

    def answered(self) -> None:
        """Have an IKE_SA, or none."""
        sa, child = self.sa, self._first_child()
        if self._error:
            self.log("IKE", 1, _FAILURES.get(self._error, f"received {self._error} notify error"))
            self.rename(*_names(_LEFT.get(self._error, (*_AUTH, *_SETTLE)), self._child))
            self.sas.remove(sa, told=True)
            return
        method = _METHODS.get(self.sas.connection(sa).theirs.auth_class, "")
        self.log("IKE", 1, f"authentication of '{sa.remote.id}' with {method} successful")
        if sa.version == 2:
            self.log("IKE", 1, "peer supports MOBIKE")
        last = ("IKE_ESTABLISH",) if sa.version == 2 else ("MAIN_MODE",)
        self.rename(*_names(last, self._child))
        self.sas.established(sa)
        self.rename(*self.names[1:])
        if child is not None:
            child.conclude(self._child_error)
        elif self._child is not None:
            sa.queued.appendleft(self._child)

    def _first_child(self) -> "CreateChild | None":
        """Return the child that comes with the IKE_SA, unless that has to be childless."""
        return None if self.sas.connection(self.sa).childless == "force" else self._child


class CreateChild(Task):
    """A CHILD_SA: by CREATE_CHILD_SA, by Quick Mode, or within IKE_AUTH."""

    exchange: ClassVar[str] = "CREATE_CHILD_SA"
    counter: ClassVar[str] = "create-child"
    precedence = 5
    asks = "SA No KE TSi TSr"

    def __init__(
        self, sas: "Sas", sa: IkeSa, config: ChildConfig, watcher: Watcher | None = None
    ) -> None:
        super().__init__(sas, sa, "CHILD_CREATE" if sa.version == 2 else "QUICK_MODE")
        self.config = config
        self.child: ChildSa | None = None
        self._watcher = watcher

    def begin(self) -> bool:
        """Ask for it, unless there is one like it. With IKEv1 that is how they are rekeyed."""
        duplicate = self.sas.duplicate(self.sa, self.config)
        if duplicate is None:
            self.create(first=False)
            return True
        if self.sa.version == 1:
            self.sas.rekey_child(self.sa, duplicate, self._watcher)
            return False
        spared = self.sas.create_child(self.sa, self.config)
        told = f"due to existing duplicate {{{duplicate.uniqueid}}} with {duplicate.describe()}"
        self.log("IKE", 1, f"not establishing CHILD_SA {spared.label} {told}")
        self._fail()
        return False

    def create(self, *, first: bool) -> None:
        """Make the CHILD_SA; the first one of an IKE_SA has no keys of its own."""
        self.child = self.sas.create_child(self.sa, self.config)
        self.child.own_keys = not first
        if self.sa.version == 2:
            self.log("IKE", 0, f"establishing CHILD_SA {self.child.label}")

    def ask(self) -> str:
        """Agree on what it is for."""
        assert self.child is not None  # begin() has made it
        self._error = self.sas.peer(self.sa).create_child(self.sa, self.child)
        return notify(self._error) or self.asks

    def answered(self) -> None:
        """Have it, or not."""
        self.conclude(self._error)

    def conclude(self, error: str) -> None:
        """Install it, or tell why it is not there; the IKE_SA stays."""
        if error or self.child is None:
            self.log("IKE", 1, f"received {error} notify, no CHILD_SA built")
            self.log("IKE", 1, "failed to establish CHILD_SA, keeping IKE_SA")
            self._fail()
            return
        self.sas.installed(self.sa, self.child)
        self.log("IKE", 0, f"CHILD_SA {self.child.label} established with {self.child.describe()}")
        self.sas.tell.child(self.sa, self.child, up=True)

    def _fail(self) -> None:
        self.child = None
        if self._watcher is not None:
            self._watcher.settle(False)


def _names(names: tuple[str, ...], child: CreateChild | None) -> tuple[str, ...]:
    return (*names, "CHILD_CREATE") if child else names


def notify(error: str) -> str:
    """Return a notify error as the log shortens it; nothing if there is none."""
    return f"N({_NOTIFIES.get(error, error)})" if error else ""


_LEFT = {  # what a responder that refuses has not done away with yet
    "EAP_FAILURE": (*_AUTH[1:], "IKE_CONFIG", *_SETTLE),
    "INVALID_SYNTAX": (*_AUTH[1:], *_SETTLE),
}
_METHODS = {"pre-shared key": "pre-shared key", "public key": "public key signature"}
_FAILURES = {"EAP_FAILURE": "received EAP_FAILURE, EAP authentication failed"}
_NOTIFIES = {
    "NO_PROPOSAL_CHOSEN": "NO_PROP",
    "AUTHENTICATION_FAILED": "AUTH_FAILED",
    "TS_UNACCEPTABLE": "TS_UNACCEPT",
    "INVALID_SYNTAX": "INVAL_SYN",
    "INVALID_KE_PAYLOAD": "INVAL_KE",
    "INTERNAL_ADDRESS_FAILURE": "INT_ADDR_FAIL",
}
