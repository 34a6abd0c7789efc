//! Tokens: JWTs signed with HS256 (RFC 7519), made and verified.

use std::time::{Duration, SystemTime};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{Error, ErrorKind, Result},
    signature,
};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// The key with which the check signs its tokens. It is published, so it protects nothing.
pub const TEST_KEY: &[u8] = b"the workbook's test key, which everybody knows";

/// A token that never ends is none: this is the longest that one is believed.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// What a token says, once it has been verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Who it is.
    pub user: String,
    /// How long the token is still valid, from now on: whole seconds, at least one.
    pub expires_in: Duration,
}

/// The key that tokens are signed and verified with.
#[derive(Clone)]
pub struct Key {
    sign: EncodingKey,
    verify: DecodingKey,
    rules: Validation,
}

/// What is in a token; the names are those of RFC 7519 section 4.1.
#[derive(Serialize, Deserialize)]
struct Payload {
    sub: String,
    exp: f64,
}

impl Key {
    /// A key of at least 32 bytes (RFC 7518 section 3.2).
    pub fn new(secret: &[u8]) -> Self {
        // Fails when it has been done before, which is as good.
        let _ = HS256.install_default();
        // This algorithm and no other: a token must not say how it wants to be verified (RFC 8725 section 3.1).
        let mut rules = Validation::new(Algorithm::HS256);
        rules.leeway = 0;
        Key {
            sign: EncodingKey::from_secret(secret),
            verify: DecodingKey::from_secret(secret),
            rules,
        }
    }

    /// Whose token it is and how long it is still valid; an error when it is none, forged, or expired.
    pub fn verify(&self, token: &str) -> Result<Claims> {
        let token = jsonwebtoken::decode::<Payload>(token, &self.verify, &self.rules)?;
        // The wall clock says whether a token is valid. How long that lasts is a duration, so that whoever waits for its end can
        // wait on the clock of the runtime, which no administrator sets back.
        let left = (token.claims.exp - now()).min(LONGEST.as_secs_f64());
        match left as u64 {
            0 => Err(ErrorKind::ExpiredSignature.into()),
            seconds => Ok(Claims {
                user: token.claims.sub,
                expires_in: Duration::from_secs(seconds),
            }),
        }
    }

    /// A token for this user.
    pub fn sign(&self, user: &str, lifetime: Duration) -> String {
        let payload = Payload {
            sub: user.into(),
            exp: now() + lifetime.as_secs_f64(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &payload, &self.sign)
            .expect("a text and a number are always JSON")
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}

/// The text behind base64url without padding (RFC 4648 section 5).
pub fn from_base64url(text: &str) -> Option<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    String::from_utf8(bytes).ok()
}

/// The HMAC of RFC 7518 section 3.2, from the crates hmac and sha2.
static HS256: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| {
        let mac = mac(*algorithm, key.as_bytes())?;
        Ok(Box::new(mac))
    },
    verifier_factory: |algorithm, key| {
        let mac = mac(*algorithm, key.try_get_as_bytes()?)?;
        Ok(Box::new(mac))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

struct Hs256(Hmac<Sha256>);

fn mac(algorithm: Algorithm, key: &[u8]) -> Result<Hs256> {
    let mac = Hmac::new_from_slice(key).ok();
    let mac = mac.filter(|_| algorithm == Algorithm::HS256);
    mac.map(Hs256)
        .ok_or(Error::from(ErrorKind::InvalidAlgorithm))
}

impl signature::Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, signature::Error> {
        let mac = self.0.clone().chain_update(message);
        Ok(mac.finalize().into_bytes().to_vec())
    }
}

impl signature::Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], tag: &Vec<u8>) -> std::result::Result<(), signature::Error> {
        let mac = self.0.clone().chain_update(message);
        // In constant time.
        mac.verify_slice(tag).map_err(|_| signature::Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn what_was_signed_is_verified_and_its_time_rounded_down() {
        let key = Key::new(TEST_KEY);
        let claims = key.verify(&key.sign("alice", HOUR + Duration::from_millis(900)));
        let expires_in = HOUR;
        let user = "alice".into();
        assert_eq!(claims.unwrap(), Claims { user, expires_in });
    }

    #[test]
    fn the_tag_is_that_of_everybody_elses_hs256() {
        // From python: hmac.new(key, b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSIsImV4cCI6NDEwMjQ0NDgwMH0", "sha256").
        let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSIsImV4cCI6NDEwMjQ0NDgwMH0.rcimOyweM5mv4NTDjLOwa_K5LpVVuuFLHHVhaf9OuPU";
        assert_eq!(Key::new(TEST_KEY).verify(token).unwrap().user, "alice");
    }

    #[test]
    fn what_is_forged_or_expired_is_refused() {
        let key = Key::new(TEST_KEY);
        let token = key.sign("alice", HOUR);
        let (head, tag) = token.rsplit_once('.').unwrap();
        let (header, payload) = head.split_once('.').unwrap();
        let other = key.sign("mallory", HOUR);
        let none = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let hs512 = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"HS512"}"#);
        let refused = [
            String::new(),
            "banana".into(),
            head.into(),
            format!("{head}."),
            format!("{}.{tag}", other.rsplit_once('.').unwrap().0),
            format!("{none}.{payload}."),
            format!("{none}.{payload}.{tag}"),
            format!("{hs512}.{payload}.{tag}"),
            format!("{header}.{payload}.{tag}{tag}"),
            Key::new(b"another key that is as long as the first one").sign("alice", HOUR),
            key.sign("alice", Duration::ZERO),
            // Less than a second is left, which is nothing.
            key.sign("alice", Duration::from_millis(900)),
        ];
        for token in refused {
            assert!(key.verify(&token).is_err(), "{token}");
        }
    }

    #[test]
    fn an_expiry_of_any_size_is_survived() {
        let key = Key::new(TEST_KEY);
        for exp in [-1.0, 0.0, 1e18, 1e300] {
            let sub = "alice".into();
            let header = Header::new(Algorithm::HS256);
            let token = jsonwebtoken::encode(&header, &Payload { sub, exp }, &key.sign).unwrap();
            if let Ok(claims) = key.verify(&token) {
                assert!(claims.expires_in <= LONGEST);
            }
        }
    }

    #[test]
    fn base64url_is_decoded_without_padding_only() {
        assert_eq!(from_base64url("w7w_").as_deref(), Some("ü?"));
        assert_eq!(from_base64url("YQ==").as_deref(), None);
        assert_eq!(from_base64url("YQ").as_deref(), Some("a"));
    }
}
