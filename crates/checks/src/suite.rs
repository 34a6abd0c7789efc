//! The files of a chapter's suite: accepted transcripts, fingerprints of mistakes, and whether they are the official ones.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use sha1::{Digest, Sha1};

use crate::{
    chapter::{Chapter, Conversation, Mistake},
    verdict::hex,
};

/// The hashes of the official files, one a line: the hash, two spaces, the path.
pub const LOCK: &str = include_str!("../official.lock");

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        crates
            .and_then(Path::parent)
            .expect("this crate lies in crates/")
            .to_owned()
    });
    &ROOT
}

impl Chapter {
    /// The folder of the exercise.
    pub fn exercise(&self) -> PathBuf {
        workspace().join("exercises").join(self.folder())
    }

    /// The folder of the solution.
    pub fn solution(&self) -> PathBuf {
        workspace().join("solutions").join(self.folder())
    }

    /// The folder with the accepted transcripts.
    pub fn transcripts(&self) -> PathBuf {
        self.exercise().join("transcripts")
    }

    /// The folder with what a mistake makes of the conversations that it fails.
    pub fn fingerprints(&self, mistake: &Mistake) -> PathBuf {
        let folder = workspace().join("crates/checks/fingerprints");
        folder.join(self.number).join(mistake.name)
    }

    /// The accepted transcript of a conversation.
    pub fn expected(&self, conversation: &Conversation) -> io::Result<String> {
        snapshot(&self.transcripts(), conversation.name)
    }

    /// What a mistake makes of a conversation, where it fails it.
    pub fn fingerprint(&self, mistake: &Mistake, conversation: &str) -> Option<String> {
        snapshot(&self.fingerprints(mistake), conversation).ok()
    }

    /// The files that judge this chapter, relative to the workspace and with `/` between folders.
    pub fn files(&self) -> Vec<String> {
        let code = [
            format!("crates/checks/src/ch{}.rs", self.number),
            "crates/checks/src/scenes.rs".into(),
        ];
        let transcripts = format!("exercises/{}/transcripts", self.folder());
        let transcripts = self
            .conversations
            .iter()
            .map(|c| format!("{transcripts}/{}.snap", c.name));
        code.into_iter().chain(transcripts).collect()
    }

    /// Each file of this suite that is missing, or is not the official one.
    pub fn modified(&self) -> Vec<String> {
        let mut files = self.files();
        files.retain(|file| {
            let official = LOCK
                .lines()
                .find_map(|line| line.strip_suffix(file.as_str())?.strip_suffix("  "));
            official != fingerprint(&workspace().join(file)).ok().as_deref()
        });
        files
    }
}

/// The hash of a text file; CRLF counts as LF.
pub fn fingerprint(file: &Path) -> io::Result<String> {
    let text = fs::read_to_string(file)?.replace("\r\n", "\n");
    Ok(hex(&Sha1::digest(text)))
}

fn snapshot(folder: &Path, name: &str) -> io::Result<String> {
    let path = folder.join(name).with_extension("snap");
    if !path.exists() {
        return Err(io::ErrorKind::NotFound.into());
    }
    // insta reads it, too, but has advice for whoever damaged it that nobody here should follow.
    let text = fs::read_to_string(&path)?.replace("\r\n", "\n");
    let body = text
        .strip_prefix("---\n")
        .and_then(|text| text.split_once("\n---\n"));
    Ok(body.map_or(text.as_str(), |(_, body)| body).to_owned())
}
