"""Proposals: what charon 5.9.8 takes and how it prints it, and what gateways agree on."""

import pytest

from anyvici.testing.values.proposals import Proposal, Unacceptable, defaults, parse, select

PRINTED = [
    ("IKE", "aes128-sha256-modp2048", "AES_CBC_128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048"),
    (
        "IKE",
        "aes128 - sha256--modp2048-",
        "AES_CBC_128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048",
    ),
    ("IKE", "x25519-sha1-aes256", "AES_CBC_256/HMAC_SHA1_96/PRF_HMAC_SHA1/CURVE_25519"),
    ("IKE", "aes128gcm-sha256-ecp384bp", "AES_GCM_16_128/PRF_HMAC_SHA2_256/ECP_384_BP"),
    ("IKE", "aes192ccm96-prfmd5-none-ecp256", "AES_CCM_12_192/PRF_HMAC_MD5/ECP_256"),
    (
        "IKE",
        "3des-md5-md5_128-modp768",
        "3DES_CBC/HMAC_MD5_96/HMAC_MD5_128/PRF_HMAC_MD5/PRF_HMAC_MD5/MODP_768",
    ),
    ("IKE", "aes128gmac-prfsha256-modp2048", "NULL_AES_GMAC_128/PRF_HMAC_SHA2_256/MODP_2048"),
    (
        "IKE",
        "chacha20poly1305compat-prfaesxcbc-x448",
        "CHACHA20_POLY1305_256/PRF_AES128_XCBC/CURVE_448",
    ),
    ("ESP", "aes128-sha256", "AES_CBC_128/HMAC_SHA2_256_128/NO_EXT_SEQ"),
    ("ESP", "aes128", "AES_CBC_128/NO_EXT_SEQ"),
    ("ESP", "null-camellia256ctr-sha256_96", "NULL/CAMELLIA_CTR_256/HMAC_SHA2_256_96/NO_EXT_SEQ"),
    ("ESP", "aes256gcm16-sha1-prfsha1-ntru128", "AES_GCM_16_256/NTRU_128/NO_EXT_SEQ"),
    ("ESP", "aes128-noesn-esn-none-modp2048", "AES_CBC_128/KE_NONE/MODP_2048/NO_EXT_SEQ/EXT_SEQ"),
    ("AH", "aes128-sha256-prfsha1-esn", "HMAC_SHA2_256_128/EXT_SEQ"),
    ("AH", "aes128gmac-sha1", "AES_128_GMAC/HMAC_SHA1_96/NO_EXT_SEQ"),
]
REFUSED = [
    ("IKE", "", ""),
    ("IKE", "-", ""),
    ("IKE", "AES128-sha256-modp2048", "algorithm 'AES128' not recognized"),
    ("IKE", "aes128-sha256-modp2048-mlkem768", "algorithm 'mlkem768' not recognized"),
    ("IKE", "aes128-modp2048", "a PRF algorithm is mandatory in IKE proposals"),
    ("IKE", "aes128-sha256_96-modp2048", "a PRF algorithm is mandatory in IKE proposals"),
    ("IKE", "aes128-sha256-none", "a DH group is mandatory in IKE proposals"),
    ("IKE", "sha256-modp2048", "an encryption algorithm is mandatory in IKE proposals"),
    (
        *("IKE", "aes128-prfsha256-modp2048"),
        (
            "an integrity algorithm is mandatory in IKE proposals with classic (non-AEAD) "
            "encryption algorithms"
        ),
    ),
    (
        *("ESP", "aes128-aes128gcm"),
        (
            "classic and combined-mode (AEAD) encryption algorithms can't be contained in the "
            "same ESP proposal"
        ),
    ),
    ("ESP", "sha256", "an encryption algorithm is mandatory in ESP proposals"),
    ("ESP", "camellia128ccm", "algorithm 'camellia128ccm' not recognized"),
    ("AH", "aes128", "an integrity algorithm is mandatory in AH proposals"),
]


@pytest.mark.parametrize(("protocol", "text", "printed"), PRINTED)
def test_takes_what_charon_takes(protocol: str, text: str, printed: str) -> None:
    assert str(Proposal.parse(protocol, text)) == f"{protocol}:{printed}"


@pytest.mark.parametrize(("protocol", "text", "reason"), REFUSED)
def test_refuses_what_charon_refuses(protocol: str, text: str, reason: str) -> None:
    with pytest.raises(Unacceptable) as error:
        parse(protocol, text)
    assert str(error.value) == reason
    assert Proposal.parse(protocol, text) is None


def test_there_are_new_key_exchanges_since_6() -> None:
    recent = (6, 0, 6)
    proposal = parse("IKE", "aes128-sha256-x25519-ke1_mlkem768-ke2_none", recent)
    assert str(proposal).endswith("/CURVE_25519/KE1_ML_KEM_768/KE2_KE_NONE")
    assert Proposal.parse("IKE", "aes128-sha256-ntru128", recent) is None
    assert Proposal.parse("IKE", "aes128-sha256-x25519-ke1_sha1", recent) is None


def test_the_defaults() -> None:
    gcm, cbc = map(str, defaults("ESP"))
    assert gcm == "ESP:AES_GCM_16_128/AES_GCM_16_192/AES_GCM_16_256/NO_EXT_SEQ"
    assert cbc.endswith("/HMAC_SHA1_96/AES_XCBC_96/NO_EXT_SEQ")
    (ike,) = map(str, defaults("IKE"))
    assert ike.endswith("/CURVE_25519/MODP_3072/MODP_4096/MODP_6144/MODP_8192/MODP_2048")
    assert str(defaults("ESP", (6, 0, 6))[0]).endswith("/MODP_2048/KE_NONE/NO_EXT_SEQ")


def proposals(protocol: str, *texts: str) -> list[Proposal]:
    return [parse(protocol, text) for text in texts]


AGREED = [
    (["aes128-aes256-sha1"], ["aes256-aes128-sha256-sha1"], "AES_CBC_128/HMAC_SHA1_96/NO_EXT_SEQ"),
    (
        ["aes128-sha256-esn-noesn"],
        ["aes128-sha256-noesn-esn"],
        "AES_CBC_128/HMAC_SHA2_256_128/EXT_SEQ",
    ),
    (["aes256-sha1", "aes128-sha1"], ["aes128-sha1"], "AES_CBC_128/HMAC_SHA1_96/NO_EXT_SEQ"),
    (["aes128-sha1-none-x25519"], ["aes128-sha1"], "AES_CBC_128/HMAC_SHA1_96/NO_EXT_SEQ"),
    (["aes128-sha1"], ["aes128-sha1-x25519-none"], "AES_CBC_128/HMAC_SHA1_96/NO_EXT_SEQ"),
    (["aes128-sha1-x25519"], ["aes128-sha1"], None),
    (["aes128-sha1-esn"], ["aes128-sha1"], None),
    (["aes128gcm"], ["aes128-sha1"], None),
    (["aes128"], ["aes128-sha1"], None),
]


@pytest.mark.parametrize(("ours", "theirs", "agreed"), AGREED)
def test_agrees_on_one_algorithm_of_each_kind(
    ours: list[str], theirs: list[str], agreed: str | None
) -> None:
    found = select(proposals("ESP", *ours), proposals("ESP", *theirs))
    assert (found and str(found)) == (agreed and f"ESP:{agreed}")


def test_protocols_do_not_agree() -> None:
    assert select(proposals("AH", "sha1"), proposals("ESP", "aes128-sha1")) is None


def test_the_first_child_exchanges_no_keys() -> None:
    (proposal,) = proposals("ESP", "aes128-sha1-x25519-none")
    assert str(proposal.without_ke()) == "ESP:AES_CBC_128/HMAC_SHA1_96/NO_EXT_SEQ"


@pytest.mark.parametrize(
    ("protocol", "text", "section"),
    [
        (
            *("IKE", "aes128-sha256-x25519"),
            {
                "encr-alg": "AES_CBC",
                "encr-keysize": "128",
                "integ-alg": "HMAC_SHA2_256_128",
                "prf-alg": "PRF_HMAC_SHA2_256",
                "dh-group": "CURVE_25519",
            },
        ),
        ("ESP", "chacha20poly1305-esn", {"encr-alg": "CHACHA20_POLY1305", "esn": "1"}),
        ("ESP", "null-sha1-noesn", {"encr-alg": "NULL", "integ-alg": "HMAC_SHA1_96"}),
    ],
)
def test_the_keys_of_an_sa(protocol: str, text: str, section: dict[str, str]) -> None:
    assert list(parse(protocol, text).section().items()) == list(section.items())
