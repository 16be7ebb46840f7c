//! A private certificate authority and what it signs, made when it is needed, so that nothing expires in the
//! repository.

use std::path::{Path, PathBuf};

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
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

/// What a certificate is to say.
#[derive(Clone, Copy)]
pub struct Profile<'a> {
    /// A host's name, or an authority's.
    pub name: &'a str,
    /// Days from now at which it begins and ends.
    pub valid: (i64, i64),
    /// An RSA key of so many bits instead of a curve's.
    pub rsa: Option<u32>,
    pub sha1: bool,
    pub authority: bool,
}

impl<'a> Profile<'a> {
    /// A sound one for a host.
    pub fn host(name: &'a str) -> Self {
        Profile {
            name,
            valid: (-30, 30),
            rsa: None,
            sha1: false,
            authority: false,
        }
    }

    /// A sound one for an authority.
    pub fn authority(name: &'a str) -> Self {
        Profile {
            authority: true,
            ..Profile::host(name)
        }
    }
}

/// A server's key, and the certificates that it sends, its own first.
#[derive(Clone)]
pub struct Chain {
    pub certificates: Vec<X509>,
    pub key: PKey<Private>,
}

fn key_of(profile: &Profile) -> PKey<Private> {
    match profile.rsa {
        Some(bits) => PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap(),
        None => new_key(),
    }
}

/// Signed by an authority, or by itself.
fn build(profile: &Profile, key: &PKey<Private>, by: Option<&Authority>) -> X509 {
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_text("CN", profile.name).unwrap();
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
    let in_days = |days: i64| Asn1Time::from_unix(now + days * 24 * 60 * 60).unwrap();
    builder.set_not_before(&in_days(profile.valid.0)).unwrap();
    builder.set_not_after(&in_days(profile.valid.1)).unwrap();
    if profile.authority {
        builder
            .append_extension(BasicConstraints::new().critical().ca().build().unwrap())
            .unwrap();
    } else {
        let mut names = SubjectAlternativeName::new();
        names.dns(profile.name);
        if profile.name == "localhost" {
            names.ip("127.0.0.1");
        }
        let names = names.build(&builder.x509v3_context(None, None)).unwrap();
        builder.append_extension(names).unwrap();
    }
    let signer = by.map_or(key, |authority| &authority.key);
    let digest = if profile.sha1 {
        MessageDigest::sha1()
    } else {
        MessageDigest::sha256()
    };
    builder.sign(signer, digest).unwrap();
    builder.build()
}

impl Authority {
    /// A new one that nobody trusts yet.
    pub fn new() -> Self {
        Authority::named("lab authority")
    }

    /// The same by another name.
    pub fn named(name: &str) -> Self {
        let profile = Profile::authority(name);
        let key = key_of(&profile);
        Authority {
            certificate: build(&profile, &key, None),
            key,
        }
    }

    /// One that this one vouches for.
    pub fn intermediate(&self, name: &str) -> Self {
        let profile = Profile::authority(name);
        let key = key_of(&profile);
        Authority {
            certificate: build(&profile, &key, Some(self)),
            key,
        }
    }

    /// A certificate and its key; the chain is this certificate alone.
    pub fn issue(&self, profile: &Profile) -> Chain {
        let key = key_of(profile);
        Chain {
            certificates: vec![build(profile, &key, Some(self))],
            key,
        }
    }

    pub fn certificate(&self) -> &X509 {
        &self.certificate
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

/// The same in memory.
pub fn self_signed_chain() -> Chain {
    let profile = Profile::host("localhost");
    let key = key_of(&profile);
    Chain {
        certificates: vec![build(&profile, &key, None)],
        key,
    }
}

fn written(folder: &Path, name: &str, days: i64, by: Option<&Authority>) -> Identity {
    let profile = Profile {
        valid: (-30, days),
        ..Profile::host(name)
    };
    let key = key_of(&profile);
    let certificate = build(&profile, &key, by);
    let identity = Identity {
        certificate: folder.join(format!("{name}.pem")),
        key: folder.join(format!("{name}.key")),
    };
    std::fs::write(&identity.certificate, certificate.to_pem().unwrap()).unwrap();
    std::fs::write(&identity.key, key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    identity
}
