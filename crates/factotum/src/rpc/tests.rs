//! Both dialects as conversations, line against line, and what a factotum must not say.

use super::{Error, Proxy, ProxyStep, Reply, RsaOperation, request};

#[test]
fn a_reply_is_a_verb_and_a_space_or_the_end() {
    for (reply, parsed) in [
        (b"ok".as_slice(), Ok(Reply::Ok(b""))),
        (b"ok \x00 x", Ok(Reply::Ok(b"\x00 x"))),
        (b"done", Ok(Reply::Done)),
        (b"done haveai", Ok(Reply::Done)),
        (b"phase in state 'x' want 'read'", Ok(Reply::Phase)),
        (b"toosmall 40", Ok(Reply::TooSmall(40))),
        (b"toosmall", Err(Error::Malformed("toosmall".to_owned()))),
        (b"toosmall -1", Err(Error::Malformed("toosmall -1".to_owned()))),
        (b"needkey proto=rsa", Err(Error::NeedKey("proto=rsa".to_owned()))),
        (b"badkey a=b\nthe reason\nc=d", Err(Error::BadKey("the reason".to_owned()))),
        (b"error", Err(Error::Refused("unspecified rpc error".to_owned()))),
        (b"error no\nway\x1b", Err(Error::Refused("no way".to_owned()))),
        (b"okay", Err(Error::Malformed("okay".to_owned()))),
        (b"protocol not started", Err(Error::Malformed("protocol not started".to_owned()))),
        (b"", Err(Error::Malformed(String::new()))),
    ] {
        assert_eq!(Reply::parse(reply), parsed, "{}", String::from_utf8_lossy(reply));
    }
}

#[test]
fn a_request_has_its_space_and_fits_into_a_message() {
    assert_eq!(request("read", b"").as_deref(), Ok(b"read ".as_slice()));
    assert!(request("write", &[0; 4090]).is_ok());
    assert_eq!(request("write", &[0; 4091]), Err(Error::TooLong));
}

/// What a proxy does, as text: `rpc`, `send`, `read N`, `done`.
fn next(proxy: &mut Proxy) -> String {
    match proxy.step() {
        Ok(ProxyStep::Rpc(bytes)) => format!("rpc {}", String::from_utf8_lossy(&bytes)),
        Ok(ProxyStep::Send(bytes)) => format!("send {}", String::from_utf8_lossy(&bytes)),
        Ok(ProxyStep::ReadSome(len)) => format!("read {len}"),
        Ok(ProxyStep::Done(info)) => format!("done {} {} {:?}", info.cuid, info.suid, *info.secret),
        Err(error) => error.to_string(),
    }
}

const AUTH_INFO: &[u8] = b"ok \x06\x00glenda\x03\x00rob\x00\x00\x08\x0012345678";

#[test]
fn a_proxy_goes_between() {
    for end in [b"done".as_slice(), b"done haveai"] {
        let mut proxy = Proxy::new("proto=p9any role=server");
        assert_eq!(next(&mut proxy), "rpc start proto=p9any role=server");
        assert_eq!(proxy.replied(b"ok"), Ok(()));
        assert_eq!(next(&mut proxy), "rpc read ");
        assert_eq!(proxy.replied(b"ok offer"), Ok(()));
        assert_eq!(next(&mut proxy), "send offer");
        assert_eq!(next(&mut proxy), "rpc read ");
        assert_eq!(proxy.replied(b"phase write me"), Ok(()));
        assert_eq!(next(&mut proxy), "rpc write ");
        assert_eq!(proxy.replied(b"toosmall 8"), Ok(()));
        assert_eq!(next(&mut proxy), "read 8");
        assert_eq!(proxy.recv(b"abc"), Ok(()));
        assert_eq!(next(&mut proxy), "rpc write abc");
        assert_eq!(proxy.replied(b"toosmall 8"), Ok(()));
        assert_eq!(next(&mut proxy), "read 5");
        assert_eq!(proxy.recv(b"de"), Ok(()));
        assert_eq!(next(&mut proxy), "rpc write abcde");
        assert_eq!(proxy.replied(b"ok"), Ok(()));
        assert_eq!(next(&mut proxy), "rpc read ");
        assert_eq!(proxy.replied(end), Ok(()));
        assert_eq!(next(&mut proxy), "rpc authinfo ");
        assert_eq!(proxy.replied(AUTH_INFO), Ok(()));
        assert_eq!(next(&mut proxy), "done glenda rob [49, 50, 51, 52, 53, 54, 55, 56]");
        assert_eq!(next(&mut proxy), "factotum replied out of turn");
    }
}

fn asked(replies: &[&[u8]]) -> Result<Proxy, Error> {
    let mut proxy = Proxy::new("proto=p9any role=server");
    for reply in replies {
        assert!(matches!(proxy.step(), Ok(ProxyStep::Rpc(_))));
        proxy.replied(reply)?;
    }
    Ok(proxy)
}

#[test]
fn impossible_lengths_end_it() {
    for length in ["toosmall 0", "toosmall 4097", "toosmall 18446744073709551615"] {
        assert_eq!(asked(&[b"ok", b"phase", length.as_bytes()]).err(), Some(Error::BadLength), "{length}");
    }
    let mut proxy = asked(&[b"ok", b"phase", b"toosmall 8"]).unwrap();
    assert_eq!(next(&mut proxy), "read 8");
    assert_eq!(proxy.recv(b"abc"), Ok(()));
    assert_eq!(next(&mut proxy), "rpc write abc");
    assert_eq!(proxy.replied(b"toosmall 3"), Err(Error::BadLength));
}

#[test]
fn a_peer_that_closes_and_one_that_is_not_asked() {
    let collecting = || asked(&[b"ok", b"phase", b"toosmall 8"]).unwrap();
    assert_eq!(collecting().recv(b""), Err(Error::ShortRead));
    assert_eq!(collecting().recv(b"123456789"), Err(Error::OutOfTurn));
    assert_eq!(Proxy::new("x").recv(b"x"), Err(Error::OutOfTurn));
}

#[test]
fn who_was_authenticated_is_read_whole_or_not_at_all() {
    for len in 3..AUTH_INFO.len() {
        let mut proxy = asked(&[b"ok", b"done"]).unwrap();
        assert!(matches!(proxy.step(), Ok(ProxyStep::Rpc(_))));
        assert_eq!(proxy.replied(&AUTH_INFO[..len]), Err(Error::BadAuthInfo), "cut to {len}");
    }
}

#[test]
fn refusals_are_passed_on() {
    assert_eq!(asked(&[b"error no key"]).err(), Some(Error::Refused("no key".to_owned())));
    assert_eq!(asked(&[b"needkey dom=x"]).err(), Some(Error::NeedKey("dom=x".to_owned())));
    assert_eq!(asked(&[b"ok", b"okay"]).err(), Some(Error::Malformed("okay".to_owned())));
    assert_eq!(asked(&[b"phase"]).err(), Some(Error::OutOfTurn));
}

/// Runs an operation against replies; gives what was asked and what came out.
fn operation(modulus: &[u8], replies: &[&[u8]]) -> (Vec<String>, Result<Vec<u8>, Error>) {
    let input = [&[0, 1], [0xff; 30].as_slice(), &[0x0a, 0xbc]].concat();
    let mut operation = RsaOperation::new(modulus, &[0, 1, 0, 1], &input);
    let mut asked = Vec::new();
    for reply in replies {
        match operation.step() {
            Ok(bytes) => asked.push(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => return (asked, Err(error)),
        }
        match operation.replied(reply) {
            Ok(Some(result)) => return (asked, Ok(result.to_vec())),
            Ok(None) => {}
            Err(error) => return (asked, Err(error)),
        }
    }
    (asked, Err(Error::OutOfTurn))
}

#[test]
fn the_dialect_of_9front() {
    let (asked, result) =
        operation(&[0, 0x0c, 0xde], &[b"ok", b"ok ABC 10001", b"ok CDE 10001", b"ok", b"ok F"]);
    assert_eq!(
        asked[..4],
        [
            "start proto=rsa service=tls role=client",
            "read ",
            "read ",
            &format!("write 1{}0ABC", "FF".repeat(30))
        ]
    );
    assert_eq!(result, Ok(vec![0, 0x0f]));
}

#[test]
fn the_dialect_of_plan9port() {
    let (asked, result) = operation(&[0x0c, 0xde], &[b"error unknown role", b"ok", b"ok", b"ok \x01\x02"]);
    assert_eq!(
        asked[..2],
        [
            "start proto=rsa service=tls role=client",
            "start proto=rsa service=tls role=decrypt n=cde ek=10001"
        ]
    );
    assert!(asked[2].starts_with("write \x00\x01"));
    assert_eq!(result, Ok(vec![1, 2]));
}

#[test]
fn a_factotum_without_the_key_is_said_to_have_none() {
    let other: &[&[u8]] =
        &[b"ok", b"ok ABC 10001", b"error no key matches proto=rsa service=tls role=client "];
    assert_eq!(operation(&[0x0c, 0xde], other).1, Err(Error::NoKey));
    let plan9port: &[&[u8]] = &[b"error unknown role", b"ok", b"error rsa decrypt keylookup: no key found"];
    assert_eq!(operation(&[0x0c, 0xde], plan9port).1, Err(Error::NoKey));
    let endless =
        [b"ok".as_slice(); 1].into_iter().chain([b"ok ABC 10001".as_slice(); 2000]).collect::<Vec<_>>();
    assert_eq!(operation(&[0x0c, 0xde], &endless).1, Err(Error::NoKey));
}

#[test]
fn results_that_are_no_number_below_the_modulus_are_refused() {
    for result in [b"ok".as_slice(), b"ok xyz", b"ok 123456", b"done", b"toosmall 9"] {
        let replies: &[&[u8]] = &[b"ok", b"ok CDE 10001", b"ok", result];
        assert!(operation(&[0x0c, 0xde], replies).1.is_err(), "{}", String::from_utf8_lossy(result));
    }
}
