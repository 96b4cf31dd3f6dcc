//! The namespace directory: where plan9port's programs post services as unix sockets, and look for them.
//!
//! It gives the path alone; nothing is made or opened here.

use std::path::PathBuf;

/// Gives the directory's path from the values of `$NAMESPACE`, `$USER` and `$DISPLAY` (intro(4) of plan9port).
#[must_use]
pub fn namespace(namespace: Option<String>, user: Option<String>, display: Option<String>) -> PathBuf {
    if let Some(namespace) = namespace.filter(|path| !path.is_empty()) {
        return PathBuf::from(namespace);
    }
    let user = user.filter(|user| !user.is_empty()).unwrap_or_else(|| "none".to_owned());
    let display = display.filter(|display| !display.is_empty()).unwrap_or_else(|| ":0".to_owned());
    // The screen is left out, and a path in the name of a display would lead elsewhere.
    let display = display.strip_suffix(".0").unwrap_or(&display).replace('/', "_");
    PathBuf::from(format!("/tmp/ns.{user}.{display}"))
}

#[cfg(test)]
mod tests {
    fn named(namespace: &str, user: &str, display: &str) -> String {
        let value = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        super::namespace(value(namespace), value(user), value(display)).display().to_string()
    }

    #[test]
    fn the_path_is_plan9ports() {
        assert_eq!(named("/srv/ns", "glenda", ":1"), "/srv/ns");
        assert_eq!(named("", "glenda", ":1.0"), "/tmp/ns.glenda.:1");
        assert_eq!(named("", "glenda", ""), "/tmp/ns.glenda.:0");
        assert_eq!(named("", "glenda", "/tmp/launch/org.x:0"), "/tmp/ns.glenda._tmp_launch_org.x:0");
    }
}
