//! Hellos damaged by chance, and ends everywhere.

use std::sync::Mutex;

use super::*;

#[test]
fn an_end_anywhere_is_an_end_without_an_alert() {
    let (conf, key) = states::asking(crate::ClientAuth::Require);
    let make = || Client { cert: Some(key.clone()), ..Client::new() };
    // How many bytes the client sends in all.
    let (run, seen) = meet(&conf, make());
    assert!(run.result.is_ok() && seen.is_finished);
    let mut cut_at = 0;
    let mut whole = false;
    while !whole {
        let (mut script, _) = make().script();
        let mut left = cut_at;
        let mut cut = |reads: Vec<Vec<u8>>| -> Vec<Vec<u8>> {
            reads
                .into_iter()
                .map(|read| {
                    let taken = read.len().min(left);
                    left -= taken;
                    read[..taken].to_vec()
                })
                .filter(|read| !read.is_empty())
                .collect()
        };
        let first = script.reads.drain(..).map(|read| read.unwrap()).collect();
        script.reads = cut(first).into_iter().map(Ok).collect();
        let mut answer = script.answer.take().unwrap();
        let rest = Arc::new(Mutex::new(left));
        let left = Arc::clone(&rest);
        script.answer = Some(Box::new(move |written| {
            let mut left = left.lock().unwrap();
            let reads = answer(written);
            let cut = reads.into_iter().map(|read| {
                let taken = read.len().min(*left);
                *left -= taken;
                read[..taken].to_vec()
            });
            cut.filter(|read| !read.is_empty()).collect()
        }));
        let result = ready(tls_server(&mut script, &algs13(), &conf, &mut |_: &str| ()));
        whole = *rest.lock().unwrap() > 0;
        if let Err(error) = result {
            assert_eq!((error.to_string(), script.alerts()), ("handshake file ended".to_owned(), Vec::new()));
        } else {
            assert!(script.log.contains(&"opened".to_owned()));
        }
        cut_at += if cut_at > 64 { 7 } else { 1 };
    }
    assert!(cut_at > 600, "{cut_at}");
}
