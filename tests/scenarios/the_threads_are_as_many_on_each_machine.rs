//! A machine of one core and one of 256: the same threads, within the unit's limit; and where the system gives too few, an error
//! that says so. What counts the cores is answered by a small library that is loaded before the others.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::lab::daemon::{Daemon, Home, Setup};
use crate::lab::dovecot::Dovecot;
use crate::lab::smtp_receiver::SmtpReceiver;

/// `CORES` is how many there are, `THREADS` how many threads can be made.
const LIBRARY: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

static int cores(void) { return atoi(getenv("CORES")); }

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set) {
    CPU_ZERO_S(size, set);
    for (int core = 0; core < cores(); core++) CPU_SET_S(core, size, set);
    return 0;
}
int get_nprocs(void) { return cores(); }
int get_nprocs_conf(void) { return cores(); }
long sysconf(int name) {
    long (*real)(int) = (long (*)(int))dlsym(RTLD_NEXT, "sysconf");
    return name == _SC_NPROCESSORS_ONLN || name == _SC_NPROCESSORS_CONF ? cores() : real(name);
}
int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*start)(void *), void *with) {
    static int made;
    typedef int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    create real = (create)dlsym(RTLD_NEXT, "pthread_create");
    if (__sync_add_and_fetch(&made, 1) > atoi(getenv("THREADS"))) return EAGAIN;
    return real(thread, how, start, with);
}
"#;

/// Builds the library in `folder`; `None` where there is no compiler.
fn library(folder: &Path) -> Option<PathBuf> {
    let (source, library) = (folder.join("cores.c"), folder.join("cores.so"));
    std::fs::write(&source, LIBRARY).unwrap();
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .status();
    built.ok()?.success().then_some(library)
}

#[test]
fn from_one_core_to_256_the_daemon_starts_with_the_same_threads() {
    let (dovecot, receiver) = (Dovecot::start(), SmtpReceiver::start());
    let setup = Setup::plain(dovecot.port, receiver.port);
    let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup);
    let Some(library) = library(home.folder.path()) else {
        eprintln!("no C compiler here: not tried");
        return;
    };
    let counts = [1, 2, 4, 30, 64, 128, 256].map(|cores: u32| {
        let mut command = home.command(&["--at", "2025-11-28T12:00:00Z", "run"]);
        command
            .env("LD_PRELOAD", &library)
            .env("CORES", cores.to_string())
            .env("THREADS", "1000");
        let mut daemon = Daemon::start(&mut command);
        daemon.wait_for("connected", 1);
        let tasks = format!("/proc/{}/task", daemon.id());
        let count = std::fs::read_dir(tasks).unwrap().count();
        assert!(daemon.stop("TERM").0.success());
        count
    });
    // TasksMax=32 is for these and for a password_command's processes.
    assert!(counts.iter().all(|count| *count <= 20), "{counts:?}");
    let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
    assert!(most - least <= 1, "{counts:?}");
}

#[test]
fn threads_that_cannot_be_had_are_an_error_that_says_what_to_change() {
    let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &Setup::plain(1, 1));
    let Some(library) = library(home.folder.path()) else {
        eprintln!("no C compiler here: not tried");
        return;
    };
    for threads in 0..14 {
        let mut command = home.command(&["run", "--once"]);
        command
            .env("LD_PRELOAD", &library)
            .env("CORES", "64")
            .env("THREADS", threads.to_string());
        let Output { status, stderr, .. } = command.output().unwrap();
        let said = String::from_utf8_lossy(&stderr).into_owned();
        assert_eq!(status.code(), Some(1), "{threads}: {said}");
        assert!(said.contains("TasksMax="), "{threads}: {said}");
    }
}
