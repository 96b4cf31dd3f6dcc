#!/bin/sh
# Makes the certificates and OCSP responses of this directory anew, with OpenSSL 3 (3.0.22 made the present ones).
# The key is for tests: nothing else may trust it.
# Usage: cd crates/x509/tests/data/ocsp && sh make.sh
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
[authority]
basicConstraints = critical, CA:TRUE
[server]
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost
[responder]
extendedKeyUsage = OCSPSigning
[req]
distinguished_name = dn
[dn]
CONF
: > "$work/index.txt"
export WORK="$work"

request() { # request NAME SUBJECT
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/$1.key" 2>/dev/null
    openssl req -new -config "$work/ca.cnf" -key "$work/$1.key" -subj "$2" -out "$work/$1.csr"
}
sign() { # sign NAME SECTION [OPTION...]
    name=$1 section=$2; shift 2
    openssl ca -batch -notext -config "$work/ca.cnf" -cert ca.crt -keyfile "$work/ca.key" -extensions "$section" \
        -startdate 20250101000000Z -enddate 21250101000000Z -in "$work/$name.csr" -out "$name.crt" "$@" 2>"$work/log" ||
        { cat "$work/log"; exit 1; }
}
respond() { # respond NAME SIGNER CERTIFICATE [OPTION...]: what SIGNER says of CERTIFICATE
    name=$1 signer=$2 cert=$3; shift 3
    openssl ocsp "$@" -index "$work/index.txt" -CA ca.crt -rsigner "$signer.crt" -rkey "$work/$signer.key" -no_nonce \
        -issuer ca.crt -cert "$cert.crt" -respout "$name.ocsp" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
}

request ca "/CN=Authority of the responses"
sign ca authority -selfsign
request leaf /CN=localhost
sign leaf server
request revoked /CN=revoked
sign revoked server
openssl ca -config "$work/ca.cnf" -cert ca.crt -keyfile "$work/ca.key" -revoke revoked.crt 2>"$work/log"
request responder "/CN=Responder"
sign responder responder
# Of the same issuer, but for another purpose.
request pretender "/CN=Pretender"
sign pretender server
# Of the same purpose, but of nobody.
request stranger "/CN=Stranger"
openssl x509 -req -in "$work/stranger.csr" -key "$work/stranger.key" -days 36500 -extfile "$work/ca.cnf" -extensions responder \
    -out stranger.crt 2>/dev/null

long="-ndays 36500"
respond good ca leaf $long
respond good.sha256 ca leaf -sha256 $long
respond good.key ca leaf $long -resp_key_id
respond delegated responder leaf $long
respond delegated.key responder leaf $long -resp_key_id
respond alone responder leaf $long -resp_no_certs
respond pretended pretender leaf $long
respond strange stranger leaf $long
respond revoked ca revoked $long
respond endless ca leaf
# A certificate that the index does not have.
grep -v "/CN=localhost" "$work/index.txt" > "$work/less" && mv "$work/less" "$work/index.txt"
respond unknown ca leaf $long
# A server shows it.
cp "$work/leaf.key" leaf.key && chmod 644 leaf.key
# No answer at all: the status tryLater (RFC 6960 section 4.2.1).
printf '\060\003\012\001\003' > refused.ocsp
