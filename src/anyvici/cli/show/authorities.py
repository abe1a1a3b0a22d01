"""Certification authorities: a name, and what is known of it behind it."""

from collections.abc import Callable

from anyvici import Authority
from anyvici.cli.output import Output
from anyvici.cli.show.details import Details
from anyvici.cli.text import safe


def authority_lines(output: Output) -> Callable[[Authority], str]:
    """Return what makes lines of an authority."""
    details = Details(output, title=13)

    def lines(authority: Authority) -> str:
        facts = {
            "cacert": authority.cacert,
            "crl_uris": " ".join(authority.crl_uris),
            "ocsp_uris": " ".join(authority.ocsp_uris),
            "cert_uri_base": authority.cert_uri_base,
        }
        return "\n".join([output.paint(safe(authority.name), "bold"), *details.lines(facts)])

    return lines
