"""What there is on a gateway that is measured: IKE_SAs, and connections."""

from typing import Any

from anyvici import Sendable


# fmt: off
def ike_sa(number: int) -> dict[str, Sendable]:
    """Return an IKE_SA with a CHILD_SA, as charon 5.9.8 tells: 54 elements, some 850 octets.

    What differs from one SA to the next on a gateway differs here, in length as well.
    """
    spi = (number * 2654435761) % (1 << 32)
    child: dict[str, Sendable] = {
        "name": "net", "uniqueid": number, "reqid": number, "state": "INSTALLED", "mode": "TUNNEL",
        "protocol": "ESP", "encap": "yes", "spi-in": f"{spi:08x}", "spi-out": f"{spi ^ 77:08x}",
        "encr-alg": "AES_CBC", "encr-keysize": 128, "integ-alg": "HMAC_SHA2_256_128",
        "bytes-in": spi // 3, "packets-in": spi // 3000, "use-in": spi % 100,
        "bytes-out": spi // 5, "packets-out": spi // 5000, "use-out": spi % 90,
        "rekey-time": spi % 3600, "life-time": spi % 3600 + 360, "install-time": spi % 3000,
        "local-ts": ["10.1.0.0/16"], "remote-ts": [f"10.{number >> 8 & 255}.{number & 255}.0/24"],
    }
    return {
        "uniqueid": number, "version": 2, "state": "ESTABLISHED",
        "local-host": "192.0.2.1", "local-port": 4500, "local-id": "moon.strongswan.org",
        "remote-host": f"198.51.{number >> 8 & 255}.{number & 255}", "remote-port": 4500,
        "remote-id": f"peer{number}.strongswan.org", "initiator": "yes",
        "initiator-spi": f"{spi:08x}{spi ^ 5:08x}", "responder-spi": f"{spi ^ 9:08x}{spi ^ 6:08x}",
        "nat-remote": "yes", "nat-any": "yes", "encr-alg": "AES_CBC", "encr-keysize": 128,
        "integ-alg": "HMAC_SHA2_256_128", "prf-alg": "PRF_HMAC_SHA2_256",
        "dh-group": "CURVE_25519", "established": spi % 20000, "rekey-time": spi % 14400,
        "child-sas": {f"net-{number}": child},
    }


def listed_conn(number: int) -> dict[str, Sendable]:
    """Return a connection as charon 5.9.8 lists it."""
    there = f"{number >> 8 & 255}.{number & 255}"
    child: dict[str, Sendable] = {
        "mode": "TUNNEL", "label": "", "rekey_time": 3600, "rekey_bytes": 0, "rekey_packets": 0,
        "dpd_action": "none", "close_action": "none",
        "local-ts": ["10.1.0.0/16"], "remote-ts": [f"10.{there}.0/24"],
    }
    return {
        "local_addrs": ["192.0.2.1"], "remote_addrs": [f"198.51.{there}"],
        "version": "IKEv2", "reauth_time": 0, "rekey_time": 14400, "dpd_delay": 30,
        "dpd_timeout": 0, "unique": "UNIQUE_NO",
        "local-1": {"class": "pre-shared key", "id": "moon.strongswan.org"},
        "remote-1": {"class": "pre-shared key", "id": f"peer{number}.strongswan.org"},
        "children": {"net": child},
    }


def conn(number: int) -> Any:
    """Return a connection as it is loaded."""
    there = f"{number >> 8 & 255}.{number & 255}"
    child = {
        "local_ts": ["10.1.0.0/16"], "remote_ts": [f"10.{there}.0/24"],
        "esp_proposals": ["aes128-sha256-curve25519"], "rekey_time": "1h",
    }
    return {
        "version": 2, "local_addrs": ["192.0.2.1"], "remote_addrs": [f"198.51.{there}"],
        "proposals": ["aes128-sha256-curve25519"], "dpd_delay": "30s",
        "local": {"auth": "psk", "id": "moon.strongswan.org"},
        "remote": {"auth": "psk", "id": f"peer{number}.strongswan.org"},
        "children": {"net": child},
    }
# fmt: on


def conns(count: int) -> dict[str, Any]:
    """Return so many connections by their names."""
    return {f"gw{number}": conn(number) for number in range(1, count + 1)}


def swanctl_conf(section: dict[str, Any]) -> str:
    """Return a section as a file in the language of swanctl.conf."""
    lines = []
    for name, value in section.items():
        if isinstance(value, dict):
            lines.append(f"{name} {{\n{swanctl_conf(value)}\n}}")
        else:
            lines.append(f"{name} = {', '.join(value) if isinstance(value, list) else value}")
    return "\n".join(lines)
