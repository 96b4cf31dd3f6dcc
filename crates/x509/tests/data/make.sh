#!/bin/sh
# Makes every certificate and key of this directory anew, with OpenSSL 3 (3.0.19 made the present ones).
# The keys are for tests: nothing else may trust them.
# Usage: cd crates/x509/tests/data && sh make.sh
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/ca.cnf" <<'CONF'
[ca]
default_ca = house
[house]
database = $ENV::WORK/index.txt
new_certs_dir = $ENV::WORK
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = optional
organizationName = optional
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = $ENV::SAN
[client]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = clientAuth
subjectAltName = $ENV::SAN
[nameless]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
[constrained]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
nameConstraints = critical, permitted;DNS:allowed.example
[req]
distinguished_name = dn
[dn]
CONF
: > "$work/index.txt"
export WORK="$work" SAN=DNS:unused.example

key() { # key NAME OPTION...: a private key in PKCS#8
    name=$1; shift
    openssl genpkey -quiet "$@" -out "$name.key" 2>/dev/null || openssl genpkey "$@" -out "$name.key" 2>/dev/null
    chmod 644 "$name.key"
}
request() { openssl req -new -config "$work/ca.cnf" -key "$1.key" -subj "$2" -out "$work/$1.csr"; }
sign() { # sign NAME ISSUER SECTION [OPTION...]
    name=$1 issuer=$2 section=$3; shift 3
    openssl ca -batch -notext -config "$work/ca.cnf" -cert "$issuer.crt" -keyfile "$issuer.key" -extensions "$section" \
        -startdate "${START:-20250101000000Z}" -enddate "${END:-21250101000000Z}" \
        -in "$work/$name.csr" -out "$name.crt" "$@" 2>"$work/log" || { cat "$work/log"; exit 1; }
}
root() { # root NAME SUBJECT
    key "$1" -algorithm EC -pkeyopt ec_paramgen_curve:P-256
    request "$1" "$2"
    openssl ca -batch -notext -config "$work/ca.cnf" -selfsign -keyfile "$1.key" -extensions authority \
        -startdate 20250101000000Z -enddate 21250101000000Z -in "$work/$1.csr" -out "$1.crt" 2>"$work/log"
}
leaf() { # leaf NAME SAN: signed by the intermediate, which is appended as the rest of the chain
    request "$1" "/O=House/CN=$1"
    SAN=$2 sign "$1" intermediate server
    cat intermediate.crt >> "$1.crt"
}

root root "/O=House/CN=Root of the tests"
root stranger "/O=Elsewhere/CN=Root that nobody trusts"

key intermediate -algorithm EC -pkeyopt ec_paramgen_curve:P-384
request intermediate "/O=House/CN=Intermediate of the tests"
sign intermediate root authority

key rsa -algorithm RSA -pkeyopt rsa_keygen_bits:2048
leaf rsa "DNS:rsa.example,DNS:localhost,IP:127.0.0.1,IP:::1"
key p256 -algorithm EC -pkeyopt ec_paramgen_curve:P-256
leaf p256 "DNS:p256.example,DNS:localhost,IP:127.0.0.1"
key p384 -algorithm EC -pkeyopt ec_paramgen_curve:P-384
leaf p384 "DNS:p384.example,DNS:localhost"
key ed25519 -algorithm ED25519
leaf ed25519 "DNS:ed25519.example,DNS:localhost"
key wildcard -algorithm EC -pkeyopt ec_paramgen_curve:P-256
leaf wildcard "DNS:*.Wild.example,DNS:wild.example"

key expired -algorithm EC -pkeyopt ec_paramgen_curve:P-256
START=20010101000000Z END=20020101000000Z leaf expired DNS:localhost
key future -algorithm EC -pkeyopt ec_paramgen_curve:P-256
START=21000101000000Z END=21010101000000Z leaf future DNS:localhost
key client -algorithm EC -pkeyopt ec_paramgen_curve:P-256
request client /CN=client
SAN=DNS:localhost sign client root client
key nameless -algorithm EC -pkeyopt ec_paramgen_curve:P-256
request nameless /CN=localhost
sign nameless root nameless
key p521 -algorithm EC -pkeyopt ec_paramgen_curve:P-521
leaf p521 DNS:localhost
key rsa1024 -algorithm RSA -pkeyopt rsa_keygen_bits:1024
leaf rsa1024 DNS:localhost
key sha1 -algorithm RSA -pkeyopt rsa_keygen_bits:2048
request sha1 /CN=sha1
SAN=DNS:localhost sign sha1 root server -md sha1

# An authority for allowed.example only, and a certificate for another name from it.
key constrained -algorithm EC -pkeyopt ec_paramgen_curve:P-256
request constrained "/CN=Constrained authority"
sign constrained root constrained
key outside -algorithm EC -pkeyopt ec_paramgen_curve:P-256
request outside /CN=outside
SAN=DNS:localhost sign outside constrained server
cat constrained.crt >> outside.crt

# As `openssl req -x509` makes it by default: self-signed, and an authority.
key selfsigned -algorithm EC -pkeyopt ec_paramgen_curve:P-256
request selfsigned /CN=localhost
cat > "$work/self.cnf" <<'CONF'
basicConstraints = critical, CA:TRUE
subjectAltName = DNS:localhost
CONF
openssl x509 -req -in "$work/selfsigned.csr" -key selfsigned.key -days 36500 -extfile "$work/self.cnf" -out selfsigned.crt 2>/dev/null

# The same keys in the older forms, and one under a password.
openssl rsa -in rsa.key -traditional -out rsa.pkcs1.key 2>/dev/null
openssl ec -in p256.key -out p256.sec1.key 2>/dev/null
openssl ec -in p384.key -out p384.sec1.key 2>/dev/null
openssl pkcs8 -topk8 -in p256.key -passout pass:house -out encrypted.key
openssl ec -in p256.key -aes128 -passout pass:house -out headers.key 2>/dev/null
# The hashes of the root and of its public key, as OpenSSL sees them.
{
    openssl x509 -in root.crt -outform der | openssl dgst -sha256 -r
    openssl x509 -in root.crt -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -r
} | cut -d' ' -f1 > root.sha256
chmod 644 *.key *.crt
rm -f stranger.key root.key intermediate.key constrained.key outside.key client.key sha1.key
# A signature whose form leaves no choice, to compare with: PKCS#1 v1.5 of the bytes of make.sh's name.
printf 'make.sh' | openssl dgst -sha256 -sign rsa.key -out rsa.sig
