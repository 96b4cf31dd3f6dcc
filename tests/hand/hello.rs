//! A ClientHello made by hand, so that each of its parts can be wrong.

/// The parts of a ClientHello for TLS 1.2.
#[derive(Clone, Debug)]
pub(crate) struct Hello {
    /// Suites, in order.
    pub(crate) suites: Vec<u16>,
    /// Compression methods.
    pub(crate) compressions: Vec<u8>,
    /// Extensions, type and body, in order.
    pub(crate) extensions: Vec<(u16, Vec<u8>)>,
}

impl Hello {
    /// What a plain client says: everything that the server needs, without a name.
    pub(crate) fn plain() -> Hello {
        Hello {
            suites: vec![0xc02b, 0xc02f, 0x00ff],
            compressions: vec![0],
            extensions: vec![
                (0x000a, vec![0, 4, 0, 0x1d, 0, 0x17]),
                (0x000b, vec![1, 0]),
                (0x000d, vec![0, 6, 0x04, 0x03, 0x08, 0x04, 0x04, 0x01]),
            ],
        }
    }

    /// The same with a server_name extension that holds this host name.
    pub(crate) fn named(name: &[u8]) -> Hello {
        let mut entry = vec![0];
        entry.extend(vec_u16(name));
        Hello::plain().with(0, vec_u16(&entry))
    }

    /// The same with one more extension at its end.
    pub(crate) fn with(mut self, number: u16, body: Vec<u8>) -> Hello {
        self.extensions.push((number, body));
        self
    }

    /// The handshake message.
    pub(crate) fn message(&self) -> Vec<u8> {
        let suites: Vec<u8> = self.suites.iter().flat_map(|suite| suite.to_be_bytes()).collect();
        let mut extensions = Vec::new();
        for (number, body) in &self.extensions {
            extensions.extend(number.to_be_bytes());
            extensions.extend(vec_u16(body));
        }
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        body.push(0);
        body.extend(vec_u16(&suites));
        body.push(u8::try_from(self.compressions.len()).expect("short"));
        body.extend(&self.compressions);
        body.extend(vec_u16(&extensions));
        let [_, len @ ..] = u32::try_from(body.len()).expect("short").to_be_bytes();
        [&[1], &len[..], &body].concat()
    }

    /// The message in as many records as it takes.
    pub(crate) fn records(&self) -> Vec<u8> {
        records(&self.message())
    }
}

/// Handshake bytes as records.
pub(crate) fn records(message: &[u8]) -> Vec<u8> {
    message.chunks(16384).flat_map(|piece| [vec![22, 3, 1], vec_u16(piece)].concat()).collect()
}

/// Bytes with their length in front, cut to what two bytes can count.
fn vec_u16(bytes: &[u8]) -> Vec<u8> {
    let len = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&len.to_be_bytes()[..], &bytes[..usize::from(len)]].concat()
}
