//! Secrets: random ones, and how to compare them.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

/// 128 random bits from the operating system, as a text that a URL can hold.
pub fn random() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system has random bytes");
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether two secrets are the same, in a time that does not depend on how far they are: `==` stops at the first byte that
/// differs, and who can measure that guesses one byte after the other.
pub fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_are_alike_and_each_is_itself() {
        let (one, other) = (random(), random());
        assert!(same(&one, &one));
        assert!(!same(&one, &other));
        assert!(!same(&one, &one[1..]));
        assert!(!same(&one, ""));
        assert_eq!(one.len(), 22);
    }
}
