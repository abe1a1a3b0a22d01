"""The words of the daemon: states, modes, kinds.

A word that is not known here, because the daemon is newer, becomes a member of its own that
equals and prints its text, so that nothing breaks and nothing is lost.
"""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A word of a list that may grow. It is a str, and equals its text.

    `Word(text)` never fails for a text. `known` tells whether this library has a name for it.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None  # which is a ValueError
        word = str.__new__(cls, value)
        word._name_ = word._value_ = str(value)
        return word

    @property
    def known(self) -> bool:
        """Whether this word is one of the members of its class."""
        return self._value_ in type(self)._value2member_map_


class IkeSaState(Word):
    """The state of an IKE_SA."""

    CREATED = "CREATED"
    CONNECTING = "CONNECTING"
    ESTABLISHED = "ESTABLISHED"
    PASSIVE = "PASSIVE"
    REKEYING = "REKEYING"
    REKEYED = "REKEYED"
    DELETING = "DELETING"
    DESTROYING = "DESTROYING"


class ChildSaState(Word):
    """The state of a CHILD_SA."""

    CREATED = "CREATED"
    ROUTED = "ROUTED"
    INSTALLING = "INSTALLING"
    INSTALLED = "INSTALLED"
    UPDATING = "UPDATING"
    REKEYING = "REKEYING"
    REKEYED = "REKEYED"
    RETRYING = "RETRYING"
    DELETING = "DELETING"
    DELETED = "DELETED"
    DESTROYING = "DESTROYING"


class Mode(Word):
    """The IPsec mode of a CHILD_SA or a policy. IPTFS came with 6.0.2."""

    TRANSPORT = "TRANSPORT"
    TUNNEL = "TUNNEL"
    BEET = "BEET"
    PASS = "PASS"  # noqa: S105 (no password)
    DROP = "DROP"
    IPTFS = "IPTFS"
    TRANSPORT_PROXY = "TRANSPORT_PROXY"


class IpsecProtocol(Word):
    """The protocol of a CHILD_SA."""

    ESP = "ESP"
    AH = "AH"


class Task(Word):
    """Something an IKE_SA is doing or is about to do; those of IKEv1 stand last."""

    IKE_INIT = "IKE_INIT"
    IKE_NATD = "IKE_NATD"
    IKE_MOBIKE = "IKE_MOBIKE"
    IKE_AUTH = "IKE_AUTH"
    IKE_AUTH_LIFETIME = "IKE_AUTH_LIFETIME"
    IKE_CERT_PRE = "IKE_CERT_PRE"
    IKE_CERT_POST = "IKE_CERT_POST"
    IKE_CONFIG = "IKE_CONFIG"
    IKE_REKEY = "IKE_REKEY"
    IKE_REAUTH = "IKE_REAUTH"
    IKE_REAUTH_COMPLETE = "IKE_REAUTH_COMPLETE"
    IKE_REDIRECT = "IKE_REDIRECT"
    IKE_VERIFY_PEER_CERT = "IKE_VERIFY_PEER_CERT"
    IKE_MID_SYNC = "IKE_MID_SYNC"
    IKE_DELETE = "IKE_DELETE"
    IKE_DPD = "IKE_DPD"
    IKE_VENDOR = "IKE_VENDOR"
    IKE_ESTABLISH = "IKE_ESTABLISH"
    IKE_ME = "IKE_ME"
    CHILD_CREATE = "CHILD_CREATE"
    CHILD_DELETE = "CHILD_DELETE"
    CHILD_REKEY = "CHILD_REKEY"
    MAIN_MODE = "MAIN_MODE"
    AGGRESSIVE_MODE = "AGGRESSIVE_MODE"
    INFORMATIONAL = "INFORMATIONAL"
    ISAKMP_DELETE = "ISAKMP_DELETE"
    XAUTH = "XAUTH"
    MODE_CONFIG = "MODE_CONFIG"
    QUICK_MODE = "QUICK_MODE"
    QUICK_DELETE = "QUICK_DELETE"
    ISAKMP_VENDOR = "ISAKMP_VENDOR"
    ISAKMP_NATD = "ISAKMP_NATD"
    ISAKMP_DPD = "ISAKMP_DPD"
    ISAKMP_CERT_PRE = "ISAKMP_CERT_PRE"
    ISAKMP_CERT_POST = "ISAKMP_CERT_POST"


class IkeVersion(Word):
    """Which versions of IKE a connection takes, as list-conns prints it."""

    ANY = "IKEv1/2"
    IKEV1 = "IKEv1"
    IKEV2 = "IKEv2"


class UniquePolicy(Word):
    """What happens to the IKE_SAs a peer already has; not the words that load-conn takes."""

    NEVER = "UNIQUE_NEVER"
    NO = "UNIQUE_NO"
    REPLACE = "UNIQUE_REPLACE"
    KEEP = "UNIQUE_KEEP"


class AuthClass(Word):
    """How a side authenticates in one round; not the words that load-conn takes."""

    ANY = "any"
    PUBLIC_KEY = "public key"
    PRE_SHARED_KEY = "pre-shared key"
    EAP = "EAP"
    XAUTH = "XAuth"


class CertificateValidation(Word):
    """How well a certificate's revocation is to be checked: GOOD is strict, SKIPPED is ifuri."""

    GOOD = "GOOD"
    SKIPPED = "SKIPPED"
    STALE = "STALE"
    FAILED = "FAILED"
    ON_HOLD = "ON_HOLD"
    REVOKED = "REVOKED"


class ChildAction(Word):
    """What is done about a CHILD_SA when its peer is dead or closes it."""

    NONE = "none"
    TRAP = "trap"
    START = "start"
    TRAP_START = "trap|start"


class CertificateType(Word):
    """The kind of a certificate; list-certs and flush-certs take these words, too."""

    ANY = "ANY"
    X509 = "X509"
    X509_CRL = "X509_CRL"
    OCSP_REQUEST = "OCSP_REQUEST"
    OCSP_RESPONSE = "OCSP_RESPONSE"
    X509_AC = "X509_AC"
    PUBKEY = "PUBKEY"
    PKCS10_REQUEST = "PKCS10_REQUEST"
    PGP = "PGP"


class CertificateFlag(Word):
    """What an X.509 certificate is for; list-certs takes these words, too."""

    NONE = "NONE"
    CA = "CA"
    AA = "AA"
    OCSP = "OCSP"
    ANY = "ANY"


class LeaseStatus(Word):
    """Whether an address is in use, or only kept for its owner."""

    ONLINE = "online"
    OFFLINE = "offline"


class LogGroup(Word):
    """The part of the daemon that a line of its log comes from. WCH came with 6.0.2."""

    DMN = "DMN"
    MGR = "MGR"
    IKE = "IKE"
    CHD = "CHD"
    JOB = "JOB"
    WCH = "WCH"
    CFG = "CFG"
    KNL = "KNL"
    NET = "NET"
    ASN = "ASN"
    ENC = "ENC"
    TNC = "TNC"
    IMC = "IMC"
    IMV = "IMV"
    PTS = "PTS"
    TLS = "TLS"
    APP = "APP"
    ESP = "ESP"
    LIB = "LIB"
    ANY = "ANY"


class AlertType(Word):
    """What an alert is about; a kind the daemon has no word for is its number in brackets."""

    RADIUS_NOT_RESPONDING = "radius-not-responding"
    SHUTDOWN_SIGNAL = "shutdown-signal"
    LOCAL_AUTH_FAILED = "local-auth-failed"
    PEER_AUTH_FAILED = "peer-auth-failed"
    PEER_ADDR_FAILED = "peer-addr-failed"
    PEER_INIT_UNREACHABLE = "peer-init-unreachable"
    INVALID_IKE_SPI = "invalid-ike-spi"
    PARSE_ERROR_HEADER = "parse-error-header"
    PARSE_ERROR_BODY = "parse-error-body"
    RETRANSMIT_SEND = "retransmit-send"
    RETRANSMIT_SEND_CLEARED = "retransmit-send-cleared"
    RETRANSMIT_SEND_TIMEOUT = "retransmit-send-timeout"
    RETRANSMIT_RECEIVE = "retransmit-receive"
    HALF_OPEN_TIMEOUT = "half-open-timeout"
    PROPOSAL_MISMATCH_IKE = "proposal-mismatch-ike"
    PROPOSAL_MISMATCH_CHILD = "proposal-mismatch-child"
    TS_MISMATCH = "ts-mismatch"
    TS_NARROWED = "ts-narrowed"
    INSTALL_CHILD_SA_FAILED = "install-child-sa-failed"
    INSTALL_CHILD_POLICY_FAILED = "install-child-policy-failed"
    UNIQUE_REPLACE = "unique-replace"
    UNIQUE_KEEP = "unique-keep"
    KEEP_ON_CHILD_SA_FAILURE = "keep-on-child-sa-failure"
    VIP_FAILURE = "vip-failure"
    AUTHORIZATION_FAILED = "authorization-failed"
    IKE_SA_EXPIRED = "ike-sa-expired"
    CERT_EXPIRED = "cert-expired"
    CERT_REVOKED = "cert-revoked"
    CERT_VALIDATION_FAILED = "cert-validation-failed"
    CERT_NO_ISSUER = "cert-no-issuer"
    CERT_UNTRUSTED_ROOT = "cert-untrusted-root"
    CERT_EXCEEDED_PATH_LEN = "cert-exceeded-path-len"
    CERT_POLICY_VIOLATION = "cert-policy-violation"
