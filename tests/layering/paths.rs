//! Which files a file names: the paths of its `use` declarations and of its code, followed through the faces of the
//! modules to the file that declares what they end at.

use std::collections::{BTreeMap, BTreeSet};

/// A module by its path from the root of the crate, as `["press", "page"]`.
type Module = Vec<String>;

/// A source file, read as far as its paths go.
#[derive(Debug, Default)]
struct Source {
    file: String,
    /// What `use` brings in, by the name that it has here, and the path that it is found by.
    imports: BTreeMap<String, Vec<String>>,
    /// The modules of which `use` brings in everything.
    globs: Vec<Vec<String>>,
    /// The other paths of the code, of two names or more.
    paths: BTreeSet<Vec<String>>,
}

/// The files of a crate by their modules.
#[derive(Debug, Default)]
pub struct Sources(BTreeMap<Module, Source>);

impl Sources {
    /// Reads the files of a crate, each given by its name below `src` and its text.
    pub fn read<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let read = |(file, text): (&str, &str)| {
            let mut source = Source {
                file: file.to_owned(),
                ..Source::default()
            };
            source.read(&tokens(text));
            (module(file), source)
        };
        Sources(files.into_iter().map(read).collect())
    }

    /// The files that each file names, without itself and the faces of the modules that it lies in.
    pub fn named_files(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let named = |(module, source): (&Module, &'_ Source)| -> BTreeSet<Module> {
            let imported = source
                .imports
                .values()
                .filter(|path| !self.is_module(module, path));
            let globs = source.globs.iter();
            (imported.chain(globs).chain(&source.paths))
                .filter_map(|path| self.declared_in(module, path, 8))
                .filter(|found| !module.starts_with(found))
                .collect()
        };
        let file = |module: &Module| self.0[module].file.as_str();
        let files = |(module, source)| {
            let named = named((module, source));
            (file(module), named.iter().map(file).collect())
        };
        self.0.iter().map(files).collect()
    }

    /// The module whose file declares what `path` ends at, when it is named in `module`. `None` when it is no path of
    /// this crate.
    fn declared_in(&self, module: &Module, path: &[String], depth: usize) -> Option<Module> {
        let (mut at, rest) = self.start(module, path, depth)?;
        for (index, name) in rest.iter().enumerate() {
            let child = [at.as_slice(), std::slice::from_ref(name)].concat();
            if self.0.contains_key(&child) {
                at = child;
            } else if let Some(elsewhere) = self.0.get(&at).and_then(|face| face.imports.get(name))
                && depth > 0
            {
                let path = [elsewhere.as_slice(), &rest[index + 1..]].concat();
                return self.declared_in(&at, &path, depth - 1).or(Some(at));
            } else {
                break;
            }
        }
        (!at.is_empty()).then_some(at)
    }

    /// The module at which `path` begins, and what is left of it.
    fn start<'p>(
        &self,
        module: &Module,
        path: &'p [String],
        depth: usize,
    ) -> Option<(Module, &'p [String])> {
        let (first, mut rest) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" => Vec::new(),
            "self" => module.clone(),
            "super" => module[..module.len().checked_sub(1)?].to_vec(),
            name => {
                let child = [module.as_slice(), std::slice::from_ref(first)].concat();
                if self.0.contains_key(&child) {
                    return Some((child, rest));
                }
                // A module that was brought in: `lists::silence` after `use super::lists`.
                let brought = self.0.get(module)?.imports.get(name)?;
                if depth == 0 || brought == path {
                    return None;
                }
                return Some((self.declared_in(module, brought, depth - 1)?, rest));
            }
        };
        while let Some((next, after)) = rest.split_first()
            && next == "super"
        {
            at.pop();
            rest = after;
        }
        Some((at, rest))
    }

    /// True when `path` ends at a module: what is taken from it is told by the paths of the code.
    fn is_module(&self, module: &Module, path: &[String]) -> bool {
        self.start(module, path, 8)
            .is_some_and(|(at, rest)| self.0.contains_key(&[at.as_slice(), rest].concat()))
    }
}

/// `press/page/mod.rs` is the module `press::page`.
fn module(file: &str) -> Module {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    let names = path.split('/').map(str::to_owned);
    names
        .filter(|name| name != "lib" && name != "main")
        .collect()
}

impl Source {
    fn read(&mut self, tokens: &[String]) {
        let mut at = 0;
        while at < tokens.len() {
            if tokens[at] == "use" {
                let end = tokens[at..].iter().position(|token| token == ";");
                let end = end.map_or(tokens.len(), |length| at + length);
                self.read_use(&tokens[at + 1..end], &[]);
                at = end;
            } else if is_name(&tokens[at]) {
                let mut path = vec![tokens[at].clone()];
                while let [colons, name, ..] = &tokens[at + 1..]
                    && colons == "::"
                    && is_name(name)
                {
                    path.push(name.clone());
                    at += 2;
                }
                if path.len() > 1 {
                    self.paths.insert(path);
                }
            }
            at += 1;
        }
    }

    /// Reads the tree of a `use` declaration below `before`.
    fn read_use(&mut self, tree: &[String], before: &[String]) {
        let mut path = before.to_vec();
        let mut at = 0;
        while let Some(token) = tree.get(at) {
            match token.as_str() {
                "{" => {
                    for branch in branches(&tree[at + 1..]) {
                        self.read_use(branch, &path);
                    }
                    return;
                }
                "*" => {
                    self.globs.push(path);
                    return;
                }
                "as" => break,
                name if is_name(name) => path.push(token.clone()),
                _ => {}
            }
            at += 1;
        }
        // `use super::lists::{self, silence}`.
        if path.len() > 1 {
            path.pop_if(|last| last == "self");
        }
        let name = tree[at..].get(1).or(path.last()).cloned();
        if let Some(name) = name.filter(|_| path.len() > 1) {
            self.imports.insert(name, path);
        }
    }
}

/// The branches of a tree in braces, up to its closing brace.
fn branches(tree: &[String]) -> Vec<&[String]> {
    let (mut found, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, token) in tree.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" if depth == 0 => {
                found.push(&tree[start..at]);
                break;
            }
            "}" => depth -= 1,
            "," if depth == 0 => {
                found.push(&tree[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.retain(|branch| !branch.is_empty());
    found
}

/// The types that a file declares, and the traits; an associated type is none of its own.
pub fn type_names(text: &str) -> BTreeSet<String> {
    let tokens = tokens(text);
    let mut depth = 0;
    let mut found = BTreeSet::new();
    for pair in tokens.windows(2) {
        match pair[0].as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "struct" | "enum" | "union" | "trait" if is_name(&pair[1]) => {
                found.insert(pair[1].clone());
            }
            "type" if depth == 0 => {
                found.insert(pair[1].clone());
            }
            _ => {}
        }
    }
    found
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The names of a text and what stands between them; comments, strings and the module of tests are left out.
fn tokens(text: &str) -> Vec<String> {
    let text = without_tests(text);
    let mut found: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if c == '"' {
            string_length(rest)
        } else if c == '\'' {
            char_length(rest)
        } else if is_name(rest) {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            let name = &rest[..end.unwrap_or(rest.len())];
            let hashes = rest[name.len()..].chars().take_while(|c| *c == '#').count();
            let quoted = rest[name.len() + hashes..].starts_with('"');
            if matches!(name, "r" | "br") && quoted {
                let close = format!("\"{}", "#".repeat(hashes));
                let body = name.len() + hashes + 1;
                body + rest[body..].find(&close).map_or(0, |at| at + close.len())
            } else {
                found.push(name.to_owned());
                name.len()
            }
        } else if rest.starts_with("::") {
            found.push("::".to_owned());
            2
        } else {
            if !c.is_whitespace() {
                found.push(c.to_string());
            }
            c.len_utf8()
        };
        rest = &rest[length..];
    }
    found
}

/// The text before the module of tests, which stands last in its file.
fn without_tests(text: &str) -> &str {
    let start = text.match_indices("\n#[cfg(").map(|(at, _)| at).find(|at| {
        let mut lines = text[at + 1..].lines();
        let condition = lines.next().unwrap_or_default();
        condition.contains("test")
            && lines
                .next()
                .is_some_and(|line| line.ends_with("mod tests {"))
    });
    &text[..start.unwrap_or(text.len())]
}

/// The length of the string at the start of `text`.
fn string_length(text: &str) -> usize {
    let mut escaped = true;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of the character at the start of `text`, or of the quote alone before a lifetime.
fn char_length(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            2 + text[2..]
                .char_indices()
                .skip(1)
                .find(|(_, c)| *c == '\'')
                .map_or(0, |(at, _)| at + 1)
        }
        Some((at, c)) if text[at + c.len_utf8()..].starts_with('\'') => at + c.len_utf8() + 1,
        _ => 1,
    }
}
