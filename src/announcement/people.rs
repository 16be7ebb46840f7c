//! Author lists as written become one person per entry. A comma divides people, unless what follows it belongs to
//! the name before: "J. Reschke, Ed.".

/// Words that may follow a comma without being a person.
const TITLES: [&str; 19] = [
    "2nd", "3rd", "4th", "iv", "ph.d.", "ed", "ed.", "eds", "eds.", "editor", "editors", "author",
    "jr", "jr.", "sr", "sr.", "ii", "iii", "phd",
];

/// Returns the people named in these lines, in order. "et al." is not a person.
pub(super) fn people<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut people: Vec<String> = Vec::new();
    for line in lines {
        for piece in line.split([',', ';']) {
            for (at, name) in split_and(piece).into_iter().enumerate() {
                let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
                let lower = name.to_lowercase();
                if name.is_empty() || matches!(lower.as_str(), "et al." | "et al" | "et. al.") {
                    continue;
                }
                // A line may end with the comma that divides a name from its title, or begin with the title.
                match people.last_mut() {
                    Some(last) if at == 0 && TITLES.contains(&lower.as_str()) => {
                        last.push_str(", ");
                        last.push_str(&name);
                    }
                    _ => people.push(name),
                }
            }
        }
    }
    people
}

/// Splits at "and": "A and B", "A & B" are two people, also when the comma before "and" divided them already; "Anders
/// And" is one.
fn split_and(piece: &str) -> Vec<&str> {
    let piece = piece.trim_start();
    let piece = piece.strip_prefix("and ").unwrap_or(piece);
    piece
        .split(" and ")
        .flat_map(|part| part.split(" & "))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_per_entry_as_written() {
        assert_eq!(
            people([
                "R. Fielding, Ed.,",
                "M. Nottingham, Ed.,",
                "J. Reschke, Ed."
            ]),
            ["R. Fielding, Ed.", "M. Nottingham, Ed.", "J. Reschke, Ed."]
        );
        assert_eq!(people(["A. Romanow, et al."]), ["A. Romanow"]);
        assert_eq!(people(["M. Wood, M. Erlinger"]), ["M. Wood", "M. Erlinger"]);
        assert_eq!(
            people(["P. Almquist, Author", "F. Kastenholz, Editor"]),
            ["P. Almquist, Author", "F. Kastenholz, Editor"]
        );
        assert_eq!(
            people(["A. One and B. Two, Jr."]),
            ["A. One", "B. Two, Jr."]
        );
        assert_eq!(
            people(["Henk Birkholz", "Ned Smith"]),
            ["Henk Birkholz", "Ned Smith"]
        );
        assert_eq!(
            people(["A. One, B. Two, and C. Three & D. Four, 3rd"]),
            ["A. One", "B. Two", "C. Three", "D. Four, 3rd"]
        );
        assert!(people([""]).is_empty());
    }
}
