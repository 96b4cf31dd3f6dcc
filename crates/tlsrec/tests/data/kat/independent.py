"""Writes independent.txt and padding.txt: whole records for every algorithm, computed without this project's code.

Python's hashlib and hmac, and the `cryptography` package (OpenSSL underneath), put together as RFC 6101, RFC 2246,
RFC 4346, RFC 5246, RFC 5288, RFC 7905, RFC 8446 and draft-agl-tls-chacha20poly1305-04 say. Run it here: python3 independent.py
"""

import hashlib
import hmac
import struct
import warnings

warnings.filterwarnings("ignore")
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.ciphers.algorithms import AES, ChaCha20
from cryptography.hazmat.primitives.poly1305 import Poly1305

try:
    from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4, TripleDES
except ImportError:
    from cryptography.hazmat.primitives.ciphers.algorithms import ARC4, TripleDES

HIDDEN = ("ccpoly96_aead", "aes_128_gcm_aead", "aes_256_gcm_aead")
HASHES = {"clear": 0, "md5": 16, "sha1": 20, "sha256": 32}
CIPHERS = {  # name: key, iv, block
    "clear": (0, 0, 0),
    "rc4_128": (16, 0, 0),
    "3des_ede_cbc": (24, 8, 8),
    "aes_128_cbc": (16, 16, 16),
    "aes_256_cbc": (32, 16, 16),
    "ccpoly64_aead": (32, 0, 0),
    "ccpoly96_aead": (32, 12, 0),
    "aes_128_gcm_aead": (16, 4, 0),
    "aes_256_gcm_aead": (32, 4, 0),
}
LENGTHS = [0, 1, 15, 16, 17, 43, 44, 51, 52, 64, 100, 255, 300]


def stream(label, n):
    """Bytes that look like nothing, the same in every run."""
    return hashlib.shake_128(label.encode()).digest(n)


def mac(name, version, key, aad, text):
    if name == "clear":
        return b""
    if version == 0x300:
        pad = 48 if name == "md5" else 40
        inner = hashlib.new(name, key + b"\x36" * pad + aad + text).digest()
        return hashlib.new(name, key + b"\x5c" * pad + inner).digest()
    return hmac.new(key, aad + text, name).digest()


def old_chacha(key, seq, aad, text):
    nonce = struct.pack(">Q", seq)
    keystream = Cipher(ChaCha20(key, b"\0" * 8 + nonce), None).encryptor().update(b"\0" * 64 + text)
    cipher = Cipher(ChaCha20(key, b"\0" * 8 + nonce), None).encryptor()
    cipher.update(b"\0" * 64)
    sealed = cipher.update(text)
    poly = Poly1305(keystream[:32])
    poly.update(aad + struct.pack("<Q", len(aad)) + sealed + struct.pack("<Q", len(sealed)))
    return sealed + poly.finalize()


def expand(hash_name, secret, label, n):
    """HKDF-Expand-Label of RFC 8446, for no more bytes than the hash has."""
    label = b"tls13 " + label.encode()
    info = struct.pack(">HB", n, len(label)) + label + b"\0"
    return hmac.new(secret, info + b"\1", hash_name).digest()[:n]


class HiddenWriter:
    """The records of TLS 1.3, whose types and padding are encrypted with the content."""

    def __init__(self, hash_name, name, secret):
        self.hash_name, self.name, self.secret, self.seq = hash_name, name, secret, 0
        aead = ChaCha20Poly1305 if name == "ccpoly96_aead" else AESGCM
        self.aead = aead(expand(hash_name, secret, "key", CIPHERS[name][0]))
        self.iv = expand(hash_name, secret, "iv", 12)

    def update(self):
        next_secret = expand(self.hash_name, self.secret, "traffic upd", len(self.secret))
        self.__init__(self.hash_name, self.name, next_secret)

    def nonce(self):
        nonce = bytes(x ^ y for x, y in zip(self.iv, b"\0" * 4 + struct.pack(">Q", self.seq)))
        self.seq += 1
        return nonce

    def record(self, kind, text, padding=0):
        inner = text + bytes([kind]) + b"\0" * padding
        header = struct.pack(">BHH", 23, 0x303, len(inner) + 16)
        return header + self.aead.encrypt(self.nonce(), inner, header)

    def opened(self, record):
        inner = self.aead.decrypt(self.nonce(), record[5:], record[:5]).rstrip(b"\0")
        return inner[-1], inner[:-1]


class Writer:
    def __init__(self, version, hash_name, name, mac_key, key, iv, drawn):
        self.version, self.hash_name, self.name = version, hash_name, name
        self.mac_key, self.key, self.iv, self.drawn = mac_key, key, iv, drawn
        self.seq = 0
        if name == "rc4_128":
            self.rc4 = Cipher(ARC4(key), None).encryptor()
        if name.endswith("_cbc"):
            algorithm = TripleDES(key) if name.startswith("3des") else AES(key)
            self.cbc = Cipher(algorithm, modes.CBC(iv)).encryptor()
        if "gcm" in name:
            self.drawn = self.drawn[8:]  # the first eight are for the other direction
            self.first, self.drawn = self.drawn[:8], self.drawn[8:]

    def record(self, kind, text, padding=None):
        aad = struct.pack(">QB", self.seq, kind)
        aad += b"" if self.version == 0x300 else struct.pack(">H", self.version)
        aad += struct.pack(">H", len(text))
        seq = struct.pack(">Q", self.seq)
        xor = lambda a, b: bytes(x ^ y for x, y in zip(a, b))
        if self.name == "ccpoly64_aead":
            body = old_chacha(self.key, self.seq, aad, text)
        elif self.name == "ccpoly96_aead":
            body = ChaCha20Poly1305(self.key).encrypt(xor(self.iv, b"\0" * 4 + seq), text, aad)
        elif "gcm" in self.name:
            explicit = xor(self.first, seq)
            body = explicit + AESGCM(self.key).encrypt(self.iv + explicit, text, aad)
        else:
            body = text + mac(self.hash_name, self.version, self.mac_key, aad, text)
            block = CIPHERS[self.name][2]
            if block:
                if self.version >= 0x302:
                    body, self.drawn = self.drawn[:block] + body, self.drawn[block:]
                pad = block - len(body) % block
                body = self.cbc.update(body + (bytes([pad - 1]) * pad if padding is None else padding))
            elif self.name == "rc4_128":
                body = self.rc4.update(body)
        self.seq += 1
        return struct.pack(">BHH", kind, self.version, len(body)) + body


def cut(secret, hash_name, name):
    """The six parts of a secret: MAC key, key and IV, of each first what protects what the client sends."""
    key_len, iv_len, _ = CIPHERS[name]
    parts, at = [], 0
    for n in [HASHES[hash_name]] * 2 + [key_len] * 2 + [iv_len] * 2:
        parts.append(secret[at : at + n])
        at += n
    return parts


def main():
    records()
    hidden()
    oddities()
    paddings()


def hidden():
    """Records of TLS 1.3: two, then two under the next key."""
    out = open("hidden.txt", "w")
    out.write("# Source: independent.py beside this file (hashlib, hmac and OpenSSL by way of python3-cryptography).\n")
    out.write("# TLS 1.3: hashalg encalg isclient-of-the-writer secret unit; then four times content-type payload record.\n")
    out.write("# Content, type and padding are a multiple of the unit; the key is updated after the second record.\n")
    for row, (name, hash_name, unit) in enumerate(
        (name, hash_name, unit) for name in HIDDEN for hash_name in ("sha256", "sha384") for unit in (1, 64, 512)
    ):
        secret_len = hashlib.new(hash_name).digest_size
        secret = stream(f"traffic {row}", 2 * secret_len)
        is_client = row % 2
        writer = HiddenWriter(hash_name, name, secret[:secret_len] if is_client else secret[secret_len:])
        fields = [hash_name, name, str(is_client), secret.hex(), str(unit)]
        for nth in range(4):
            if nth == 2:
                writer.update()
            kind, n = (22, 23, 21, 23)[nth], LENGTHS[(row * 5 + nth * 3) % len(LENGTHS)]
            text = stream(f"hidden {row} {nth}", n)
            record = writer.record(kind, text, -(n + 1) % unit)
            fields += [str(kind), text.hex() or "-", record.hex()]
        out.write(" ".join(fields) + "\n")


def oddities():
    """First records of a client of TLS 1.3 that are as long as they may be, or longer, or hold little."""
    out = open("odd.txt", "w")
    out.write("# Source: independent.py beside this file (hashlib, hmac and OpenSSL by way of python3-cryptography).\n")
    out.write("# sha256 aes_128_gcm_aead, traffic secrets of 5a; the writer is the client. name alert-or-0 content-type len record\n")
    longest = stream("longest", 16385)
    for name, alert, text, kind, padding in (
        ("longest", 0, longest[:16384], 23, 0),
        ("too-long", 22, longest, 23, 0),
        ("longest-with-padding", 0, longest[:100], 23, 16384 - 100),
        ("too-long-with-padding", 22, longest[:100], 23, 16385 - 100),
        ("empty-data", 0, b"", 23, 0),
        ("padding-after-nothing", 0, b"", 23, 20),
        ("padding-alone", 10, b"", 0, 20),
        ("type-0", 10, b"", 0, 0),
        ("zeros-of-content", 0, b"\0" * 30, 22, 3),
    ):
        record = HiddenWriter("sha256", "aes_128_gcm_aead", b"\x5a" * 32).record(kind, text, padding)
        out.write(f"{name} {alert} {kind} {len(text)} {record.hex()}\n")
    writer = HiddenWriter("sha256", "aes_128_gcm_aead", b"\x5a" * 32)
    header = struct.pack(">BHH", 23, 0x303, 16)
    out.write(f"nothing 10 0 0 {(header + writer.aead.encrypt(writer.nonce(), b'', header)).hex()}\n")


def paddings():
    """Longest paddings, by a client: good ones, and with each of a few bytes changed."""
    out = open("padding.txt", "w")
    out.write("# Source: independent.py beside this file (hashlib, hmac and OpenSSL by way of python3-cryptography).\n")
    out.write("# The secret is 00 01 02...; the writer is the client. version hashalg encalg good|bad payload record\n")
    for version in (0x300, 0x301, 0x302, 0x303):
        for name, hash_name in (("3des_ede_cbc", "md5"), ("aes_128_cbc", "sha1"), ("aes_256_cbc", "sha1")):
            block = CIPHERS[name][2]
            secret = bytes(range(2 * (HASHES[hash_name] + sum(CIPHERS[name][:2]))))
            keys = cut(secret, hash_name, name)[0::2]
            longest = block if version == 0x300 else 256
            text = stream(f"padding {version} {name}", 2 * block - HASHES[hash_name] % block)
            good = bytes([longest - 1]) * longest
            rows = [("good", good)]
            if version == 0x300:
                rows.append(("good", stream("anything", block - 1) + bytes([block - 1])))
                rows.append(("bad", bytes([2 * block - 1]) * (2 * block)))
            else:
                rows += [("bad", good[:at] + b"\0" + good[at + 1 :]) for at in (0, 100, 254)]
            for verdict, padding in rows:
                record = Writer(version, hash_name, name, *keys, stream("drawn", 32)).record(22, text, padding)
                fields = [hex(version), hash_name, name, verdict, text.hex(), record.hex()]
                out.write(" ".join(fields) + "\n")


def records():
    out = open("independent.txt", "w")
    out.write("# Source: independent.py beside this file (hashlib, hmac and OpenSSL by way of python3-cryptography).\n")
    out.write("# version hashalg encalg isclient-of-the-writer secret randomness content-type payload record payload record\n")
    row = 0
    for version in (0x300, 0x301, 0x302, 0x303):
        for name, (key_len, iv_len, _) in CIPHERS.items():
            for hash_name, mac_len in HASHES.items():
                if hash_name == "sha256" and version == 0x300:
                    continue
                if name.endswith("_aead") and hash_name not in ("clear", "sha1"):
                    continue
                is_client = row % 2
                secret = stream(f"secret {row}", 2 * (mac_len + key_len + iv_len))
                parts = cut(secret, hash_name, name)
                mine = parts[0::2] if is_client else parts[1::2]
                drawn = stream(f"drawn {row}", 32)
                writer = Writer(version, hash_name, name, *mine, drawn)
                kind = (22, 23, 21)[row % 3]
                fields = [hex(version), hash_name, name, str(is_client), secret.hex() or "-", drawn.hex(), str(kind)]
                for n in (LENGTHS[row % len(LENGTHS)], LENGTHS[(row * 7 + 3) % len(LENGTHS)]):
                    text = stream(f"text {row} {n}", n)
                    fields += [text.hex() or "-", writer.record(kind, text).hex()]
                out.write(" ".join(fields) + "\n")
                row += 1


if __name__ == "__main__":
    main()
