"""Where the studio listens, and what follows from it: whether people sign in, which names it answers to."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import Refused

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Where:
    """`asked`: sign-in on loopback too. `called`: further host names, as a name server or a proxy gives them."""

    host: str = "127.0.0.1"
    port: int = 8000
    asked: bool = False
    cert: Path | None = None
    key: Path | None = None
    called: tuple[str, ...] = ()

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def sign_in(self) -> bool:
        return self.asked or not self.loopback

    @property
    def certificate(self) -> tuple[Path, Path] | None:
        return (self.cert, self.key) if self.cert and self.key else None

    def url(self, port: int) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.certificate else 'http'}://{host}:{port}"

    def names(self) -> frozenset[str]:
        """Host names it answers to. Anything else is a name that somebody else made point here."""
        if self.loopback:
            return LOOPBACK_NAMES | {name.lower() for name in self.called}
        own = socket.gethostname().lower()
        return LOOPBACK_NAMES | {own, f"{own.split('.')[0]}.local"} | {name.lower() for name in self.called}

    def refuse_half_a_certificate(self) -> None:
        """Raises `Refused` where encryption is asked for and cannot be had: never serve in the clear instead."""
        if (self.cert is None) != (self.key is None):
            raise Refused(
                "A certificate needs its key, and a key its certificate.", todo="Give --tls-cert and --tls-key."
            )
        for path in self.certificate or ():
            if not path.is_file():
                raise Refused(f"There is no file {path}.", todo="Name the certificate and its key as PEM files.")
        if self.certificate is not None:
            import ssl

            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*self.certificate)
            except ssl.SSLError as error:
                raise Refused(
                    f"{self.cert} and {self.key} do not belong together or are no PEM files ({error.reason}).",
                    todo="Name a certificate (with its chain) and its own key.",
                ) from error
