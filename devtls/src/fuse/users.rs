//! Users: who asks, by the number that comes with each request.

use std::collections::HashMap;

use crate::ctl::Descriptors;
use crate::device::{Device, Node};

/// The root of the tree as each user sees it. Names are looked up once.
#[derive(Default)]
pub(super) struct Users {
    roots: HashMap<u32, Node>,
}

impl Users {
    /// Gives the root as the user of this number sees it.
    pub(super) fn root(&mut self, device: &Device, uid: u32) -> Node {
        if self.roots.len() >= USERS_MAX {
            self.roots.clear();
        }
        // A way to descriptors is given with each write: it depends on who writes.
        let root = || device.root(ninep::io::user_numbered(uid), Descriptors::Never);
        self.roots.entry(uid).or_insert_with(root).clone()
    }
}

/// Users whose names are kept.
const USERS_MAX: usize = 1024;
