//! How many may come in: in all, and of one page.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use serde::Deserialize;

/// What a page calls itself: a few letters and digits, chosen when it was loaded.
///
/// Nothing can be won by lying: whoever changes it all the time still meets the limit on all pages together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct PageId(String);

impl PageId {
    /// The name of those who are not told apart.
    pub fn anybody() -> PageId {
        PageId(String::new())
    }
}

impl TryFrom<String> for PageId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        match (1..=32).contains(&text.len()) && text.bytes().all(plain) {
            true => Ok(PageId(text)),
            false => Err("a page calls itself by 1 to 32 small letters and digits"),
        }
    }
}

/// A door with so many seats behind it.
#[derive(Debug)]
pub struct Door {
    all: usize,
    each: usize,
    taken: Mutex<HashMap<PageId, usize>>,
}

/// A seat that is taken, until it is dropped.
#[derive(Debug)]
pub struct Seat {
    door: Arc<Door>,
    page: PageId,
}

impl Door {
    /// Lets in `all`, and `each` of one page.
    pub fn new(all: usize, each: usize) -> Arc<Door> {
        Arc::new(Door {
            all,
            each,
            taken: Mutex::default(),
        })
    }

    /// A seat for this page, if there is one.
    pub fn enter(self: &Arc<Self>, page: &PageId) -> Option<Seat> {
        let mut taken = self.lock();
        let own = taken.get(page).copied().unwrap_or_default();
        if own >= self.each || taken.values().sum::<usize>() >= self.all {
            return None;
        }
        taken.insert(page.clone(), own + 1);
        Some(Seat {
            door: Arc::clone(self),
            page: page.clone(),
        })
    }

    /// How many seats are taken.
    pub fn taken(&self) -> usize {
        self.lock().values().sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PageId, usize>> {
        self.taken.lock().expect("nobody panics with the lock")
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.door.lock();
        if let Some(own) = taken.get_mut(&self.page) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.page);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(name: &str) -> PageId {
        name.to_owned().try_into().unwrap()
    }

    #[test]
    fn a_page_gets_its_share_and_no_more() {
        let door = Door::new(10, 2);
        let seats = [door.enter(&page("a")), door.enter(&page("a"))];
        assert!(seats.iter().all(Option::is_some));
        assert!(door.enter(&page("a")).is_none());
        assert!(door.enter(&page("b")).is_some());
    }

    #[test]
    fn all_pages_together_get_what_there_is() {
        let door = Door::new(3, 2);
        let seats: Vec<_> = ["a", "b", "c", "d"]
            .map(|name| door.enter(&page(name)))
            .into();
        assert_eq!(seats.iter().flatten().count(), 3);
        drop(seats);
        assert_eq!(door.taken(), 0);
        assert!(door.lock().is_empty(), "whoever was here is forgotten");
    }

    #[test]
    fn a_page_has_a_plain_name() {
        for wrong in ["", "A", "a b", "é", &"a".repeat(33)] {
            assert!(PageId::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
