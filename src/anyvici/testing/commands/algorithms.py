"""The algorithms of a charon with a usual choice of plugins: what get-algorithms tells."""

from collections.abc import Callable

from anyvici.testing.gateway import Gateway
from anyvici.testing.requests import Request
from anyvici.wire.message import Message

# By kind and by plugin. A charon lists them in the order in which its plugins are loaded.
_ALGORITHMS = {
    "encryption": {"aes": "AES_CBC AES_ECB"},
    "integrity": {
        "hmac": "HMAC_SHA1_96 HMAC_SHA1_128 HMAC_SHA1_160 HMAC_MD5_96 HMAC_MD5_128 "
        "HMAC_SHA2_256_128 HMAC_SHA2_256_256 HMAC_SHA2_384_192 HMAC_SHA2_384_384 "
        "HMAC_SHA2_512_256 HMAC_SHA2_512_512",
    },
    "aead": {},
    "hasher": {
        "sha1": "HASH_SHA1",
        "md5": "HASH_MD5",
        "sha2": "HASH_SHA2_224 HASH_SHA2_256 HASH_SHA2_384 HASH_SHA2_512",
        "curve25519": "HASH_IDENTITY",
    },
    "prf": {
        "sha1": "PRF_KEYED_SHA1",
        "hmac": "PRF_HMAC_SHA1 PRF_HMAC_MD5 PRF_HMAC_SHA2_256 PRF_HMAC_SHA2_384 PRF_HMAC_SHA2_512",
    },
    "xof": {},
    "kdf": {"kdf": "KDF_PRF KDF_PRF_PLUS"},
    "drbg": {},
    "dh": {
        "gmp": "MODP_3072 MODP_4096 MODP_6144 MODP_8192 MODP_2048 MODP_2048_224 MODP_2048_256 "
        "MODP_1536 MODP_1024 MODP_1024_160 MODP_768 MODP_CUSTOM",
        "curve25519": "CURVE_25519",
    },
    "rng": {"random": "RNG_STRONG RNG_TRUE"},
    "nonce-gen": {"nonce": "NONCE_GEN"},
}


def get_algorithms(gateway: Gateway, _request: Request) -> Message:
    """Answer get-algorithms; since 6.0 key exchanges are called so."""
    renamed = {"dh": "ke"} if gateway.version >= (6, 0, 0) else {}
    return {renamed.get(kind, kind): _listed(plugins) for kind, plugins in _ALGORITHMS.items()}


def _listed(plugins: dict[str, str]) -> Message:
    return {name: plugin for plugin, names in plugins.items() for name in names.split()}


COMMANDS: dict[str, Callable[[Gateway, Request], Message]] = {"get-algorithms": get_algorithms}
