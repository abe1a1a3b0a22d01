"""What charon holds of credentials: certificates, private keys and shared secrets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from anyvici.testing.values.certificates import Certificate
from anyvici.testing.values.identities import NONE, Identity, match, parse


class PrivateKey(NamedTuple):
    """A private key: only the hashes of its public key are of any use here."""

    id: bytes  # what get-keys tells
    info_id: bytes  # what it may be unloaded by as well


class Secret(NamedTuple):
    """A shared secret; equal ones without an id replace each other."""

    id: str | None
    type: str  # IKE, EAP, NTLM, PPK
    data: bytes
    owners: tuple[Identity, ...]


@dataclass
class CaCertificate:
    """A CA certificate, and who holds it."""

    certificate: Certificate
    external: bool = False  # loaded for itself, or by a connection
    authorities: int = 0


class Credentials:
    """The store of credentials. Everywhere the last one that was added comes first."""

    def __init__(self) -> None:
        self.certificates: list[Certificate] = []
        self.ca_certificates: list[CaCertificate] = []
        self.keys: list[PrivateKey] = []
        self.secrets: list[Secret] = []

    def add_certificate(self, certificate: Certificate) -> Certificate:
        """Add a certificate that is no CA's; returns the one that was there if it is equal."""
        if certificate.issue is not None:
            return self._add_revocation_list(certificate)
        for present in self.certificates:
            if _same(present, certificate):
                return present
        self.certificates.insert(0, certificate)
        return certificate

    def _add_revocation_list(self, added: Certificate) -> Certificate:
        for present in [each for each in self.certificates if _supersedes(added, each)]:
            if not _newer(added, present):
                return present
            self.certificates.remove(present)
        self.certificates.insert(0, added)
        return added

    def name(self, certificate: Certificate, subject: str) -> Certificate:
        """Give a public key the identity of its owner, in the store as well."""
        named = certificate.named(subject)
        if certificate in self.certificates:
            self.certificates[self.certificates.index(certificate)] = named
        return named

    def add_ca_certificate(self, certificate: Certificate) -> Certificate:
        """Add a CA certificate until clear-creds."""
        held = self._ca_certificate(certificate)
        held.external = True
        return held.certificate

    def hold_ca_certificate(self, certificate: Certificate) -> Certificate:
        """Add a CA certificate for an authority."""
        held = self._ca_certificate(certificate)
        held.authorities += 1
        return held.certificate

    def release_ca_certificate(self, certificate: Certificate) -> None:
        """Take it from an authority again."""
        held = self._ca_certificate(certificate)
        held.authorities -= 1
        self._drop_ca_certificates()

    def _ca_certificate(self, certificate: Certificate) -> CaCertificate:
        for held in self.ca_certificates:
            if held.certificate.der == certificate.der:
                return held
        self.ca_certificates.insert(0, CaCertificate(certificate))
        return self.ca_certificates[0]

    def _drop_ca_certificates(self) -> None:
        held = [each for each in self.ca_certificates if each.external or each.authorities]
        self.ca_certificates = held

    def all_certificates(self) -> Iterator[Certificate]:
        """Iterate over all certificates, without those that are equal to one before."""
        seen: list[Certificate] = []
        cas = [each.certificate for each in self.ca_certificates]
        for certificate in [*self.certificates, *cas]:
            if not any(_same(certificate, other) for other in seen):
                seen.append(certificate)
                yield certificate

    def has_private_key(self, certificate: Certificate) -> bool:
        """Tell whether the private key of a certificate is there."""
        return any(key.id.hex() == certificate.key_id for key in self.keys)

    def secret(self, kind: str, ours: str, theirs: str) -> bytes | None:
        """Return the secret whose owners are these two; how well it fits the peer comes first."""
        me, other = parse(ours), parse(theirs)
        best, found = (NONE, NONE), None
        for secret in self.secrets:
            fit = (_fit(secret, other), _fit(secret, me))
            if secret.type == kind and fit > best:
                best, found = fit, secret.data
        return found

    def clear(self) -> None:
        """Forget everything but the CA certificates of authorities."""
        for credentials in (self.certificates, self.keys, self.secrets):
            credentials.clear()
        for held in self.ca_certificates:
            held.external = False
        self._drop_ca_certificates()


def _same(one: Certificate, other: Certificate) -> bool:
    """Public keys are told apart by their owners, too."""
    if (one.type, one.der) != (other.type, other.der):
        return False
    return one.type != "PUBKEY" or one.identities[0] == other.identities[0]


def _supersedes(added: Certificate, present: Certificate) -> bool:
    """Tell whether two are revocation lists of the same issuer."""
    if added.issue is None or present.issue is None:
        return False
    keys = added.issue.authority_key_id, present.issue.authority_key_id
    return (keys[0] == keys[1] != b"") or added.issue.issuer == present.issue.issuer


def _newer(added: Certificate, present: Certificate) -> bool:
    assert added.issue is not None
    assert present.issue is not None
    ours, theirs = added.issue, present.issue
    if ours.number and theirs.number:
        return int.from_bytes(ours.number, "big") > int.from_bytes(theirs.number, "big")
    return ours.updated > theirs.updated


def _fit(secret: Secret, owner: Identity) -> int:
    return max(match(owner, each) for each in secret.owners)
