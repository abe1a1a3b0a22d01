"""Proposals: which algorithms an SA may use, and which it does."""

from dataclasses import dataclass

from anyvici.testing.values.algorithms import (
    ADDITIONAL,
    ENCRYPTION,
    ESN,
    EXTENDED,
    INTEGRITY,
    KEY_EXCHANGE,
    KINDS,
    NO_KEY_EXCHANGE,
    NOT_EXTENDED,
    PRF,
    Algorithm,
    algorithm,
)
from anyvici.testing.values.texts import tokens

Version = tuple[int, int, int]

_PRF_OF = {
    "HMAC_SHA1_96": "PRF_HMAC_SHA1",
    "HMAC_SHA1_160": "PRF_HMAC_SHA1",
    "HMAC_SHA2_256_128": "PRF_HMAC_SHA2_256",
    "HMAC_SHA2_384_192": "PRF_HMAC_SHA2_384",
    "HMAC_SHA2_512_256": "PRF_HMAC_SHA2_512",
    "HMAC_MD5_96": "PRF_HMAC_MD5",
    "HMAC_MD5_128": "PRF_HMAC_MD5",
    "AES_XCBC_96": "PRF_AES128_XCBC",
    "CAMELLIA_XCBC_96": "PRF_CAMELLIA128_XCBC",
    "AES_CMAC_96": "PRF_AES128_CMAC",
}
_SUITE = "aes128-aes192-aes256-sha256-sha384-sha512-sha1"
_EXCHANGES = "-x25519-modp3072-modp4096-modp6144-modp8192-modp2048"
_DEFAULTS = {
    "IKE": [_SUITE + "-prfsha256-prfsha384-prfsha512-prfsha1" + _EXCHANGES],
    "ESP": ["aes128gcm-aes192gcm-aes256gcm", _SUITE + "-aesxcbc"],
    "AH": ["sha256-sha384-sha512-sha1-aesxcbc"],
}


class Unacceptable(ValueError):
    """No proposal, and why; without a word if there was no algorithm in it."""


@dataclass(frozen=True)
class Proposal:
    """Algorithms to choose from, or those chosen; the kinds in charon's order."""

    protocol: str  # IKE, ESP, AH
    algorithms: tuple[Algorithm, ...]

    @classmethod
    def parse(cls, protocol: str, text: str, version: Version = (5, 9, 8)) -> "Proposal | None":
        """Read a proposal; None for what charon refuses. See `parse` for the reason."""
        try:
            return parse(protocol, text, version)
        except Unacceptable:
            return None

    def of(self, kind: str) -> list[Algorithm]:
        """Return the algorithms of a kind."""
        return [each for each in self.algorithms if each.kind == kind]

    def without(self, *kinds: str) -> "Proposal":
        """Return it without the algorithms of some kinds."""
        return _proposal(self.protocol, [one for one in self.algorithms if one.kind not in kinds])

    def without_ke(self) -> "Proposal":
        """Return it for the CHILD_SA that comes with its IKE_SA: that has no keys exchanged."""
        return self.without(KEY_EXCHANGE, *ADDITIONAL)

    def section(self) -> dict[str, str]:
        """Return the keys of an SA's section, for what was chosen."""
        first = {each.kind: each for each in reversed(self.algorithms)}
        section = {}
        for kind, key in _SECTION.items():
            if kind in first and (kind != ESN or first[kind].name == EXTENDED):
                section[key] = "1" if kind == ESN else first[kind].name
            if kind == ENCRYPTION and kind in first and first[kind].bits:
                section["encr-keysize"] = str(first[kind].bits)
        return section

    def __str__(self) -> str:
        return f"{self.protocol}:{'/'.join(map(str, self.algorithms))}"


_SECTION = {ENCRYPTION: "encr-alg", INTEGRITY: "integ-alg", PRF: "prf-alg"}
_SECTION |= {KEY_EXCHANGE: "dh-group"} | {kind: f"ake{kind[2:]}" for kind in ADDITIONAL}
_SECTION |= {ESN: "esn"}


def parse(protocol: str, text: str, version: Version = (5, 9, 8)) -> Proposal:
    """Read a proposal; raises Unacceptable with what charon logs."""
    algorithms = []
    for keyword in tokens(text, "-"):
        found = algorithm(keyword, version)
        if found is None:
            raise Unacceptable(f"algorithm '{keyword}' not recognized")
        algorithms.append(found)
    if not algorithms:
        raise Unacceptable
    return _CHECKS[protocol](_proposal(protocol, algorithms))


def defaults(protocol: str, version: Version = (5, 9, 8)) -> list[Proposal]:
    """Return the proposals of a connection that gives none."""
    # Since 6.0, CHILD_SAs may have a key exchange without being told so.
    exchanges = f"{_EXCHANGES}-none" if protocol != "IKE" and version >= (6, 0, 0) else ""
    return [parse(protocol, text + exchanges, version) for text in _DEFAULTS[protocol]]


def select(ours: list[Proposal], theirs: list[Proposal]) -> Proposal | None:
    """Return the first of ours that the peer has in common with us, an algorithm of each kind."""
    pairs = ((one, other) for one in ours for other in theirs if one.protocol == other.protocol)
    return next((both for one, other in pairs if (both := _common(one, other))), None)


def _common(one: Proposal, other: Proposal) -> Proposal | None:
    chosen: list[Algorithm] = []
    for kind in KINDS:
        if kind == INTEGRITY and any(each.aead for each in chosen):
            continue
        mine = [each for each in one.of(kind) if not _taken(each, chosen)]
        its = other.of(kind)
        both = [each for each in mine if each in its]
        if both:
            chosen += both[:1]
        elif (mine or its) and not _may_lack(kind, one, mine or its, not mine or not its):
            return None
    return Proposal(one.protocol, tuple(each for each in chosen if each.name != NO_KEY_EXCHANGE))


def _taken(one: Algorithm, chosen: list[Algorithm]) -> bool:
    """Tell whether it is a key exchange that is done already."""
    return one.kind in ADDITIONAL and one.name in {each.name for each in chosen}


def _may_lack(kind: str, one: Proposal, rest: list[Algorithm], absent: bool) -> bool:
    """Tell whether a kind may be left out because one side does not have it at all."""
    optional = kind in ADDITIONAL or (kind == KEY_EXCHANGE and one.protocol != "IKE")
    return optional and absent and any(each.name == NO_KEY_EXCHANGE for each in rest)


def _proposal(protocol: str, algorithms: list[Algorithm]) -> Proposal:
    return Proposal(protocol, tuple(sorted(algorithms, key=lambda each: KINDS.index(each.kind))))


def _with(proposal: Proposal, *more: Algorithm) -> Proposal:
    return _proposal(proposal.protocol, [*proposal.algorithms, *more])


def _check_ike(proposal: Proposal) -> Proposal:
    if not proposal.of(PRF):
        known = [_PRF_OF[each.name] for each in proposal.of(INTEGRITY) if each.name in _PRF_OF]
        proposal = _with(proposal, *(Algorithm(PRF, name) for name in known))
    if not proposal.of(PRF):
        raise Unacceptable("a PRF algorithm is mandatory in IKE proposals")
    none = Algorithm(KEY_EXCHANGE, NO_KEY_EXCHANGE)
    proposal = _proposal("IKE", [each for each in proposal.algorithms if each != none])
    if not proposal.of(KEY_EXCHANGE):
        raise Unacceptable("a DH group is mandatory in IKE proposals")
    return _check_encryption(proposal)


def _check_esp(proposal: Proposal) -> Proposal:
    return _with_sequence_numbers(_check_encryption(proposal.without(PRF)))


def _check_ah(proposal: Proposal) -> Proposal:
    names = {
        each: f"AES_{each.bits}_GMAC" for each in proposal.of(ENCRYPTION) if "GMAC" in each.name
    }
    integrity = [
        Algorithm(INTEGRITY, names[each]) if each in names else each
        for each in proposal.algorithms
        if each.kind not in (ENCRYPTION, PRF) or each in names
    ]
    proposal = _proposal("AH", integrity)
    if not proposal.of(INTEGRITY):
        raise Unacceptable("an integrity algorithm is mandatory in AH proposals")
    return _with_sequence_numbers(proposal)


def _check_encryption(proposal: Proposal) -> Proposal:
    protocol, aead = proposal.protocol, {each.aead for each in proposal.of(ENCRYPTION)}
    if not aead:
        raise Unacceptable(f"an encryption algorithm is mandatory in {protocol} proposals")
    if len(aead) > 1:
        raise Unacceptable(
            "classic and combined-mode (AEAD) encryption algorithms can't be contained in the "
            f"same {protocol} proposal"
        )
    if aead == {True}:
        return proposal.without(INTEGRITY)
    if protocol == "IKE" and not proposal.of(INTEGRITY):
        raise Unacceptable(
            "an integrity algorithm is mandatory in IKE proposals with classic (non-AEAD) "
            "encryption algorithms"
        )
    return proposal


def _with_sequence_numbers(proposal: Proposal) -> Proposal:
    return proposal if proposal.of(ESN) else _with(proposal, Algorithm(ESN, NOT_EXTENDED))


_CHECKS = {"IKE": _check_ike, "ESP": _check_esp, "AH": _check_ah}
