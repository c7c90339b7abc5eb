"""TLS towards a server whose certificate is verified, host name included."""

import ssl


def client_context(ca_file: str | None) -> ssl.SSLContext:
    """Return a context that trusts `ca_file`, or the system's authorities. Raises OSError."""
    context = ssl.create_default_context(cafile=ca_file)
    context.sslsocket_class = _TidySocket
    return context


class _TidySocket(ssl.SSLSocket):
    """Closes itself when the other end is not who it should be: paho leaves it open."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - the base class's signature
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise
