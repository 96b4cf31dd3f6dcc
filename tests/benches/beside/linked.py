"""OpenSSL linked into one program: Python's ssl module sends bytes from one process to another over TCP and prints their rate.

usage: linked.py cert key bytes version
Pieces of 1 MiB are written; what comes is read into one place. The rate is in 1e6 bytes a second.
"""
import os, socket, ssl, sys, time

cert, key, length, version = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
listener = socket.create_server(("127.0.0.1", 0))
PIECE = bytes(1 << 20)


def context(purpose):
    made = ssl.SSLContext(purpose)
    made.minimum_version = made.maximum_version = getattr(ssl.TLSVersion, version)
    if version == "TLSv1_2":
        made.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
    return made


child = os.fork()
if child == 0:
    sending = context(ssl.PROTOCOL_TLS_CLIENT)
    sending.check_hostname, sending.verify_mode = False, ssl.CERT_NONE
    tls = sending.wrap_socket(socket.create_connection(listener.getsockname()))
    tls.recv(1)
    for _ in range(length // len(PIECE)):
        tls.sendall(PIECE)
    tls.recv(1)
    os._exit(0)
receiving = context(ssl.PROTOCOL_TLS_SERVER)
receiving.load_cert_chain(cert, key)
tls = receiving.wrap_socket(listener.accept()[0], server_side=True)
room, left = bytearray(1 << 20), length
begun = time.monotonic()
tls.send(b"!")
while left:
    left -= tls.recv_into(room) or sys.exit("it ended")
took = time.monotonic() - begun
tls.send(b"!")
os.waitpid(child, 0)
print(length / 1e6 / took)
