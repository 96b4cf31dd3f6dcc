"""A TLS peer on tlslite-ng, which still speaks SSL 3.0, and on nassl, which is OpenSSL 1.0.2.

    peer.py client VERSION SUITE --port PORT [--expect CERT] [--times COUNT]
    peer.py server VERSION SUITE [--ca CERT]
    peer.py nassl VERSION SUITE --port PORT --ca CERT

VERSION is ssl3, tls1.0 to tls1.3, or ssl2 for nassl: a hello in the form of SSL 2.0 for anything newer. SUITE is a number in decimal, for nassl
a name of OpenSSL's; 0 leaves it to the peer. --cert and --key are what is shown, --expect the certificate that must be shown, a server's --ca
the authority of those that it wants to see. --group leaves one group, --secret NAME DIGITS takes the place of certificates, --update begins a
KeyUpdate before a request or an answer is complete. --bound has a digit for each connection, the last one for all that come after it: with 0
our hello says nothing of an extended master secret, whatever a session has.

A client sends one HTTP/1.0 request and copies the answer, COUNT times with the sessions of those before; a server says its port and answers
such requests. Facts go to standard output one a line, before an empty line; a failure goes to standard error and makes the exit code 1.

ChaCha20 of the draft: tlslite-ng has the suites of draft-ietf-tls-chacha20-poly1305-00, which have other numbers and another form than those
that Google, BoringSSL and 9front had (draft-agl-tls-chacha20poly1305-04: 0xCC13 to 0xCC15, no IV, nothing padded under Poly1305). The latter are
put in their place here, on tlslite-ng's own ChaCha20 and Poly1305.
"""

import argparse
import itertools
import os
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

VERSIONS = {"ssl3": (3, 0), "tls1.0": (3, 1), "tls1.1": (3, 2), "tls1.2": (3, 3), "tls1.3": (3, 4)}
NAMES = {(3, 0): "SSLv3", (3, 1): "TLSv1", (3, 2): "TLSv1.1", (3, 3): "TLSv1.2", (3, 4): "TLSv1.3"}
REQUEST = b"GET / HTTP/1.0\r\n\r\n"


def googles_draft():
    """Puts the draft's suites in the place of the others."""
    from tlslite.constants import CipherSuite
    from tlslite.recordlayer import RecordLayer
    from tlslite.utils.chacha import ChaCha
    from tlslite.utils.chacha20_poly1305 import CHACHA20_POLY1305
    from tlslite.utils.poly1305 import Poly1305

    class Draft(CHACHA20_POLY1305):
        def __init__(self, key):
            super().__init__(key, "python")

        def sum(self, nonce, ciphertext, data):
            lens = [struct.pack("<Q", len(part)) for part in (data, ciphertext)]
            return Poly1305(self.poly1305_key_gen(self.key, nonce)).create_tag(data + lens[0] + ciphertext + lens[1])

        def seal(self, nonce, plaintext, data):
            ciphertext = ChaCha(self.key, nonce, counter=1).encrypt(plaintext)
            return ciphertext + self.sum(nonce, ciphertext, data)

        def open(self, nonce, sealed, data):
            ciphertext, tag = sealed[:-16], sealed[-16:]
            if len(tag) != 16 or tag != self.sum(nonce, ciphertext, data):
                return None
            return ChaCha(self.key, nonce, counter=1).encrypt(ciphertext)

    old, new = (0xCCA1, 0xCCA2, 0xCCA3), (0xCC13, 0xCC14, 0xCC15)
    for suites in vars(CipherSuite).values():
        if isinstance(suites, list):
            suites[:] = [new[old.index(suite)] if suite in old else suite for suite in suites]
    for a, b in zip(old, new):
        CipherSuite.ietfNames[b] = "draft %x" % b
    settings = RecordLayer._getCipherSettings

    def with_draft(suite):
        if suite in new:
            return 32, 0, lambda key, implementations: Draft(key)
        return settings(suite)

    RecordLayer._getCipherSettings = staticmethod(with_draft)
    nonce = RecordLayer._getNonce

    def with_zeros(self, state, seqnum):
        if isinstance(state.encContext, Draft):
            return bytearray(4) + seqnum
        return nonce(self, state, seqnum)

    RecordLayer._getNonce = with_zeros


def settings(typed, nth):
    """Handshake settings as they were typed, for the nth connection."""
    from tlslite.constants import CipherSuite
    from tlslite.handshakesettings import HandshakeSettings

    made = HandshakeSettings()
    version, suite = typed.version, int(typed.suite)
    if typed.group:
        made.eccCurves = [typed.group]
        # A server needs no share of its own, and a client's is another one's if there is a second hello.
        made.keyShares = [typed.group] if typed.role == "client" else []
    if typed.secret:
        name, digits = typed.secret
        made.pskConfigs = [(name.encode(), bytearray.fromhex(digits), "sha256")]
    # As client it would compress its certificate for whoever takes that it can uncompress the server's (RFC 8879 §3 has the server ask).
    made.certificate_compression_send = []
    made.minVersion = made.maxVersion = VERSIONS[version]
    if version != "tls1.3":
        made.versions = [VERSIONS[version]]
    if suite:
        kinds = [
            ("ecdhe_ecdsa", CipherSuite.ecdheEcdsaSuites),
            ("ecdhe_rsa", CipherSuite.ecdheCertSuites),
            ("dhe_rsa", CipherSuite.dheCertSuites),
            ("rsa", CipherSuite.certSuites),
        ]
        made.cipherNames = [CipherSuite.canonicalCipherName(suite)]
        made.macNames = [CipherSuite.canonicalMacName(suite) or "aead"]
        made.keyExchangeNames = [name for name, suites in kinds if suite in suites] or made.keyExchangeNames
    # It would agree on both in SSL 3.0 too, which has no extensions of its own.
    made.useEncryptThenMAC = version != "ssl3"
    made.useExtendedMasterSecret = version != "ssl3" and is_bound(typed, nth)
    return made


def is_bound(typed, nth):
    """Whether the nth connection may have an extended master secret."""
    return typed.bound[min(nth, len(typed.bound) - 1)] == "1"


def without_binding(create):
    """Makes a ServerHello without the extension, which tlslite-ng would send with every session that has it."""
    from tlslite.constants import ExtensionType

    def without(self, *words, **named):
        made = create(self, *words, **named)
        made.extensions = [ext for ext in made.extensions or [] if ext.extType != ExtensionType.extended_master_secret]
        return made

    return without


def told(connection):
    from tlslite.constants import CipherSuite

    version, suite = NAMES[connection.version], connection.session.cipherSuite
    return version, CipherSuite.ietfNames.get(suite, str(suite))


def kept(connection):
    """What became of a session, in mod_ssl's words."""
    return "Resumed" if connection.resumed else "Initial"


def shown(file):
    """A chain of certificates."""
    from tlslite.api import X509CertChain

    chain = X509CertChain()
    chain.parsePemList(open(file).read())
    return chain


def own(typed):
    """A chain and its key, or nothing to show."""
    from tlslite.api import parsePEMKey

    if not typed.cert:
        return None, None
    return shown(typed.cert), parsePEMKey(open(typed.key).read(), private=True)


def update(connection):
    """Begins a KeyUpdate, and asks for the other side's."""
    from tlslite.constants import KeyUpdateMessageType

    for _ in connection.send_keyupdate_request(KeyUpdateMessageType.update_requested):
        pass


def client(typed):
    session = None
    for nth in range(typed.times):
        session = visit(typed, nth, session)


def visit(typed, nth, session):
    """The nth connection, which may go on with a session; gives what to go on with the next time."""
    from tlslite.api import TLSConnection

    connection = TLSConnection(socket.create_connection(("127.0.0.1", typed.port), 20))
    connection.closeSocket = True
    chain, key = own(typed)
    connection.handshakeClientCert(chain, key, session=session, settings=settings(typed, nth), serverName="localhost")
    # Whoever goes on with a session was looked at when it began, and shows nothing in TLS 1.3; nor does who has a secret.
    if typed.expect and not connection.resumed:
        if connection.session.serverCertChain.x509List[0].bytes != shown(typed.expect).x509List[0].bytes:
            raise ValueError("another certificate")
    print("version %s\nsuite %s" % told(connection))
    print("session %s\n" % kept(connection), flush=True)
    connection.write(REQUEST[:-2])
    if typed.update:
        update(connection)
    connection.write(REQUEST[-2:])
    while True:
        data = connection.recv(4096)
        if not data:
            break
        sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
    connection.close()
    return connection.session


def verify(connection, typed):
    """tlslite-ng checks that a client has the key of what it shows; that an authority signed that, `openssl verify` says."""
    if not typed.ca:
        return
    chain = connection.session.clientCertChain
    if chain is None:
        raise ValueError("no certificate")
    with tempfile.NamedTemporaryFile("w") as file:
        file.writelines(ssl.DER_cert_to_PEM_cert(bytes(certificate.bytes)) for certificate in chain.x509List)
        file.flush()
        asked = ["openssl", "verify", "-CAfile", typed.ca, "-untrusted", file.name, file.name]
        subprocess.run(asked, check=True, capture_output=True)


def server(typed):
    from tlslite.api import TLSConnection
    from tlslite.messages import ServerHello

    chain, private = own(typed)
    keys, create = [bytearray(os.urandom(32))], ServerHello.create
    listener = socket.create_server(("127.0.0.1", 0))
    print("port %d" % listener.getsockname()[1], flush=True)
    for nth in itertools.count():
        made = settings(typed, nth)
        made.ticketKeys = keys
        tcp, _ = listener.accept()
        ServerHello.create = create if is_bound(typed, nth) else without_binding(create)
        tcp.settimeout(20)
        connection = TLSConnection(tcp)
        try:
            connection.handshakeServer(certChain=chain, privateKey=private, settings=made, reqCert=typed.ca is not None)
            verify(connection, typed)
            asked = bytearray()
            while not asked.endswith(b"\r\n\r\n"):
                asked += connection.recv(1)
            if typed.update:
                update(connection)
            words = (*told(connection), kept(connection))
            connection.write(b"HTTP/1.0 200 OK\r\n\r\n%s %s session %s\n" % tuple(word.encode() for word in words))
            connection.close()
        except Exception as error:
            print("tlslite: %r" % error, file=sys.stderr, flush=True)


def nassl(typed):
    from nassl.legacy_ssl_client import LegacySslClient
    from nassl.ssl_client import OpenSslVerifyEnum, OpenSslVersionEnum

    version, own = typed.version, {}
    versions = {"ssl2": "SSLV23", "ssl3": "SSLV3", "tls1.0": "TLSV1", "tls1.1": "TLSV1_1", "tls1.2": "TLSV1_2"}
    tcp = socket.create_connection(("127.0.0.1", typed.port), 20)
    if typed.cert:
        own = {"client_certificate_chain": Path(typed.cert), "client_key": Path(typed.key)}
    tls = LegacySslClient(
        ssl_version=OpenSslVersionEnum[versions[version]],
        underlying_socket=tcp,
        ssl_verify=OpenSslVerifyEnum.PEER,
        ssl_verify_locations=Path(typed.ca),
        **own,
    )
    # With a suite of SSL 2.0 on the list the hello is in its form; no server here takes that suite.
    tls.set_cipher_list(typed.suite + (":RC4-MD5:DES-CBC3-MD5:RC2-CBC-MD5" if version == "ssl2" else ""))
    if version not in ("ssl2", "ssl3"):
        tls.set_tlsext_host_name("localhost")
    tls.do_handshake()
    # It does not tell the version; the server's answer does.
    print("suite %s\n" % tls.get_current_cipher_name(), flush=True)
    tls.write(REQUEST)
    # Its read wants bytes from the socket before it gives what it has; so the end is an error with something behind it.
    for read in (tls.read, tls._ssl.read):
        try:
            while True:
                sys.stdout.buffer.write(read(4096))
        except Exception:
            pass
    sys.stdout.flush()


def main():
    roles = {"client": client, "server": server, "nassl": nassl}
    flags = argparse.ArgumentParser()
    flags.add_argument("role", choices=roles)
    flags.add_argument("version")
    flags.add_argument("suite")
    flags.add_argument("--port", type=int)
    flags.add_argument("--times", type=int, default=1)
    for name in ("cert", "key", "ca", "expect", "group"):
        flags.add_argument("--" + name)
    flags.add_argument("--secret", nargs=2)
    flags.add_argument("--bound", default="1")
    flags.add_argument("--update", action="store_true")
    typed = flags.parse_args()
    try:
        if typed.role != "nassl":
            googles_draft()
        roles[typed.role](typed)
    except Exception as error:
        print("%s: %r" % ("nassl" if typed.role == "nassl" else "tlslite", error), file=sys.stderr)
        sys.exit(1)


main()
