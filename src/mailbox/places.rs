//! The folders of one account on one connection. A server allows few connections and counts ghosts among them, so
//! there is never a second: the first folder is the one that stays open for IDLE, the others are asked after.

use tracing::warn;

use super::asking::Manner;
use super::exchange::Session;
use super::folder::{self, Opened};
use super::orders::Phase;
use super::read::{self, Target};
use super::{Cursor, Error, Intake};

/// One folder.
#[derive(Debug)]
pub(super) struct Place<'a> {
    name: &'a str,
    manner: Manner,
    /// How far it was read, in this session.
    cursor: Option<Cursor>,
    /// The server's words where it cannot be opened.
    missing: Option<String>,
}

impl<'a> Place<'a> {
    pub(super) fn new(name: &'a str) -> Self {
        Place {
            name,
            manner: Manner::default(),
            cursor: None,
            missing: None,
        }
    }

    /// Opens it and reads it to its end.
    pub(super) async fn open<I: Intake>(
        &mut self,
        session: &mut Session,
        account: &str,
        wanted: &[String],
        intake: &mut I,
    ) -> Result<usize, Error> {
        self.cursor = None;
        let target = Target {
            account,
            folder: self.name,
            wanted,
        };
        let opened = folder::examine(session, self.name).await?;
        session.line.enter(Phase::Reconciling, self.name);
        let mut cursor = read::cursor(target, opened, intake).await?;
        let found = read::to_the_end(
            session,
            target,
            opened,
            &mut cursor,
            &mut self.manner,
            intake,
        )
        .await?;
        self.cursor = Some(cursor);
        Ok(found)
    }

    /// Whether STATUS shows something that was not read.
    fn differs(&self, stands: Option<Opened>) -> bool {
        match (stands, &self.cursor) {
            (Some(stands), Some(cursor)) => {
                stands.uidvalidity != cursor.uidvalidity
                    || stands.uid_next != cursor.last_uid.checked_add(1)
            }
            _ => true,
        }
    }
}

/// All folders, in the configuration's order.
#[derive(Debug)]
pub(super) struct Places<'a> {
    account: &'a str,
    wanted: &'a [String],
    places: Vec<Place<'a>>,
    /// Which one is open.
    open: Option<usize>,
}

impl<'a> Places<'a> {
    pub(super) fn new(account: &'a str, folders: &'a [String], wanted: &'a [String]) -> Self {
        Places {
            account,
            wanted,
            places: folders.iter().map(|name| Place::new(name)).collect(),
            open: None,
        }
    }

    pub(super) fn several(&self) -> bool {
        self.places.len() > 1
    }

    /// What is wrong with a folder that cannot be opened while others can.
    pub(super) fn missing(&self) -> Option<Error> {
        self.places.iter().find_map(|place| {
            Some(Error::Folder {
                folder: place.name.to_owned(),
                said: place.missing.clone()?,
            })
        })
    }

    /// Opens every folder and reads it to its end, the first one last, so that it is open for IDLE. One that is
    /// missing does not keep the others from being read.
    ///
    /// # Errors
    /// The session has failed, or not one folder can be opened.
    pub(super) async fn everything<I: Intake>(
        &mut self,
        session: &mut Session,
        intake: &mut I,
    ) -> Result<usize, Error> {
        self.open = None;
        let mut total = 0;
        for index in (0..self.places.len()).rev() {
            if session.line.stop.is_cancelled() {
                return Ok(total);
            }
            total += self.visit(index, session, intake).await?;
        }
        // Where the first one is missing, another has to stay open.
        let there = self.places.iter().position(|place| place.missing.is_none());
        match (self.open, there, self.missing()) {
            (None, Some(index), _) => total += self.visit(index, session, intake).await?,
            (None, None, Some(missing)) => return Err(missing),
            _ => {}
        }
        Ok(total)
    }

    /// Asks after the folders that are not open, and reads those that have changed.
    pub(super) async fn others<I: Intake>(
        &mut self,
        session: &mut Session,
        intake: &mut I,
    ) -> Result<usize, Error> {
        let stayed = self.open;
        let mut total = 0;
        for index in (0..self.places.len()).rev() {
            if Some(index) == stayed {
                continue;
            }
            let stands = folder::status(session, self.places[index].name).await?;
            if self.places[index].differs(stands) {
                total += self.visit(index, session, intake).await?;
            }
        }
        // The open one may have said something, and is open no more if another was read.
        if self.open == stayed {
            total += self.news(session, intake).await?;
        } else if let Some(index) = stayed {
            total += self.visit(index, session, intake).await?;
        }
        Ok(total)
    }

    /// Reads what is new in the folder that is open.
    pub(super) async fn news<I: Intake>(
        &mut self,
        session: &mut Session,
        intake: &mut I,
    ) -> Result<usize, Error> {
        let Some(place) = self.open.and_then(|index| self.places.get_mut(index)) else {
            return Ok(0);
        };
        let Some(cursor) = &mut place.cursor else {
            return Ok(0);
        };
        let target = Target {
            account: self.account,
            folder: place.name,
            wanted: self.wanted,
        };
        let expected = session.hinted;
        read::news(session, target, cursor, expected, &mut place.manner, intake).await
    }

    async fn visit<I: Intake>(
        &mut self,
        index: usize,
        session: &mut Session,
        intake: &mut I,
    ) -> Result<usize, Error> {
        let (account, wanted) = (self.account, self.wanted);
        let place = &mut self.places[index];
        match place.open(session, account, wanted, intake).await {
            Ok(found) => {
                place.missing = None;
                self.open = Some(index);
                Ok(found)
            }
            Err(Error::Folder { said, .. }) => {
                if place.missing.is_none() {
                    warn!(folder = place.name, said, "folder cannot be opened");
                }
                place.missing = Some(said);
                // A refused EXAMINE leaves no folder open (RFC 9051 section 6.3.2).
                self.open = None;
                Ok(0)
            }
            Err(other) => Err(other),
        }
    }
}
