//! The device over 9P: the scripts in `tests/data/9p`, each in every dialect.

#[path = "../../../crates/ninep/tests/script/mod.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "the engine's tests have more to ask of it")]
mod script;

use std::sync::Arc;

use devtls::{Device, Limits};
use ninep::io::serve;
use ninep::{Caller, Dialect, User};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use script::{Step, Tongue};

#[tokio::test]
async fn every_script_holds_in_every_dialect() {
    for dialect in Dialect::ALL {
        let names = script::names(dialect);
        assert!(!names.is_empty());
        for name in names {
            let device = Arc::new(Device::new(User::named("eve"), Limits::default()));
            let (ours, theirs) = duplex(1 << 16);
            let served =
                tokio::spawn(serve(theirs, Arc::clone(&device), Caller::default(), ninep::Limits::default()));
            run(&name, dialect, ours).await;
            served.await.expect("no panic").expect("the connection ends in order");
            // Nothing is left in the table.
            device.settled().await;
        }
    }
}

async fn run(name: &str, dialect: Dialect, mut stream: DuplexStream) {
    let mut tongue = Tongue::default();
    for step in script::load(name, dialect) {
        match step {
            Step::Send(line) => stream.write_all(&tongue.bytes(&line)).await.expect("it is taken"),
            Step::Expect(expected) => {
                let size = stream.read_u32_le().await.expect("a reply");
                let mut message = vec![0; size as usize];
                message[..4].copy_from_slice(&size.to_le_bytes());
                stream.read_exact(&mut message[4..]).await.expect("the whole of it");
                script::check(&expected, &tongue.line(&message), &format!("{name} in {dialect}"));
            }
        }
    }
}
