//! Which URLs were met: those of late in memory, the rest in a temporary database.

use std::num::NonZeroUsize;

use async_lru::{Inserted, LruCache};
use rusqlite::{Connection, OptionalExtension as _, params};
use url::Url;

use crate::crawl::TargetId;

/// The numbers of all URLs that were met.
///
/// Links lead mostly to what other pages link to as well, so a bounded memory of the URLs that
/// were met last answers nearly always.
/// What it forgets goes to a file that `SQLite` makes and removes, so that nothing is fetched twice
/// for having been forgotten: a site of any size comes to an end.
#[derive(Debug)]
pub struct Seen {
    recent: LruCache<Url, TargetId>,
    /// Made when something is forgotten for the first time.
    rest: Option<Connection>,
}

impl Seen {
    /// Remembers so many URLs in memory.
    #[must_use]
    pub fn new(in_memory: NonZeroUsize) -> Self {
        Self {
            recent: LruCache::new(in_memory),
            rest: None,
        }
    }

    /// The number of `url`, which becomes `new` if it has none.
    ///
    /// # Errors
    ///
    /// When the temporary database can't be written to or read.
    pub fn number(&mut self, url: &Url, new: TargetId) -> rusqlite::Result<TargetId> {
        if let Some(id) = self.recent.get(url) {
            return Ok(*id);
        }
        let id = self.look_up(url)?.unwrap_or(new);
        if let Inserted::Evicted(url, id) = self.recent.insert(url.clone(), id) {
            self.keep(&url, id)?;
        }
        Ok(id)
    }

    fn look_up(&self, url: &Url) -> rusqlite::Result<Option<TargetId>> {
        let Some(rest) = &self.rest else {
            return Ok(None);
        };
        rest.prepare_cached("SELECT id FROM seen WHERE url = ?")?
            .query_row([url.as_str()], |row| row.get(0))
            .optional()
    }

    fn keep(&mut self, url: &Url, id: TargetId) -> rusqlite::Result<()> {
        let rest = match &mut self.rest {
            Some(rest) => rest,
            none => none.insert(create()?),
        };
        // One that has been kept and came back may be forgotten again.
        rest.prepare_cached("INSERT OR IGNORE INTO seen VALUES (?, ?)")?
            .execute(params![url.as_str(), id])?;
        Ok(())
    }
}

/// A database without a name: it goes with its connection.
fn create() -> rusqlite::Result<Connection> {
    let rest = Connection::open("")?;
    rest.execute_batch(
        "PRAGMA journal_mode = OFF;
         PRAGMA synchronous = OFF;
         CREATE TABLE seen (url TEXT PRIMARY KEY, id INTEGER NOT NULL) WITHOUT ROWID;",
    )?;
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_keeps_its_number_also_when_memory_has_forgotten_it() {
        let url = |n: usize| Url::parse(&format!("http://localhost/{n}")).unwrap();
        let mut seen = Seen::new(NonZeroUsize::new(3).unwrap());
        for n in 0..100 {
            assert_eq!(seen.number(&url(n), n), Ok(n));
        }
        assert_eq!(seen.recent.len(), 3);
        for n in (0..100).chain(0..100) {
            assert_eq!(seen.number(&url(n), 1000), Ok(n));
        }
        assert_eq!(seen.number(&url(100), 1000), Ok(1000));
    }

    #[test]
    fn nothing_is_written_while_memory_suffices() {
        let url = Url::parse("http://localhost/").unwrap();
        let mut seen = Seen::new(NonZeroUsize::MIN);
        assert_eq!(seen.number(&url, 0), Ok(0));
        assert_eq!(seen.number(&url, 1), Ok(0));
        assert!(seen.rest.is_none());
    }
}
