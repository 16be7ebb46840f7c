//! Small file systems for scenarios about disks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::is_root;

/// A file system of its own under a directory; unmounted with its test.
pub struct Mount(PathBuf);

impl Mount {
    /// `None`, and the reason told, where this process may not mount.
    pub fn new(at: &Path, size: &str) -> Option<Self> {
        fs::create_dir(at).unwrap();
        let mounted = is_root()
            && Self::mount(
                at,
                &[
                    "-t",
                    "tmpfs",
                    "-o",
                    &format!("size={size},mode=0700"),
                    "none",
                ],
            );
        if !mounted {
            eprintln!("skipped: a small file system needs root's right to mount");
            return None;
        }
        Some(Mount(at.to_owned()))
    }

    fn mount(at: &Path, options: &[&str]) -> bool {
        let status = Command::new("mount").args(options).arg(at).status();
        status.is_ok_and(|status| status.success())
    }

    /// Mounts it again with other options, such as `ro` or `size=1m`.
    pub fn again(&self, options: &str) {
        assert!(Self::mount(&self.0, &["-o", &format!("remount,{options}")]));
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
