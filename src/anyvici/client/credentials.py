"""Commands about certificates, keys and secrets."""

from anyvici.client.commands import Commands
from anyvici.client.leased import Items
from anyvici.client.parameters import one_of, request
from anyvici.config.check import check_cert, check_key, check_shared, check_token
from anyvici.models.credentials import Certificate
from anyvici.models.enums import CertificateFlag, CertificateType

_TYPES = frozenset(CertificateType) | {"ANY", "x509ca", "x509ocsp", "x509aa", "x509ac", "x509crl"}
_FLAGS = frozenset(CertificateFlag) | {"ANY"}


class CredentialCommands(Commands):
    """load-, unload-, list- and get- of certificates, private keys and secrets."""

    def list_certs(
        self, *, type: str | None = None, flag: str | None = None, subject: str | None = None
    ) -> Items[Certificate]:
        """List the certificates of all kinds, or of one; `flag` (CA, AA, OCSP) is for X509 only.

        A certificate above 65535 octets, a large CRL for one, is left out by the daemon.
        """
        message = request(
            "list-certs",
            type=type and one_of("list-certs: type", type, _TYPES),
            flag=flag and one_of("list-certs: flag", flag, _FLAGS),
            subject=subject,
        )
        return self._list("list-certs", "list-cert", message, Certificate.from_octets)

    async def load_cert(self, *, type: str, data: bytes | str, flag: str | None = None) -> None:
        """Load a certificate, PEM or DER; of several in one PEM text the daemon takes the first.

        `type` is X509, X509_AC, X509_CRL, OCSP_RESPONSE or PUBKEY; `flag` NONE, CA, AA or OCSP.
        """
        await self._call("load-cert", check_cert(type=type, data=data, flag=flag))

    async def flush_certs(self, *, type: str | None = None) -> None:
        """Forget cached certificates, all of them or of one type."""
        message = request("flush-certs", type=type and one_of("flush-certs: type", type, _TYPES))
        await self._call("flush-certs", message)

    async def load_key(self, *, type: str, data: bytes | str) -> str:
        """Load an unencrypted private key (PKCS#1 or PKCS#8, PEM or DER) and return its id.

        `type` is any, rsa, ecdsa, dsa, ed25519 or ed448; the id is 40 hex digits (charon 5.5.3).
        """
        return str((await self._call("load-key", check_key(type=type, data=data))).get("id", ""))

    async def unload_key(self, id: str) -> None:
        """Drop a private key by its id, 40 hex digits."""
        await self._call("unload-key", request("unload-key", id=id))

    async def get_keys(self) -> list[str]:
        """Return the ids of the private keys that were loaded over VICI."""
        return list((await self._call("get-keys"))["keys"])

    async def load_token(
        self,
        *,
        handle: str,
        slot: int | None = None,
        module: str | None = None,
        pin: str | None = None,
    ) -> str:
        """Load a private key that is on a token, by its CKA_ID in hex, and return its id."""
        message = check_token(handle=handle, slot=slot, module=module, pin=pin)
        return str((await self._call("load-token", message)).get("id", ""))

    async def load_shared(
        self,
        *,
        type: str,
        data: bytes | str,
        owners: list[str] | None = None,
        id: str | None = None,
    ) -> None:
        """Load a secret for the identities in `owners`; without any, it is for everybody.

        `type` is IKE (a PSK), EAP, XAUTH, NTLM or PPK, `data` the secret itself: the forms 0x...
        and 0s... of swanctl.conf are not decoded. Loaded with an `id` it replaces the one of this
        id, and can be unloaded; without, secrets add up.
        """
        await self._call("load-shared", check_shared(type=type, data=data, owners=owners, id=id))

    async def unload_shared(self, id: str) -> None:
        """Drop a secret by its id; one that is not known is not an error to the daemon."""
        await self._call("unload-shared", request("unload-shared", id=id))

    async def get_shared(self) -> list[str]:
        """Return the ids of the secrets that have one."""
        return list((await self._call("get-shared"))["keys"])

    async def clear_creds(self) -> None:
        """Drop every certificate, key and secret that was loaded over VICI, whoever loaded it."""
        await self._call("clear-creds")
