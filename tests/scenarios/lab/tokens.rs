//! Access tokens as Dovecot's own oauth2 driver checks them: JSON Web Tokens (RFC 7519), signed with HMAC-SHA256.

use std::path::Path;

use openssl::base64::encode_block;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;

pub const KEY: &[u8] = b"a key of the lab, and of nobody else";

/// Dovecot's configuration for it; the key lies where [`write_key`] puts it.
pub const CONFIGURATION: &str = "auth_mechanisms = plain xoauth2 oauthbearer\n\
    passdb {\n driver = oauth2\n mechanisms = xoauth2 oauthbearer\n args = ROOT/oauth2.conf\n}\n";

/// Fills Dovecot's directory.
pub fn write_key(root: &Path) {
    let folder = root.join("keys/default/HS256");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("default"), encode_block(KEY)).unwrap();
    let text = format!(
        "introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={}/keys/\nusername_attribute = sub\n",
        root.display()
    );
    std::fs::write(root.join("oauth2.conf"), text).unwrap();
}

/// A token for `user` that is valid for so many seconds from now (negative: expired).
pub fn token(user: &str, seconds: i64, key: &[u8]) -> String {
    let now = jiff::Timestamp::now().as_second();
    let url = |bytes: &[u8]| {
        encode_block(bytes)
            .replace('+', "-")
            .replace('/', "_")
            .trim_end_matches('=')
            .to_owned()
    };
    let claims = serde_json::json!({
        "iss": "lab", "sub": user, "iat": now - 60, "nbf": now - 60, "exp": now + seconds,
    });
    let text = format!(
        "{}.{}",
        url(br#"{"alg":"HS256","typ":"JWT"}"#),
        url(claims.to_string().as_bytes())
    );
    let key = PKey::hmac(key).unwrap();
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    signer.update(text.as_bytes()).unwrap();
    format!("{text}.{}", url(&signer.sign_to_vec().unwrap()))
}
