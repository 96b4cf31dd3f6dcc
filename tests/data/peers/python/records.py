"""Seals and opens records with other people's code, for whoever asks on standard input.

    records.py calculator DIR     hashlib, hmac and the `cryptography` package, put together in DIR/independent.py
    records.py tlslite            the record layer of tlslite-ng

A question is a line, and so is the answer:

    seal VERSION HASHALG ENCALG ISCLIENT SECRET PAYLOAD...     RECORD...
    open VERSION HASHALG ENCALG ISCLIENT SECRET RECORD...      PAYLOAD...

VERSION is a number; ISCLIENT says whether we are the client, SECRET is laid out as the device's `secret` takes it, and
all bytes are hexadecimal. Records are handshake records. A pair of algorithms that is not there is answered by `lacks`,
and what goes wrong by `error` and a text.
"""

import os
import struct
import sys

HANDSHAKE = 22


class Lacks(Exception):
    pass


def calculator(directory):
    """Records computed step by step."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, directory)
    import hashlib
    import hmac
    import independent as made
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    def writer(version, hash_name, name, is_client, secret):
        if version == 0x304:
            if name not in made.HIDDEN or hash_name not in ("sha256", "sha384"):
                raise Lacks
            size = hashlib.new(hash_name).digest_size
            return made.HiddenWriter(hash_name, name, secret[:size] if is_client else secret[size : 2 * size])
        if hash_name not in made.HASHES:
            raise Lacks
        keys = made.cut(secret, hash_name, name)[0 if is_client else 1 :: 2]
        return made.Writer(version, hash_name, name, *keys, os.urandom(4096))

    def seal(version, hash_name, name, is_client, secret, payloads):
        sealing = writer(version, hash_name, name, is_client, secret)
        return [sealing.record(HANDSHAKE, payload) for payload in payloads]

    def opened(theirs, cbc, record):
        """One record: by sealing the same payload again where that says all, else by undoing the steps."""
        kind, version, length = struct.unpack(">BHH", record[:5])
        body = record[5:]
        assert length == len(body) and kind == HANDSHAKE and version == theirs.version
        mac_len = made.HASHES[theirs.hash_name]
        if cbc is not None:
            block = made.CIPHERS[theirs.name][2]
            plain = cbc.update(body)
            if theirs.version >= 0x302:
                plain = plain[block:]
            padding = plain[-1] + 1
            assert plain[-padding:] == bytes([padding - 1]) * padding, "padding"
            payload, got = plain[: -padding - mac_len], plain[len(plain) - padding - mac_len : len(plain) - padding]
            aad = struct.pack(">QB", theirs.seq, kind)
            aad += b"" if version == 0x300 else struct.pack(">H", version)
            aad += struct.pack(">H", len(payload))
            wanted = made.mac(theirs.hash_name, version, theirs.mac_key, aad, payload)
            assert hmac.compare_digest(wanted, got), "mac"
            theirs.seq += 1
            return payload
        if "gcm" in theirs.name:
            explicit = body[:8]
            payload_len = len(body) - 24
            aad = struct.pack(">QB", theirs.seq, kind)
            aad += b"" if version == 0x300 else struct.pack(">H", version)
            aad += struct.pack(">H", payload_len)
            theirs.seq += 1
            return made.AESGCM(theirs.key).decrypt(theirs.iv + explicit, body[8:], aad)
        # A keystream comes off by sealing zeros; the whole record then comes out again, or it was not theirs.
        tag_len = 16 if theirs.name.endswith("_aead") else mac_len
        payload_len = len(body) - tag_len
        state = theirs.seq
        stream = body[:payload_len]
        if theirs.name == "rc4_128":
            keystream = theirs.rc4.update(b"\0" * len(body))
            stream = bytes(x ^ y for x, y in zip(body, keystream))[:payload_len]
            aad = struct.pack(">QB", state, kind)
            aad += b"" if version == 0x300 else struct.pack(">H", version)
            aad += struct.pack(">H", payload_len)
            wanted = stream + made.mac(theirs.hash_name, version, theirs.mac_key, aad, stream)
            assert bytes(x ^ y for x, y in zip(wanted, keystream)) == body, "mac"
            theirs.seq += 1
            return stream
        if theirs.name != "clear":
            zeros = theirs.record(HANDSHAKE, b"\0" * payload_len)[5 : 5 + payload_len]
            stream = bytes(x ^ y for x, y in zip(stream, zeros))
            theirs.seq = state
        assert theirs.record(HANDSHAKE, stream) == record, "mac"
        return stream

    def open_all(version, hash_name, name, is_client, secret, records):
        theirs = writer(version, hash_name, name, not is_client, secret)
        if version == 0x304:
            opened_all = [theirs.opened(record) for record in records]
            assert all(kind == HANDSHAKE for kind, _ in opened_all)
            return [payload for _, payload in opened_all]
        cbc = None
        if name.endswith("_cbc"):
            algorithm = made.TripleDES(theirs.key) if name.startswith("3des") else made.AES(theirs.key)
            cbc = Cipher(algorithm, modes.CBC(theirs.iv)).decryptor()
        return [opened(theirs, cbc, record) for record in records]

    return seal, open_all


def tlslite():
    """tlslite-ng's record layer, given its keys directly: its suites are fewer than the pairs of algorithms."""
    import tlslite.recordlayer as layer
    from tlslite.messages import Message
    # Its own names for the hashes: by them it tells MD5 from the others.
    from tlslite.utils import tlshashlib as hashlib

    ciphers = {
        "clear": (0, 0, None),
        "rc4_128": (16, 0, layer.createRC4),
        "3des_ede_cbc": (24, 8, layer.createTripleDES),
        "aes_128_cbc": (16, 16, layer.createAES),
        "aes_256_cbc": (32, 16, layer.createAES),
        "ccpoly96_aead": (32, 12, layer.createCHACHA20),
        "aes_128_gcm_aead": (16, 4, layer.createAESGCM),
        "aes_256_gcm_aead": (32, 4, layer.createAESGCM),
    }
    hashes = {"md5": (16, hashlib.md5), "sha1": (20, hashlib.sha1), "sha256": (32, hashlib.sha256)}

    class Wire:
        """A socket that holds what was sent, or gives what was received."""

        def __init__(self, received=b""):
            self.sent, self.received = b"", received

        def send(self, data):
            self.sent += bytes(data)
            return len(data)

        def recv(self, count):
            data, self.received = self.received[:count], self.received[count:]
            return data

    def connection(version, hash_name, name, is_client, secret, wire):
        is_aead = name.endswith("_aead")
        is_tls13 = version == 0x304
        if name not in ciphers or (is_aead and not is_tls13 and (version != 0x303 or hash_name != "clear")):
            raise Lacks
        if is_tls13 and not (is_aead and hash_name in ("sha256", "sha384")):
            raise Lacks
        if not is_aead and hash_name not in hashes:
            raise Lacks

        class Layer(layer.RecordLayer):
            _getCipherSettings = staticmethod(lambda suite: ciphers[name])
            _getMacSettings = staticmethod(lambda suite: (0, None) if is_aead else hashes[hash_name])

        connected = Layer(wire)
        connected.client, connected.version = bool(is_client), (version >> 8, version & 0xFF)
        if is_tls13:
            connected.tls13record = True
            # All that it takes from a suite here is the hash.
            size, suite = (32, 0x1301) if hash_name == "sha256" else (48, 0x1302)
            secrets = bytearray(secret[:size]), bytearray(secret[size : 2 * size])
            connected.calcTLS1_3PendingState(suite, *secrets, ["python"])
        else:
            layer.calc_key = lambda *words, output_length, **named: bytearray(secret[:output_length])
            connected.calcPendingStates(0, b"", b"", b"", ["python"])
        connected.changeWriteState()
        connected.changeReadState()
        return connected

    def seal(version, hash_name, name, is_client, secret, payloads):
        records = []
        wire = Wire()
        sealing = connection(version, hash_name, name, is_client, secret, wire)
        for payload in payloads:
            for _ in sealing.sendRecord(Message(HANDSHAKE, bytearray(payload))):
                pass
            records.append(wire.sent)
            wire.sent = b""
        return records

    def open_all(version, hash_name, name, is_client, secret, records):
        opening = connection(version, hash_name, name, is_client, secret, Wire(b"".join(records)))
        payloads = []
        for _ in records:
            header, payload = next(step for step in opening.recvRecord() if step not in (0, 1))
            assert header.type == HANDSHAKE
            payloads.append(bytes(payload.bytes))
        return payloads

    return seal, open_all


def main():
    verbs = dict(zip(("seal", "open"), calculator(sys.argv[2]) if sys.argv[1] == "calculator" else tlslite()))
    for line in sys.stdin:
        verb, version, hash_name, name, is_client, secret, *items = line.split()
        items = [bytes.fromhex(item) for item in items]
        secret = b"" if secret == "-" else bytes.fromhex(secret)
        try:
            result = verbs[verb](int(version, 0), hash_name, name, int(is_client), secret, items)
            print(" ".join(item.hex() for item in result), flush=True)
        except Lacks:
            print("lacks", flush=True)
        except Exception as error:
            print("error", type(error).__name__, error, flush=True)


main()
