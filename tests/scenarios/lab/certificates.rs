//! A private certificate authority and what it signs, made when it is needed, so that nothing expires in the
//! repository.

use std::path::{Path, PathBuf};

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};

/// An authority.
pub struct Authority {
    certificate: X509,
    key: PKey<Private>,
}

/// A server's certificate and key as files.
#[derive(Clone, Debug)]
pub struct Identity {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

fn new_key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

/// Signed by an authority, or by itself: then for an authority where `name` is no host's.
fn build(name: &str, key: &PKey<Private>, days: i64, by: Option<&Authority>) -> X509 {
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let mut serial = BigNum::new().unwrap();
    serial
        .rand(120, openssl::bn::MsbOption::MAYBE_ZERO, false)
        .unwrap();
    builder
        .set_serial_number(&serial.to_asn1_integer().unwrap())
        .unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder
        .set_issuer_name(by.map_or(&subject, |authority| authority.certificate.subject_name()))
        .unwrap();
    builder.set_pubkey(key).unwrap();
    let now = jiff::Timestamp::now().as_second();
    let day = 24 * 60 * 60;
    builder
        .set_not_before(&Asn1Time::from_unix(now - 30 * day).unwrap())
        .unwrap();
    builder
        .set_not_after(&Asn1Time::from_unix(now + days * day).unwrap())
        .unwrap();
    if by.is_none() && name != "localhost" {
        builder
            .append_extension(BasicConstraints::new().critical().ca().build().unwrap())
            .unwrap();
    } else {
        let mut names = SubjectAlternativeName::new();
        names.dns(name);
        if name == "localhost" {
            names.ip("127.0.0.1");
        }
        let names = names.build(&builder.x509v3_context(None, None)).unwrap();
        builder.append_extension(names).unwrap();
    }
    let signer = by.map_or(key, |authority| &authority.key);
    builder.sign(signer, MessageDigest::sha256()).unwrap();
    builder.build()
}

impl Authority {
    /// A new one that nobody trusts yet.
    pub fn new() -> Self {
        let key = new_key();
        Authority {
            certificate: build("lab authority", &key, 30, None),
            key,
        }
    }

    /// Writes its certificate, for `ca_file`.
    pub fn write(&self, path: &Path) {
        std::fs::write(path, self.certificate.to_pem().unwrap()).unwrap();
    }

    /// A server's certificate for `name`, valid for `days` from now (negative: expired), in `folder`.
    pub fn sign(&self, folder: &Path, name: &str, days: i64) -> Identity {
        written(folder, name, days, Some(self))
    }
}

/// A certificate for `localhost` that nobody but itself vouches for.
pub fn self_signed(folder: &Path) -> Identity {
    written(folder, "localhost", 10, None)
}

fn written(folder: &Path, name: &str, days: i64, by: Option<&Authority>) -> Identity {
    let key = new_key();
    let certificate = build(name, &key, days, by);
    let identity = Identity {
        certificate: folder.join(format!("{name}.pem")),
        key: folder.join(format!("{name}.key")),
    };
    std::fs::write(&identity.certificate, certificate.to_pem().unwrap()).unwrap();
    std::fs::write(&identity.key, key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    identity
}
