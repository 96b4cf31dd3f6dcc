"""Carries the ciphertext of a connection whose directory is given: knows no TLS, and hands nobody a socket.

usage: carrier.py DIR PORT      listens at PORT of the loopback address (0: a free one, which is printed) for one peer
"""

import os
import socket
import sys
import threading

directory, port = sys.argv[1], int(sys.argv[2])
listener = socket.create_server(("127.0.0.1", port))
with open(os.path.join(directory, "ctl"), "wb", buffering=0) as ctl:
    ctl.write(b"wire 0x303")
print(listener.getsockname()[1], flush=True)
peer, _ = listener.accept()
# Apart, so that the peer's end can be told by a close.
to_peer = os.open(os.path.join(directory, "wire"), os.O_RDONLY)
from_peer = os.open(os.path.join(directory, "wire"), os.O_WRONLY)


def upstream():
    try:
        while chunk := peer.recv(65536):
            os.write(from_peer, chunk)
    except OSError:
        pass  # the connection is over
    os.close(from_peer)


reader = threading.Thread(target=upstream)
reader.start()
while chunk := os.read(to_peer, 65536):
    peer.sendall(chunk)
peer.shutdown(socket.SHUT_WR)
reader.join()
