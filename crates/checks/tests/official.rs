//! The lock names the hash of every file that judges an exercise.

use std::{env, fs};

#[test]
fn the_lock_fits_the_files_of_the_suites() {
    let mut lock = String::new();
    let mut files: Vec<_> = checks::CHAPTERS.iter().flat_map(|c| c.files()).collect();
    // What all chapters share is in the list of each.
    files.sort();
    files.dedup();
    for file in files {
        let hash = checks::fingerprint(&checks::workspace().join(&file));
        let hash = hash.unwrap_or_else(|error| panic!("{file}: {error}"));
        lock.push_str(&format!("{hash}  {file}\n"));
    }
    if env::var("OFFICIAL").as_deref() == Ok("renew") {
        let path = checks::workspace().join("crates/checks/official.lock");
        fs::write(path, lock).expect("the lock can be written");
        return;
    }
    let changed: Vec<_> = lock
        .lines()
        .filter(|line| !checks::LOCK.lines().any(|old| old == *line))
        .collect();
    assert!(
        lock == checks::LOCK.replace("\r\n", "\n"),
        "the suite is not the one that crates/checks/official.lock knows:\n{changed:#?}\n\
         A learner who changed it: git checkout HEAD -- crates/checks exercises\n\
         A maintainer who means it: OFFICIAL=renew cargo test -p checks --test official"
    );
}
