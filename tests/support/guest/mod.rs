//! A Linux machine of its own: Debian's kernel under QEMU's emulation, with busybox and nothing else, for tests whose peer is the
//! kernel. It reaches the ports of this machine's loopback address at [`HOST`].
//!
//! The kernel is fetched once, by the script `fetch` beside this file, into the target directory; a test downloads nothing.

use std::env;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::missing::{Missing, find};
use super::process::{PATIENCE, Process};

/// This machine, as the guest sees it.
pub(crate) const HOST: &str = "10.0.2.2";

/// A running guest, killed when dropped.
pub(crate) struct Guest {
    qemu: Process,
    dir: TempDir,
}

impl Guest {
    /// Whether one can be booted on this machine.
    pub(crate) fn available() -> Result<(), Missing> {
        find(QEMU, "qemu-system-x86", "--version")?;
        find("busybox", "busybox-static", "true")?;
        let dir = kernel_dir();
        if dir.join("vmlinuz").is_file() {
            return Ok(());
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("support/guest/fetch");
        Err(Missing::new("kernel for a guest", format!("run {} {}", script.display(), dir.display())))
    }

    /// Boots one that runs a script of busybox's shell and turns itself off. The `programs` of this machine are its commands too, in
    /// `/programs`.
    pub(crate) fn boot(script: &str, programs: &[&Path]) -> Guest {
        let dir = TempDir::new().unwrap();
        let root = dir.path().join("root");
        lay_out(&root, script, programs);
        let initrd = dir.path().join("initrd");
        pack(&root, &initrd);
        let mut qemu = Command::new(QEMU);
        qemu.args(["-accel", "tcg", "-cpu", "max", "-m", "256", "-nodefaults", "-display", "none"]);
        qemu.args(["-no-reboot", "-nic", "user,model=virtio-net-pci"]);
        qemu.arg("-serial").arg(format!("file:{}", dir.path().join("log").display()));
        qemu.args(["-serial", "stdio"]);
        qemu.arg("-kernel").arg(kernel_dir().join("vmlinuz")).arg("-initrd").arg(initrd);
        // A panic ends the machine, and with it the test.
        qemu.args(["-append", "console=ttyS0 quiet panic=-1"]);
        Guest { qemu: Process::start(&mut qemu), dir }
    }

    /// Waits until the script has printed this line.
    ///
    /// # Errors
    ///
    /// A text with everything that the guest said, if the line does not come.
    pub(crate) fn wait_for(&self, line: &str) -> Result<(), String> {
        let found = self.qemu.wait_for(line, |printed| {
            printed.stdout_text().lines().any(|printed| printed == line).then_some(())
        });
        found.map_err(|error| format!("{error}\n{}", self.log()))
    }

    /// Waits until it has turned itself off; gives what the script printed.
    ///
    /// # Errors
    ///
    /// A text with everything that the guest said, if it does not.
    pub(crate) fn wait_off(&mut self) -> Result<String, String> {
        let status = self.qemu.wait_exit_for(EMULATED).map_err(|error| format!("{error}\n{}", self.log()))?;
        // All has been read when both outputs have ended.
        let _ = self.qemu.wait_for("the end of its output", |_| None::<()>);
        let printed = self.qemu.printed();
        match status.success() {
            true => Ok(printed.stdout_text().replace('\r', "")),
            false => Err(format!("qemu: {status}; {}\n{}", printed.text(), self.log())),
        }
    }

    /// What the kernel said, and the script on its standard error.
    pub(crate) fn log(&self) -> String {
        let log = fs::read(self.dir.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).replace('\r', "")
    }
}

/// Where the kernel and its modules are.
fn kernel_dir() -> PathBuf {
    // This test is TARGET/PROFILE/deps/NAME.
    env::current_exe().unwrap().ancestors().nth(3).unwrap().join("guest")
}

/// Makes the tree of files that the guest has as its root.
fn lay_out(root: &Path, script: &str, programs: &[&Path]) {
    for dir in ["bin", "modules", "programs"] {
        fs::create_dir_all(root.join(dir)).unwrap();
    }
    fs::copy("/bin/busybox", root.join("bin/busybox")).unwrap();
    let init = Path::new(env!("CARGO_MANIFEST_DIR")).join("support/guest/init");
    fs::copy(init, root.join("init")).unwrap();
    fs::set_permissions(root.join("init"), Permissions::from_mode(0o755)).unwrap();
    fs::write(root.join("script"), script).unwrap();
    for entry in fs::read_dir(kernel_dir()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "ko") {
            fs::copy(&path, root.join("modules").join(path.file_name().unwrap())).unwrap();
        }
    }
    for program in programs {
        // Without what a debugger wants: nine tenths of a program of ours.
        let place = root.join("programs").join(program.file_name().unwrap());
        let status = Command::new("strip").arg("-o").args([&place, *program]).status().unwrap();
        assert!(status.success(), "strip: {status}");
        for library in libraries(program) {
            let place = root.join(library.strip_prefix("/").unwrap());
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::copy(library, place).unwrap();
        }
    }
}

/// The shared libraries of a program, its loader among them.
fn libraries(program: &Path) -> Vec<PathBuf> {
    let output = Command::new("ldd").arg(program).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let words = text.split_whitespace().filter(|word| word.starts_with('/'));
    words.map(PathBuf::from).collect()
}

/// Packs a tree as the kernel wants its first root.
fn pack(root: &Path, initrd: &Path) {
    let status = Command::new("sh")
        .args(["-c", "busybox find . | busybox cpio -o -H newc"])
        .current_dir(root)
        .stdout(File::create(initrd).unwrap())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "cpio: {status}");
}

const QEMU: &str = "qemu-system-x86_64";
/// An emulated processor takes its time for operations with keys, the more so where others are at work.
const EMULATED: Duration = PATIENCE.saturating_mul(4);
