//! The templates and how each escapes: whatever a template inserts is escaped by the kind of its file, unless a
//! filter of this file made it.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior};
use serde::Serialize;

use super::{PrintError, clean, link, width};
use crate::wording::is_japanese;

/// The templates by name; the end of the name before `.j2` decides how what they insert is escaped.
pub(super) const BUILT_IN: [(&str, &str); 4] = [
    (TEXT, include_str!("templates/digest.txt.j2")),
    (HTML, include_str!("templates/digest.html.j2")),
    (MARKDOWN, include_str!("templates/digest.md.j2")),
    ("site.html.j2", include_str!("templates/site.html.j2")),
];

/// Those that set a digest.
pub(super) const OF_A_DIGEST: [&str; 3] = [TEXT, HTML, MARKDOWN];
pub(super) const TEXT: &str = "digest.txt.j2";
pub(super) const HTML: &str = "digest.html.j2";
pub(super) const MARKDOWN: &str = "digest.md.j2";

/// A set of templates, parsed.
#[derive(Debug)]
pub(super) struct Templates {
    environment: Environment<'static>,
    /// Where the files that replace some of them stand.
    directory: Option<PathBuf>,
}

static BUILT: LazyLock<Result<Templates, String>> =
    LazyLock::new(|| Templates::with(None, |_| Ok(None)));

impl Templates {
    /// Returns the ones that are part of the binary.
    pub(super) fn built_in() -> Result<&'static Templates, PrintError> {
        BUILT
            .as_ref()
            .map_err(|error| PrintError::Template(error.clone()))
    }

    /// Reads a directory: the built-in ones, with each replaced for which `directory` has a file of its name. Another file that ends in
    /// `.j2` is an error: it is a name written wrongly, and would be ignored in silence.
    pub(super) fn from_directory(directory: &Path) -> Result<Templates, PrintError> {
        Self::find(directory).map_err(PrintError::Template)
    }

    fn find(directory: &Path) -> Result<Templates, String> {
        let shown = directory.display();
        let files = std::fs::read_dir(directory)
            .map_err(|error| format!("directory `{shown}` cannot be read: {error}"))?;
        for file in files {
            let file =
                file.map_err(|error| format!("directory `{shown}` cannot be read: {error}"))?;
            let name = file.file_name().to_string_lossy().into_owned();
            if name.ends_with(".j2") && BUILT_IN.iter().all(|(known, _)| *known != name) {
                let known = BUILT_IN.map(|(name, _)| name).join(", ");
                return Err(format!(
                    "`{shown}/{name}` replaces nothing, the names are {known}"
                ));
            }
        }
        Templates::with(Some(directory), |name| {
            match std::fs::read_to_string(directory.join(name)) {
                Ok(text) => Ok(Some(text)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(format!("`{shown}/{name}` cannot be read: {error}")),
            }
        })
    }

    fn with(
        directory: Option<&Path>,
        replaced: impl Fn(&str) -> Result<Option<String>, String>,
    ) -> Result<Templates, String> {
        let mut environment = environment().map_err(|error| describe(&error, directory))?;
        for (name, source) in BUILT_IN {
            let added = match replaced(name)? {
                Some(text) => environment.add_template_owned(name, text),
                None => environment.add_template(name, source),
            };
            added.map_err(|error| describe(&error, directory))?;
        }
        Ok(Templates {
            environment,
            directory: directory.map(Path::to_owned),
        })
    }

    /// Sets `page` in the template `name`; an error names file and line.
    pub(super) fn render(&self, name: &str, page: &impl Serialize) -> Result<String, PrintError> {
        let template = self.environment.get_template(name);
        let rendered = template.and_then(|template| template.render(Serde(page)));
        rendered.map_err(|error| PrintError::Template(describe(&error, self.directory.as_deref())))
    }
}

/// Tells what is wrong, where, and in which words of the template: `/etc/nikkan/templates/digest.md.j2:3: undefined value,
/// at headline`.
fn describe(error: &Error, directory: Option<&Path>) -> String {
    const SHOWN: usize = 60;
    let mut told = String::new();
    if let Some(name) = error.name() {
        let file = directory.map_or_else(|| name.into(), |directory| directory.join(name));
        told.push_str(&file.display().to_string());
        told.extend(error.line().map(|line| format!(":{line}")));
        told.push_str(": ");
    }
    told.push_str(&error.kind().to_string());
    told.extend(error.detail().map(|detail| format!(": {detail}")));
    let at = error
        .template_source()
        .zip(error.range())
        .and_then(|(source, range)| source.get(range))
        .map(|text| clean::line(text, SHOWN))
        .filter(|text| !text.is_empty());
    told.extend(at.map(|text| format!(", at {text}")));
    told
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    // Keeps where in the source an error is.
    environment.set_debug(true);
    let mut syntax = SyntaxConfig::builder();
    syntax
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true);
    environment.set_syntax(syntax.build()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| {
        match name.trim_end_matches(".j2").rsplit('.').next() {
            Some("html") => AutoEscape::Html,
            Some("md") => AutoEscape::Custom("markdown".into()),
            _ => AutoEscape::None,
        }
    });
    environment.set_formatter(insert);
    environment.add_filter("url", url);
    environment.add_filter("wrap", wrap);
    environment.add_filter("rule", width::rule);
    environment.add_filter("row", row);
    environment.add_filter("attributes", attributes);
    environment.add_filter("stylesheet", stylesheet);
    environment.add_filter("foreign", foreign);
    Ok(environment)
}

/// Returns an address, checked once more; it needs no escaping.
fn url(url: &str) -> Value {
    Value::from_safe_string(link::safe(url).unwrap_or_default().replace('&', "&amp;"))
}

/// The looks of elements, by kind: classes, then declarations. A template writes them itself; they hold no outside text.
type Looks = BTreeMap<String, (String, String)>;

/// Returns the attributes of each kind of element: its declarations where it stands, or, with a sheet, a class that has them.
fn attributes(looks: Serde<Looks>, sheet: bool) -> Value {
    let attributes = looks.iter().map(|(kind, (classes, look))| {
        let attributes = match (sheet, classes.as_str()) {
            (true, "") => format!(" class=\"{kind}\""),
            (true, classes) => format!(" class=\"{classes} {kind}\""),
            (false, "") => format!(" style=\"{look}\""),
            (false, classes) => format!(" class=\"{classes}\" style=\"{look}\""),
        };
        (kind.as_str(), Value::from_safe_string(attributes))
    });
    Value::from_pairs(attributes)
}

/// Returns the sheet to which [`attributes`] refers.
fn stylesheet(looks: Serde<Looks>) -> Value {
    let rules = looks
        .iter()
        .map(|(kind, (_, look))| format!(".{kind}{{{look}}}\n"));
    Value::from_safe_string(rules.collect())
}

/// Returns the attribute for English on a page of another language: of a text that has Latin letters and none of Japanese.
fn foreign(text: &str, lang: &str) -> Value {
    let is_foreign = lang != "en"
        && text.contains(|c: char| c.is_ascii_alphabetic())
        && !text.contains(is_japanese);
    Value::from_safe_string(if is_foreign { " lang=\"en\"" } else { "" }.to_owned())
}

/// Puts parts in a row for [`wrap`].
fn row(parts: Vec<String>) -> String {
    width::row(&parts)
}

/// Wraps text to lines of 72 columns after `first`, then `rest`.
fn wrap(text: &str, first: Option<&str>, rest: Option<&str>) -> String {
    let first = first.unwrap_or_default();
    width::wrap(text, first, rest.unwrap_or(first))
}

/// Escapes what is inserted, unless it is a number or was made by a filter of this file.
fn insert(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let text = match value.as_str() {
        Some(text) if !value.is_safe() => text,
        _ => return out.write_str(&value.to_string()).map_err(Error::from),
    };
    let written = match state.auto_escape() {
        AutoEscape::Html => escape_markup(out, text),
        AutoEscape::Custom(kind) if kind == "markdown" => escape_markdown(out, text),
        _ => out.write_str(text),
    };
    written.map_err(Error::from)
}

/// Writes text into HTML or XML, in an element or in a quoted attribute. What XML cannot hold was cleaned away before.
pub(crate) fn escape_markup(out: &mut impl Write, text: &str) -> fmt::Result {
    for c in text.chars() {
        match c {
            '&' => out.write_str("&amp;")?,
            '<' => out.write_str("&lt;")?,
            '>' => out.write_str("&gt;")?,
            '"' => out.write_str("&quot;")?,
            '\'' => out.write_str("&#39;")?,
            c => out.write_char(c)?,
        }
    }
    Ok(())
}

/// Writes text into Markdown: what could begin a mark-up anywhere is escaped, what could only at the start of a line, there.
fn escape_markdown(out: &mut impl Write, text: &str) -> fmt::Result {
    let list = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = list.len() < text.len() && list.starts_with(['.', ')']);
    let mark = text.len() - list.len();
    for (at, c) in text.char_indices() {
        let anywhere = "\\`*_[]<>#|~&!$@{}".contains(c);
        let at_start = at == 0 && "-+=:".contains(c) || numbered && at == mark;
        if anywhere || at_start {
            out.write_char('\\')?;
        }
        out.write_char(c)?;
    }
    Ok(())
}
