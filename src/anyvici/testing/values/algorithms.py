"""The keywords of proposals, and what charon calls the algorithms."""

import re
from typing import NamedTuple

ENCRYPTION, INTEGRITY, PRF, KEY_EXCHANGE, ESN = "encr", "integ", "prf", "ke", "esn"
ADDITIONAL = tuple(f"ke{number}" for number in range(1, 8))  # key exchanges, since 6.0
KINDS = (ENCRYPTION, INTEGRITY, PRF, KEY_EXCHANGE, ESN, *ADDITIONAL)

NO_KEY_EXCHANGE = "KE_NONE"
EXTENDED, NOT_EXTENDED = "EXT_SEQ", "NO_EXT_SEQ"


class Algorithm(NamedTuple):
    """An algorithm, and the bits of its key where that is not in its name."""

    kind: str
    name: str
    bits: int = 0

    @property
    def aead(self) -> bool:
        """Whether it does without an integrity algorithm."""
        return self.kind == ENCRYPTION and _AEAD.search(self.name) is not None

    def __str__(self) -> str:
        prefix = f"{self.kind.upper()}_" if self.kind in ADDITIONAL else ""
        return f"{prefix}{self.name}_{self.bits}" if self.bits else f"{prefix}{self.name}"


_AEAD = re.compile("_CCM_|_GCM_|GMAC|POLY1305")
_SIZED = {
    "aes": "AES_CBC",
    "blowfish": "BLOWFISH_CBC",
    "camellia": "CAMELLIA_CBC",
    "serpent": "SERPENT_CBC",
    "twofish": "TWOFISH_CBC",
}
_TAGS = {"8": "8", "64": "8", "12": "12", "96": "12", "16": "16", "128": "16", "": "16"}
_KEYWORDS = {
    ENCRYPTION: """
        null NULL;des DES_CBC;3des 3DES_CBC;cast128 CAST_CBC 128;
        chacha20poly1305 CHACHA20_POLY1305;chacha20poly1305compat CHACHA20_POLY1305 256
        """,
    INTEGRITY: """
        sha HMAC_SHA1_96;sha1 HMAC_SHA1_96;sha1_160 HMAC_SHA1_160;
        sha256 HMAC_SHA2_256_128;sha2_256 HMAC_SHA2_256_128;
        sha256_96 HMAC_SHA2_256_96;sha2_256_96 HMAC_SHA2_256_96;
        sha384 HMAC_SHA2_384_192;sha2_384 HMAC_SHA2_384_192;
        sha512 HMAC_SHA2_512_256;sha2_512 HMAC_SHA2_512_256;
        md5 HMAC_MD5_96;md5_128 HMAC_MD5_128;
        aesxcbc AES_XCBC_96;camelliaxcbc CAMELLIA_XCBC_96;aescmac AES_CMAC_96
        """,
    PRF: """
        prfsha1 PRF_HMAC_SHA1;prfsha256 PRF_HMAC_SHA2_256;prfsha384 PRF_HMAC_SHA2_384;
        prfsha512 PRF_HMAC_SHA2_512;prfmd5 PRF_HMAC_MD5;prfaesxcbc PRF_AES128_XCBC;
        prfcamelliaxcbc PRF_CAMELLIA128_XCBC;prfaescmac PRF_AES128_CMAC
        """,
    KEY_EXCHANGE: """
        none KE_NONE;modpnone KE_NONE;modpnull MODP_NULL;
        modp768 MODP_768;modp1024 MODP_1024;modp1536 MODP_1536;modp2048 MODP_2048;
        modp3072 MODP_3072;modp4096 MODP_4096;modp6144 MODP_6144;modp8192 MODP_8192;
        modp1024s160 MODP_1024_160;modp2048s224 MODP_2048_224;modp2048s256 MODP_2048_256;
        ecp192 ECP_192;ecp224 ECP_224;ecp256 ECP_256;ecp384 ECP_384;ecp521 ECP_521;
        ecp224bp ECP_224_BP;ecp256bp ECP_256_BP;ecp384bp ECP_384_BP;ecp512bp ECP_512_BP;
        curve25519 CURVE_25519;x25519 CURVE_25519;curve448 CURVE_448;x448 CURVE_448
        """,
    ESN: "noesn NO_EXT_SEQ;esn EXT_SEQ",
}
_BEFORE_6 = """
    ntru112 NTRU_112;ntru128 NTRU_128;ntru192 NTRU_192;ntru256 NTRU_256;newhope128 NEWHOPE_128
    """
_SINCE_6 = "mlkem512 ML_KEM_512;mlkem768 ML_KEM_768;mlkem1024 ML_KEM_1024"


def algorithm(keyword: str, version: tuple[int, int, int]) -> Algorithm | None:
    """Return what a keyword stands for; they are all in small letters."""
    found = _BY_KEYWORD.get(keyword)
    if found is not None:
        return found
    if version < (6, 0, 0):
        return _GONE.get(keyword)
    prefix, _, exchange = keyword.partition("_")
    if prefix in ADDITIONAL:
        plain = algorithm(exchange, version)
        fits = plain is not None and plain.kind == KEY_EXCHANGE
        return Algorithm(prefix, plain.name) if plain and fits else None
    return _NEW.get(keyword)


def _table(kind: str, text: str) -> dict[str, Algorithm]:
    entries = [entry.split() for entry in text.split(";")]
    return {entry[0]: Algorithm(kind, entry[1], int([*entry, "0"][2])) for entry in entries}


def _sized() -> dict[str, Algorithm]:
    """Return what has keys of 128, 192 or 256 bits."""
    table: dict[str, Algorithm] = {}
    for bits in (256, 192, 128):
        for family, name in _SIZED.items():
            table[family] = table[f"{family}{bits}"] = Algorithm(ENCRYPTION, name, bits)
        table[f"aes{bits}gmac"] = Algorithm(ENCRYPTION, "NULL_AES_GMAC", bits)
        for family in ("aes", "camellia"):
            table[f"{family}{bits}ctr"] = Algorithm(ENCRYPTION, f"{family.upper()}_CTR", bits)
        for keyword, name in (("aes", "AES_CCM"), ("aes", "AES_GCM"), ("camellia", "CAMELLIA_CCM")):
            mode = name[-3:].lower()
            for text, octets in _TAGS.items():
                aead = Algorithm(ENCRYPTION, f"{name}_{octets}", bits)
                table[f"{keyword}{bits}{mode}{text}"] = aead
        del table[f"camellia{bits}ccm"]  # this one is missing
    return table


_BY_KEYWORD = _sized()
for _kind, _text in _KEYWORDS.items():
    _BY_KEYWORD |= _table(_kind, _text)
_GONE = _table(KEY_EXCHANGE, _BEFORE_6)
_NEW = _table(KEY_EXCHANGE, _SINCE_6)
