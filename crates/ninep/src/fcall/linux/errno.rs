//! Numbers of errors and what Linux says for them (errno(3), strerror(3)): 9P2000.L sends the number alone, and some servers of
//! 9P2000 send Linux's text.

use std::borrow::Cow;

use rs9p::error::string;

use crate::Error;
use crate::errstr::errno::*;

/// The error that a number means. That there is none is no error's number.
pub(super) fn error(ecode: u32) -> Error {
    let errno = i32::try_from(ecode).ok().filter(|number| *number > 0).unwrap_or(EIO);
    let known = TEXTS.iter().find(|(number, _)| *number == errno);
    let text = known.map_or_else(|| format!("error {errno}").into(), |(_, text)| Cow::Borrowed(*text));
    Error { text, errno }
}

/// The number of an error that Linux has this text for.
pub(crate) fn errno_of(text: &str) -> Option<i32> {
    TEXTS.iter().find(|(_, known)| *known == text).map(|(number, _)| *number)
}

/// Every number that this crate knows by name.
const TEXTS: [(i32, &str); 28] = [
    (EPERM, string::EPERM),
    (ENOENT, string::ENOENT),
    (EIO, string::EIO),
    (EBADF, string::EBADF),
    (EAGAIN, string::EAGAIN),
    (ENOMEM, string::ENOMEM),
    (EACCES, string::EACCES),
    (EBUSY, string::EBUSY),
    (EEXIST, string::EEXIST),
    (EXDEV, string::EXDEV),
    (ENOTDIR, string::ENOTDIR),
    (EISDIR, string::EISDIR),
    (EINVAL, string::EINVAL),
    (EMFILE, string::EMFILE),
    (ENOSPC, string::ENOSPC),
    (ESPIPE, string::ESPIPE),
    (EROFS, string::EROFS),
    (EPIPE, string::EPIPE),
    (ENOLCK, string::ENOLCK),
    (ENOSYS, string::ENOSYS),
    (ENOTEMPTY, string::ENOTEMPTY),
    (EPROTO, string::EPROTO),
    (EOPNOTSUPP, string::EOPNOTSUPP),
    (ECONNRESET, string::ECONNRESET),
    (ENOTCONN, string::ENOTCONN),
    (ESHUTDOWN, string::ESHUTDOWN),
    (ETIMEDOUT, string::ETIMEDOUT),
    // rs9p has no text for it; this is glibc's.
    (ECANCELED, "Operation canceled"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_systems_text_and_the_text_its_number() {
        for (number, text) in TEXTS {
            assert_eq!(errno_of(text), Some(number));
            assert_eq!(error(u32::try_from(number).unwrap()), Error::new(text, number));
            let system = std::io::Error::from_raw_os_error(number).to_string();
            assert_eq!(system, format!("{text} (os error {number})"));
        }
    }

    #[test]
    fn a_number_without_a_text_is_kept() {
        assert_eq!(error(9999), Error::from_text("error 9999".to_owned(), 9999));
        assert_eq!(error(u32::MAX), Error::new(string::EIO, EIO));
    }
}
