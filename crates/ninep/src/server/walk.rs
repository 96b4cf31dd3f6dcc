//! The walk rules: how far a path leads (walk(5)).

use super::fs::Fs;
use crate::{Dialect, Error, Qid, errstr};

/// Where a walk led.
pub(super) struct Walked<Node> {
    /// The qid of each element that was reached.
    pub(super) qids: Vec<Qid>,
    /// The file at the end and its qid, if all elements were reached.
    pub(super) end: Option<(Node, Qid)>,
}

/// Goes from `node` along `names`.
///
/// # Errors
/// The first element fails. A later one that fails is no error: the walk then just has no end.
pub(super) fn walk<F: Fs>(
    fs: &F,
    node: &F::Node,
    qid: Qid,
    names: &[String],
    dialect: Dialect,
) -> Result<Walked<F::Node>, Error> {
    let mut qids = Vec::with_capacity(names.len());
    let mut here = (node.clone(), qid);
    for name in names {
        match step(fs, &here, name, dialect) {
            Ok(next) => {
                qids.push(next.1);
                here = next;
            }
            Err(error) if qids.is_empty() => return Err(error),
            Err(_) => return Ok(Walked { qids, end: None }),
        }
    }
    Ok(Walked { qids, end: Some(here) })
}

fn step<F: Fs>(
    fs: &F,
    (node, qid): &(F::Node, Qid),
    name: &str,
    dialect: Dialect,
) -> Result<(F::Node, Qid), Error> {
    if !qid.is_dir() {
        return Err(errstr::NOT_A_DIRECTORY);
    }
    if !is_name(name) {
        return Err(errstr::BAD_NAME);
    }
    // walk(5) knows `..` alone; Linux's servers list `.` too, and their clients go there.
    if name == "." && dialect == Dialect::Linux {
        return Ok((node.clone(), *qid));
    }
    let next = fs.walk(node, name)?;
    let qid = fs.qid(&next);
    Ok((next, qid))
}

/// Checks that a file can have this name of its own: not one for where somebody is.
///
/// # Errors
/// It cannot.
pub(super) fn may_be_called(name: &str) -> Result<(), Error> {
    if is_name(name) && name != "." && name != ".." { Ok(()) } else { Err(errstr::BAD_NAME) }
}

/// Whether a text can be one element of a path.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\0'])
}
