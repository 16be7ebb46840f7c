//! Templates of one's own: which file replaces which, and how faults are told.

use super::fixtures::{model_day, print};
use super::*;

#[test]
fn a_file_of_its_name_replaces_a_template() {
    let directory = tempfile::tempdir().unwrap();
    let settings = PressSettings {
        templates: Some(directory.path().to_owned()),
    };
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write(
        "digest.html.j2",
        "<p>{{ title }}</p>{% for theme in themes %}<p>{{ theme.title }}</p>{% endfor %}",
    );
    write("README", "other files do not matter");
    let press = Press::configured(&settings).unwrap();
    let edited = model_day(Language::En);
    let html = press.print(&edited, Format::Html).unwrap();
    assert!(html.starts_with(
        "<p>nikkan 2025-11-28: 3 Internet-Drafts, 0 RFCs</p><p>AI agents &amp; automation"
    ));
    assert_eq!(
        press.print(&edited, Format::Text).unwrap(),
        print(&edited, Format::Text).unwrap()
    );

    write("digest.md.j2", "{% if %}");
    let error = Press::configured(&settings).unwrap_err().to_string();
    let file = directory.path().join("digest.md.j2");
    let begins = format!("template {}:1: syntax error", file.display());
    assert!(error.starts_with(&begins), "{error}");
    write("digest.md.j2", "# A\n\n{{ headline }}\n");
    let error = Press::configured(&settings).unwrap_err().to_string();
    let whole = format!(
        "template {}:3: undefined value: `headline` is undefined, at headline",
        file.display()
    );
    assert_eq!(error, whole);
    write("digest.md.j2", "");
    write("digets.txt.j2", "");
    let error = Press::configured(&settings).unwrap_err().to_string();
    assert!(error.contains("digets.txt.j2` replaces nothing"), "{error}");
    let gone = PressSettings {
        templates: Some(directory.path().join("gone")),
    };
    let error = Press::configured(&gone).unwrap_err().to_string();
    assert!(error.contains("gone` cannot be read"), "{error}");
}
