//! A set of UIDs as ranges, written as IMAP writes it (RFC 9051 section 9, `sequence-set`): `1:3,7`.

use std::fmt;
use std::str::FromStr;

/// A set of UIDs. Its ranges are ascending and do not touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UidSet {
    ranges: Vec<(u32, u32)>,
}

impl UidSet {
    /// Makes the set of every UID up to `last`.
    pub fn up_to(last: u32) -> Self {
        UidSet::from_range(1, last)
    }

    /// Adds the UIDs from `first` to `last`; nothing where `last` is before `first`. 0 is no UID.
    pub fn insert(&mut self, first: u32, last: u32) {
        let first = first.max(1);
        if last < first {
            return;
        }
        // Ranges that end right before `first` are joined, too.
        let start = self.ranges.partition_point(|(_, end)| *end < first - 1);
        let after = last.saturating_add(1);
        let end = self.ranges.partition_point(|(begin, _)| *begin <= after);
        let (mut joined_first, mut joined_last) = (first, last);
        if let Some(touching) = self.ranges.get(start..end) {
            joined_first = touching.first().map_or(first, |range| range.0.min(first));
            joined_last = touching.last().map_or(last, |range| range.1.max(last));
        }
        let end = end.max(start);
        self.ranges
            .splice(start..end, [(joined_first, joined_last)]);
    }

    /// Makes the set of the UIDs from `first` to `last`.
    pub fn from_range(first: u32, last: u32) -> Self {
        let mut set = UidSet::default();
        set.insert(first, last);
        set
    }

    /// Adds those of another set.
    pub fn extend(&mut self, other: &UidSet) {
        for (begin, end) in &other.ranges {
            self.insert(*begin, *end);
        }
    }

    /// Returns the set without those of another.
    pub fn minus(&self, other: &UidSet) -> UidSet {
        let mut rest = UidSet::default();
        for (begin, end) in &self.ranges {
            rest.extend(&other.gaps(*begin, *end));
        }
        rest
    }

    /// Returns the UIDs of the set up to `last`.
    pub fn until(&self, last: u32) -> UidSet {
        let ranges = self.ranges.iter();
        let ranges = ranges
            .take_while(|(begin, _)| *begin <= last)
            .map(|(begin, end)| (*begin, (*end).min(last)));
        UidSet {
            ranges: ranges.collect(),
        }
    }

    /// Adds one UID.
    pub fn add(&mut self, uid: u32) {
        self.insert(uid, uid);
    }

    /// Returns true when the UID is in the set.
    pub fn contains(&self, uid: u32) -> bool {
        let index = self.ranges.partition_point(|(_, end)| *end < uid);
        self.ranges
            .get(index)
            .is_some_and(|(begin, _)| *begin <= uid)
    }

    /// Returns true when no UID is in the set.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Returns the number of ranges, which is what the set takes in memory.
    pub fn pieces(&self) -> usize {
        self.ranges.len()
    }

    /// Returns the number of UIDs.
    pub fn count(&self) -> u64 {
        let lengths = self.ranges.iter();
        lengths.map(|(begin, end)| u64::from(end - begin) + 1).sum()
    }

    /// Returns the lowest UID.
    pub fn first(&self) -> Option<u32> {
        self.ranges.first().map(|range| range.0)
    }

    /// Returns the highest UID.
    pub fn last(&self) -> Option<u32> {
        self.ranges.last().map(|range| range.1)
    }

    /// Returns the UIDs, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.ranges.iter().flat_map(|(begin, end)| *begin..=*end)
    }

    /// Returns what lies from `first` to `last` and is not in the set.
    pub fn gaps(&self, first: u32, last: u32) -> UidSet {
        let mut gaps = UidSet::default();
        let mut next = first.max(1);
        let start = self.ranges.partition_point(|(_, end)| *end < next);
        for (begin, end) in self.ranges.get(start..).unwrap_or_default() {
            if *begin > last {
                break;
            }
            gaps.insert(next, begin.saturating_sub(1));
            match end.checked_add(1) {
                Some(after) => next = next.max(after),
                None => return gaps,
            }
        }
        gaps.insert(next, last);
        gaps
    }

    /// Returns the UID up to which all are in the set; 0 when not even the first is.
    pub fn filled_up_to(&self) -> u32 {
        match self.ranges.first() {
            Some((1, end)) => *end,
            _ => 0,
        }
    }

    /// Fills the gaps below the highest `most` UIDs.
    pub fn fill_below(&mut self, most: u64) {
        let mut seen = 0;
        for index in (0..self.ranges.len()).rev() {
            let (begin, end) = self.ranges[index];
            seen += u64::from(end - begin) + 1;
            if seen >= most {
                self.insert(1, end);
                return;
            }
        }
    }
}

impl FromIterator<u32> for UidSet {
    fn from_iter<T: IntoIterator<Item = u32>>(uids: T) -> Self {
        let mut set = UidSet::default();
        for uid in uids {
            set.add(uid);
        }
        set
    }
}

impl fmt::Display for UidSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (begin, end)) in self.ranges.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            if begin == end {
                write!(f, "{begin}")?;
            } else {
                write!(f, "{begin}:{end}")?;
            }
        }
        Ok(())
    }
}

/// A text that is no sequence set of numbers.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no set of UIDs")]
pub struct UidSetError(String);

impl FromStr for UidSet {
    type Err = UidSetError;

    fn from_str(text: &str) -> Result<Self, UidSetError> {
        let mut set = UidSet::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (begin, end) = part.split_once(':').unwrap_or((part, part));
            match (begin.parse(), end.parse()) {
                (Ok(begin), Ok(end)) => set.insert(begin, end),
                _ => return Err(UidSetError(part.chars().take(40).collect())),
            }
        }
        Ok(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> UidSet {
        text.parse().unwrap()
    }

    #[test]
    fn sets_are_written_as_ranges_and_read_again() {
        let found: UidSet = [7, 1, 3, 2, 9, 10].into_iter().collect();
        assert_eq!(found.to_string(), "1:3,7,9:10");
        assert_eq!(set("1:3,7,9:10"), found);
        assert_eq!(found.iter().collect::<Vec<_>>(), [1, 2, 3, 7, 9, 10]);
        assert_eq!((found.count(), found.filled_up_to()), (6, 3));
        assert_eq!(set("").to_string(), "");
        "1:x".parse::<UidSet>().unwrap_err();
    }

    #[test]
    fn ranges_that_touch_or_overlap_are_joined() {
        let mut found = set("5:6,9,20:30");
        found.insert(7, 8);
        assert_eq!(found.to_string(), "5:9,20:30");
        found.insert(8, 25);
        assert_eq!(found.to_string(), "5:30");
        found.insert(0, 2);
        found.insert(9, 3);
        assert_eq!(found.to_string(), "1:2,5:30");
        found.insert(1, u32::MAX);
        assert_eq!(found.to_string(), "1:4294967295");
        assert!(found.contains(u32::MAX) && !found.contains(0));
    }

    #[test]
    fn gaps_are_what_is_missing() {
        let found = set("1:3,7,9:10");
        assert_eq!(found.gaps(2, 12).to_string(), "4:6,8,11:12");
        assert_eq!(found.gaps(4, 5).to_string(), "4:5");
        assert!(found.gaps(9, 10).is_empty());
        assert_eq!(set("").gaps(3, 4).to_string(), "3:4");
        assert!(UidSet::up_to(u32::MAX).gaps(1, u32::MAX).is_empty());
    }

    #[test]
    fn sets_are_taken_from_each_other() {
        let all = set("1:10,20:30");
        assert_eq!(all.minus(&set("3,9:22,30")).to_string(), "1:2,4:8,23:29");
        assert_eq!(all.until(21).to_string(), "1:10,20:21");
        assert!(all.until(0).is_empty() && all.minus(&all).is_empty());
        let mut both = set("1:3");
        both.extend(&set("4,9"));
        assert_eq!(both.to_string(), "1:4,9");
    }

    #[test]
    fn gaps_below_the_last_ones_are_filled() {
        let mut found = set("1:3,7,9:10,12");
        found.fill_below(4);
        assert_eq!(found.to_string(), "1:7,9:10,12");
        found.fill_below(1);
        assert_eq!(found.to_string(), "1:12");
        let mut few = set("5,7");
        few.fill_below(3);
        assert_eq!(few.to_string(), "5,7");
    }
}
