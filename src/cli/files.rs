//! Reads messages from files: single ones, mbox, Maildir, directories of them, standard input. One message is in memory
//! at a time, however large the file is.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::mbox::{self, Mbox};

/// No announcement is near this size. What is longer is cut there: its header and first part say all there is to say.
pub(super) const LARGEST: usize = 64 << 20;

/// A message as it stood in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileMessage {
    /// Header and body, without what the file put around them.
    pub(super) bytes: Vec<u8>,
    /// The file, and for an mbox the message's number in it, counted from 1.
    pub(super) origin: String,
    /// True when it was longer than [`LARGEST`], and was cut.
    pub(super) cut: bool,
}

/// A file or directory that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {0}: {1}")]
pub(super) struct FileError(PathBuf, io::Error);

/// The way a file was found, which decides how much it must look like mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileOrigin {
    /// It was named: it is read, whatever it looks like.
    Named,
    /// It lies in `cur` or `new` of a Maildir: everything there is a message.
    Maildir,
    /// It lies in some directory, perhaps beside other things.
    Directory,
}

#[derive(Debug)]
enum Input {
    Stdin,
    Path(PathBuf, FileOrigin),
}

/// All messages below some paths, in the order of the paths and of the names in each directory.
pub(super) struct Messages {
    inputs: VecDeque<Input>,
    open: Option<(String, Mbox<Box<dyn BufRead>>)>,
    passed_over: u64,
}

/// Lists the messages in `paths`; without any, or for `-`, those of standard input.
pub(super) fn messages(paths: &[PathBuf]) -> Messages {
    let mut inputs: VecDeque<_> = paths
        .iter()
        .map(|path| match path.to_str() {
            Some("-") => Input::Stdin,
            _ => Input::Path(path.clone(), FileOrigin::Named),
        })
        .collect();
    if inputs.is_empty() {
        inputs.push_back(Input::Stdin);
    }
    Messages {
        inputs,
        open: None,
        passed_over: 0,
    }
}

/// Counts the bytes in `paths`, for a progress bar; `None` when standard input is among them.
pub(super) fn total_size(paths: &[PathBuf]) -> Option<u64> {
    if paths.is_empty() || paths.iter().any(|path| path.as_os_str() == "-") {
        return None;
    }
    Some(paths.iter().map(|path| size(path)).sum())
}

fn size(path: &Path) -> u64 {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => std::fs::read_dir(path).map_or(0, |entries| {
            entries.flatten().map(|entry| size(&entry.path())).sum()
        }),
        Ok(found) => found.len(),
        Err(_) => 0,
    }
}

impl Messages {
    /// Counts the files passed over so far, because they lie beside mail and are none.
    pub(super) fn passed_over(&self) -> u64 {
        self.passed_over
    }

    /// Begins with the next file or directory.
    fn start(&mut self, input: Input) -> Result<Option<FileMessage>, FileError> {
        let (path, found) = match input {
            Input::Stdin => {
                let message = self.begin(Box::new(io::stdin().lock()), "-".into())?;
                // A pipe that nothing came through held no message, not an empty one.
                return Ok(message.filter(|message| !message.bytes.trim_ascii().is_empty()));
            }
            Input::Path(path, found) => (path, found),
        };
        let failed = |cause| FileError(path.clone(), cause);
        if std::fs::metadata(&path).map_err(failed)?.is_dir() {
            self.enter(&path)?;
            return Ok(None);
        }
        let mut reader = BufReader::with_capacity(1 << 16, File::open(&path).map_err(failed)?);
        if found == FileOrigin::Directory && !is_mail(&path, reader.fill_buf().map_err(failed)?) {
            self.passed_over += 1;
            return Ok(None);
        }
        self.begin(Box::new(reader), path.display().to_string())
    }

    /// Opens an mbox, which stays open; anything else is one message.
    fn begin(
        &mut self,
        mut reader: Box<dyn BufRead>,
        origin: String,
    ) -> Result<Option<FileMessage>, FileError> {
        let failed = |cause| FileError(origin.clone().into(), cause);
        if mbox::starts_here(reader.fill_buf().map_err(failed)?) {
            self.open = Some((origin, Mbox::new(reader, LARGEST)));
            return Ok(None);
        }
        let mut bytes = Vec::new();
        let limit = LARGEST as u64 + 1;
        reader.take(limit).read_to_end(&mut bytes).map_err(failed)?;
        let cut = bytes.len() > LARGEST;
        bytes.truncate(LARGEST);
        Ok(Some(FileMessage { bytes, origin, cut }))
    }

    /// Puts what is in a directory in front of what is still to do, sorted by name.
    fn enter(&mut self, directory: &Path) -> Result<(), FileError> {
        let failed = |cause| FileError(directory.to_owned(), cause);
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // A directory at the end of a symbolic link is not entered: it may lead back here.
            let is_directory = entry.file_type().map_err(failed)?.is_dir();
            entries.push((entry.path(), is_directory));
        }
        entries.sort();
        let maildir = is_maildir(directory);
        let is_box = |name: &OsStr| name == "cur" || name == "new";
        let in_box =
            directory.file_name().is_some_and(is_box) && directory.parent().is_some_and(is_maildir);
        let found = if in_box {
            FileOrigin::Maildir
        } else {
            FileOrigin::Directory
        };
        for (path, is_directory) in entries.into_iter().rev() {
            let name = path.file_name().unwrap_or_default();
            let hidden = name.as_encoded_bytes().starts_with(b".");
            let wanted = match (maildir, is_directory) {
                // Besides its boxes a Maildir holds the server's own files, and folders of the same form.
                (true, true) => is_box(name) || is_maildir(&path),
                (true, false) => false,
                (false, true) => !hidden || is_maildir(&path),
                (false, false) => !hidden,
            };
            if wanted {
                self.inputs.push_front(Input::Path(path, found));
            }
        }
        Ok(())
    }

    /// Reads the next message of the mbox that is open.
    fn next_in_mbox(&mut self) -> Option<Result<FileMessage, FileError>> {
        let (origin, mbox) = self.open.as_mut()?;
        let read = mbox.next()?;
        let message = read.map(|one| FileMessage {
            bytes: one.bytes,
            origin: format!("{origin}:{}", one.number),
            cut: one.cut,
        });
        Some(message.map_err(|cause| FileError(origin.clone().into(), cause)))
    }
}

impl Iterator for Messages {
    type Item = Result<FileMessage, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let next = self.next_in_mbox();
            if !matches!(next, Some(Ok(_))) {
                self.open = None;
            }
            if next.is_some() {
                return next;
            }
            let input = self.inputs.pop_front()?;
            if let Some(message) = self.start(input).transpose() {
                return Some(message);
            }
        }
    }
}

fn is_maildir(directory: &Path) -> bool {
    directory.join("cur").is_dir() && directory.join("new").is_dir()
}

/// Returns true when a file that lies in some directory is mail: by its name, or by its first bytes.
fn is_mail(path: &Path, start: &[u8]) -> bool {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("eml") => true,
        // MH folders number their messages.
        None => mbox::starts_here(start) || is_header_field(start),
        Some(_) => mbox::starts_here(start),
    }
}

/// Returns true for a text that begins like a mail's header (RFC 5322 section 2.2).
fn is_header_field(start: &[u8]) -> bool {
    let name = start.split(|byte| *byte == b':').next().unwrap_or_default();
    name.len() < start.len()
        && !name.is_empty()
        && name.len() < 64
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn read(paths: &[PathBuf]) -> Vec<(String, String)> {
        messages(paths)
            .map(|message| {
                let message = message.unwrap();
                let bytes = String::from_utf8(message.bytes).unwrap();
                let origin = Path::new(&message.origin);
                (
                    origin.file_name().unwrap().to_string_lossy().into_owned(),
                    bytes,
                )
            })
            .collect()
    }

    #[test]
    fn a_directory_gives_its_mails_by_name_and_passes_over_the_rest() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
        write("b.eml", "Subject: b\n\n");
        write("a.eml", "Subject: a\n\n");
        write("12", "Subject: mh\n\n");
        write("facts.json", "{\"Subject\": 1}");
        write("README", "About these mails");
        write(
            "2025-11.txt",
            "From a@b Thu Nov 27 09:05:37 2025\nSubject: m\n\nx\n",
        );
        write(".hidden.eml", "Subject: h\n\n");
        let mut found = messages(&[directory.path().to_owned()]);
        let origins: Vec<_> = found
            .by_ref()
            .map(|message| {
                let origin = message.unwrap().origin;
                origin.rsplit('/').next().unwrap().to_owned()
            })
            .collect();
        assert_eq!(origins, ["12", "2025-11.txt:1", "a.eml", "b.eml"]);
        assert_eq!(found.passed_over(), 2);
    }

    #[test]
    fn a_maildir_gives_cur_and_new_and_its_folders() {
        let directory = tempfile::tempdir().unwrap();
        for name in [
            "cur",
            "new",
            "tmp",
            ".Lists/cur",
            ".Lists/new",
            ".Lists/tmp",
        ] {
            fs::create_dir_all(directory.path().join(name)).unwrap();
        }
        let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
        write("cur/1.M1.host:2,S", "Subject: seen\n\n");
        write("new/2.M1.host", "an odd message without header");
        write("tmp/3.M1.host", "Subject: half written");
        write(".Lists/new/4.M1.host", "Subject: list\n\n");
        write("dovecot-uidlist", "3 V1 N5");
        let found: Vec<_> = read(&[directory.path().to_owned()])
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(found, ["4.M1.host", "1.M1.host:2,S", "2.M1.host"]);
    }

    #[test]
    fn a_named_file_is_read_whatever_it_looks_like_and_a_missing_one_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("mail.json");
        fs::write(&path, "no header at all").unwrap();
        assert_eq!(
            read(&[path]),
            [("mail.json".into(), "no header at all".into())]
        );
        let error = messages(&["/no/such/mail".into()])
            .next()
            .unwrap()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read /no/such/mail: No such file or directory (os error 2)"
        );
    }

    #[test]
    fn one_file_that_cannot_be_read_does_not_end_the_reading() {
        let directory = tempfile::tempdir().unwrap();
        let good = directory.path().join("good.eml");
        fs::write(&good, "Subject: x\n\n").unwrap();
        let found: Vec<_> = messages(&["/no/such/mail".into(), good]).collect();
        assert!(found[0].is_err());
        assert!(found[1].is_ok());
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn the_total_is_the_sum_of_the_sizes() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a.eml"), "12345").unwrap();
        fs::create_dir(directory.path().join("b")).unwrap();
        fs::write(directory.path().join("b/c.eml"), "123").unwrap();
        assert_eq!(total_size(&[directory.path().to_owned()]), Some(8));
        assert_eq!(total_size(&["-".into()]), None);
        assert_eq!(total_size(&[]), None);
    }
}
